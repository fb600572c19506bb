"""What goes wrong amid answers on the emulated Discord, and what people see in the end."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from adapters.discord import adapter, ports
from adapters.emulators.discord import Channel, DiscordServer, Message, User
from adapters.emulators.discord.world import ALL_PERMISSIONS
from adapters.emulators.llm import Fault, ModelServer, Script, argue
from adapters.emulators.llm.script import Body
from tests.adapters.discord.people import has_cards, place, working
from tests.logged import logged

_ADMINISTRATOR, _VIEW_CHANNEL, _USE_EXTERNAL_APPS = 1 << 3, 1 << 10, 1 << 50
SLOWLY = Script(argue, delta_seconds=0.05)
_TIMES = 20


async def begun(server: DiscordServer, channel: Channel, user: User) -> Message:
    """An answer of which some text is shown."""
    await server.say(channel, user, "@Matinee dark comedies from the 90s")
    await server.until(lambda: "1. **" in channel.visible[-1].content)
    return channel.visible[-1]


async def ended(server: DiscordServer, channel: Channel) -> Message:
    await server.until(lambda: has_cards(channel.visible[-1]), 20)
    return channel.visible[-1]


async def test_an_answer_is_stopped_by_its_asker_and_by_nobody_else(
    server: DiscordServer, model: ModelServer, worker: None
) -> None:
    model.scripts = [SLOWLY]
    general, ann = place(server)
    answer = await begun(server, general, ann)
    refused = await server.press(answer, server.person("bob"), answer.button("stop"))
    await server.until(lambda: refused.original)
    assert refused.original is not None
    assert refused.original.content.startswith("Only whoever asked can stop")
    pressed = await server.press(answer, ann, answer.button("stop"))
    await server.until(lambda: answer.content.endswith("(Stopped.)"))
    assert pressed.answered_after is not None
    assert "1. **" in answer.content, "what was shown stays"
    assert "3. **" not in answer.content
    await server.until(lambda: not answer.custom_ids)
    assert len([message for message in general.visible if message.author is server.bot]) == 2


async def test_an_answer_that_is_deleted_amid_its_text_comes_whole_and_once(
    server: DiscordServer, model: ModelServer, worker: None
) -> None:
    model.scripts = [SLOWLY]
    general, ann = place(server)
    await server.delete(await begun(server, general, ann))
    answer = await ended(server, general)
    assert "3. **" in answer.content
    assert len(general.visible) == 2


@pytest.mark.parametrize("how", ["kicked", "hidden"])
async def test_where_it_is_thrown_out_amid_an_answer_the_asker_is_told_in_private(
    server: DiscordServer, model: ModelServer, worker: None, how: str
) -> None:
    model.scripts = [SLOWLY]
    general, ann = place(server)
    await begun(server, general, ann)
    if how == "kicked":
        await server.kick(server.guilds[0])
    else:
        await server.permit(server.guilds[0], ALL_PERMISSIONS & ~(_VIEW_CHANNEL | _ADMINISTRATOR))
    private = server.private_channel(ann)
    await server.until(lambda: private.visible)
    assert private.visible[0].content.startswith("I can't show my answer there")


async def test_a_model_that_is_cut_leaves_what_was_shown_and_a_button_to_continue(
    server: DiscordServer, model: ModelServer, worker: None
) -> None:
    model.scripts = [Script(argue, Fault.CUT, after=30), Script(argue)]
    general, ann = place(server)
    await server.say(general, ann, "@Matinee dark comedies from the 90s")
    cut = await ended(server, general)
    assert "That's as far as I got" in cut.content
    labels = [item.get("label") for row in cut.body["components"] for item in row["components"]]
    assert "Continue" in labels
    pressed = await server.press(cut, ann, cut.button("next"))
    await server.until(lambda: has_cards(pressed.original))
    assert pressed.original is not None
    shown = {card["title"] for card in cut.body["embeds"]}
    assert not shown & {card["title"] for card in pressed.original.body["embeds"]}


async def test_an_answer_goes_on_while_the_gateway_is_lost_and_a_replay_is_answered_once(
    server: DiscordServer, model: ModelServer, worker: None
) -> None:
    model.scripts = [SLOWLY]
    general, ann = place(server)
    await begun(server, general, ann)
    await server.gateway.drop()
    answer = await ended(server, general)
    assert "3. **" in answer.content
    await server.until(lambda: server.gateway.resumed, 20)
    [session] = server.gateway.sessions.values()
    told = next(event for event in session.sent if event["t"] == "MESSAGE_CREATE")
    await server.gateway.dispatch("MESSAGE_CREATE", told["d"])  # as a RESUME may
    await asyncio.sleep(0.3)
    assert len(general.visible) == 2
    assert len(model.requests) == 1


async def test_who_has_to_wait_is_told_and_then_answered(
    server: DiscordServer, model: ModelServer, data_dir: Path
) -> None:
    model.scripts = [SLOWLY, Script(argue)]
    general, ann = place(server)
    async with working(data_dir, PARALLEL_ANSWERS="1", WAITING_ANSWERS="1"):
        await begun(server, general, ann)
        waits = await server.command(general, server.person("bob"), "recommend", query="bleak westerns")
        await server.until(lambda: waits.followups)
        assert waits.followups[0].content.startswith("There's a queue; you're number 1")
        refused = await server.command(general, server.person("carol"), "recommend", query="cosy films")
        await server.until(lambda: refused.followups)
        assert refused.followups[0].content.startswith("I have more requests than I can answer")
        assert refused.original is not None
        assert refused.original.deleted, "nothing is promised any more"
        await server.until(lambda: has_cards(waits.original), 20)
        assert waits.original is not None
        assert "3. **" in waits.original.content


async def test_a_command_that_a_newer_one_replaces_promises_nothing_any_more(
    server: DiscordServer, model: ModelServer, worker: None
) -> None:
    model.scripts = [Script(argue, first_token_seconds=2.0), Script(argue)]
    private, ann = server.private_channel(server.person("ann")), server.person("ann")
    first = await server.command(private, ann, "recommend", query="bleak westerns")
    await server.until(lambda: model.requests)
    second = await server.command(private, ann, "recommend", query="cosy films")
    await server.until(lambda: has_cards(second.original))
    assert first.original is not None
    assert first.original.deleted


async def test_a_private_answer_that_takes_too_long_is_continued_by_a_button(
    server: DiscordServer, model: ModelServer, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "CLOSING_SECONDS", 1.5)
    model.scripts = [SLOWLY, Script(argue)]
    general, ann = place(server)
    asked = await server.command(general, ann, "recommend", query="dark comedies", private=True)
    await server.until(lambda: asked.original and asked.original.custom_ids and not stops(asked.original))
    answer = asked.original
    assert answer is not None
    assert answer.content.endswith("press *Continue* and I'll start afresh.)")
    pressed = await server.press(answer, ann, answer.button("continue"))
    await server.until(lambda: has_cards(pressed.original))
    assert pressed.original is not None
    assert pressed.original.ephemeral
    assert "3. **" in pressed.original.content


def stops(message: Message) -> bool:
    return any(":stop:" in item for item in message.custom_ids)


async def test_an_answer_that_comes_after_its_token_is_told_in_private(
    server: DiscordServer, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "CLOSING_SECONDS", -1.0)
    general, ann = place(server)
    server.token_faults = 99
    await server.command(general, ann, "recommend", query="dark comedies", private=True)
    private = server.private_channel(ann)
    await server.until(lambda: private.visible)
    assert private.visible[0].content.startswith("I couldn't answer you in time")


async def test_where_only_its_user_brought_it_an_answer_is_private_unless_the_server_lets_it_be(
    server: DiscordServer, worker: None
) -> None:
    elsewhere, ann = server.guild("Elsewhere", "ann", member=False).channel("talk"), server.person("ann")
    asked = await server.command(elsewhere, ann, "recommend", query="dark comedies")
    await server.until(lambda: has_cards(asked.original))
    ann.permissions &= ~_USE_EXTERNAL_APPS
    forced = await server.command(elsewhere, ann, "recommend", query="bleak westerns")
    await server.until(lambda: has_cards(forced.original))
    assert asked.original is not None
    assert not asked.original.ephemeral
    assert forced.original is not None
    assert forced.original.ephemeral
    assert forced.original.button("share")


async def test_what_a_users_own_installation_does_not_hold_is_continued_by_a_button(
    server: DiscordServer, model: ModelServer, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "MESSAGES_BY_USER_INSTALL", 1)
    model.scripts = [Script(at_length, delta_characters=500)]
    elsewhere, ann = server.guild("Elsewhere", "ann", member=False).channel("talk"), server.person("ann")
    asked = await server.command(elsewhere, ann, "recommend", query="dark comedies")
    await server.until(lambda: has_cards(asked.original))
    answer = asked.original
    assert answer is not None
    assert not asked.followups
    assert answer.content.endswith("(There's more; press *Continue*.)")
    pressed = await server.press(answer, ann, answer.button("continue"))
    await server.until(lambda: pressed.followups and "wild card" in pressed.followups[-1].content)
    shown = [answer, pressed.original, *pressed.followups]
    text = "\n".join(message.content for message in shown if message is not None)
    assert text.count("Start here:") == _TIMES, "nothing is lost"
    assert text.count("The wild card") == _TIMES


def at_length(body: Body) -> str:
    """Three titles, with reasons that fill several messages."""
    first, *items = argue(body).split("\n1. ")
    reasons = ("1. " + items[0]).split("\n")
    return "\n".join(
        [
            first,
            *(
                f"{marker} — {(reason + ' ') * _TIMES}"
                for marker, _, reason in (line.partition(" — ") for line in reasons)
            ),
        ]
    )


async def test_fifty_answers_at_once_in_ten_channels(server: DiscordServer, data_dir: Path) -> None:
    film_club = server.guilds[0]
    channels = [film_club.channel(f"channel {number}") for number in range(10)]
    async with working(data_dir, USER_REQUESTS_PER_MINUTE="100", PARALLEL_ANSWERS="50", WAITING_ANSWERS="50"):
        asked = [
            await server.command(
                channels[number % 10], server.person(f"guest {number}"), "recommend", query="dark comedies"
            )
            for number in range(40)
        ]
        for number, channel in enumerate(channels):
            await server.say(channel, server.person(f"friend {number}"), "@Matinee bleak westerns")
        await server.until(lambda: all(has_cards(one.original) for one in asked), 40)
        await server.until(lambda: all(has_cards(written(channel)[-1]) for channel in channels), 40)
    assert server.limits.refused == 0, "no bucket is exceeded"
    assert all(one.answered_after is not None for one in asked), "all are acknowledged in time"
    for channel in channels:
        answers = written(channel)
        assert len(answers) == 5, "four commands and a mention, each answered once"
        assert all("3. **" in answer.content for answer in answers)


def written(channel: Channel) -> list[Message]:
    """The answers in a channel."""
    return [message for message in channel.visible if "1. **" in message.content]


# --- bad input ---


async def test_a_server_that_does_not_exist_is_named(
    server: DiscordServer, data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Exception, match="no platform is left"):
        async with working(data_dir, DISCORD_GUILD_IDS="123456789"):
            pass
    assert "DISCORD_GUILD_IDS: the bot may not register commands on server 123456789" in logged(caplog)


async def test_commands_are_registered_on_one_server_alone(server: DiscordServer, data_dir: Path) -> None:
    guild = server.guilds[0]
    async with working(data_dir, DISCORD_GUILD_IDS=guild.id):
        assert "recommend" in {command["name"] for command in guild.commands}
        assert not server.commands
    (data_dir / "discord-commands.sha256").unlink()


async def test_a_missing_intent_is_named(
    server: DiscordServer, data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server.gateway.allowed_intents &= ~(1 << 15)
    with pytest.raises(Exception, match="no platform is left"):
        async with working(data_dir, DISCORD_MESSAGE_CONTENT="yes"):
            pass
    assert "enable Message Content Intent in the developer portal" in logged(caplog)


async def test_a_command_that_is_there_no_more_is_told(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    server.commands.append({"id": "1", "name": "roulette", "type": 1})
    asked = await server.command(general, ann, "roulette", bet="red")
    changed = await server.command(general, ann, "title")
    for told in (asked, changed):
        await server.until(lambda: told.original)  # noqa: B023
        assert told.original is not None
        assert told.original.content.startswith("That command has changed")
        assert told.original.ephemeral


@pytest.mark.parametrize(
    ("option", "value", "word"),
    [
        ("services", "Betamax", "Betamax"),
        ("language", "Klingon", "Klingon"),
        ("without", "Cooking", "Cooking"),
    ],
)
async def test_a_value_that_was_never_offered_is_named(
    server: DiscordServer, worker: None, option: str, value: str, word: str
) -> None:
    general, ann = place(server)
    options: dict[str, Any] = {option: value}
    asked = await server.command(general, ann, "recommend", query="dark comedies", **options)
    await server.until(lambda: asked.original and asked.original.content)
    assert asked.original is not None
    assert word in asked.original.content
    assert not has_cards(asked.original)


async def test_a_button_under_a_message_that_was_deleted_meanwhile_works(
    server: DiscordServer, worker: None
) -> None:
    general, ann = place(server)
    await server.say(general, ann, "@Matinee dark comedies from the 90s")
    answer = await ended(server, general)
    await server.delete(answer)
    pressed = await server.press(answer, ann, answer.button("next"))
    await server.until(lambda: has_cards(pressed.original))
    asked = await server.press(answer, ann, answer.button("save"))
    await server.until(lambda: asked.original)
    assert asked.original is not None
    select = asked.original.custom_ids[0]
    asked.original.deleted = True
    marked = await server.press(asked.original, ann, select, "0")
    await server.until(lambda: marked.original or marked.followups)
    told = marked.original or marked.followups[0]
    assert told.content.startswith("Saved: ")


async def test_fields_that_discord_adds_tomorrow_do_no_harm(server: DiscordServer, worker: None) -> None:
    server.unknown_fields = {"mood": {"colour": "blue"}, "tomorrow": [1, 2, 3]}
    general, ann = place(server)
    await server.say(general, ann, "@Matinee dark comedies from the 90s")
    answer = await ended(server, general)
    pressed = await server.press(answer, ann, answer.button("next"))
    await server.until(lambda: has_cards(pressed.original))


async def test_what_breaks_behind_a_button_is_told_with_its_number(
    server: DiscordServer, worker: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    general, ann = place(server)
    await server.say(general, ann, "@Matinee dark comedies from the 90s")
    answer = await ended(server, general)

    secret = " ".join(["what", "ann", "wrote"])

    def broken(*_: object) -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr("adapters.discord.buttons.AnswerState.from_dict", broken)
    monkeypatch.setattr("adapters.discord.commands.help_text", broken)
    pressed = await server.press(answer, ann, answer.button("next"))
    helped = await server.command(general, ann, "help")
    for told in (pressed, helped):
        await server.until(lambda: told.original)  # noqa: B023
        assert told.original is not None
        assert told.original.content.startswith("Something broke on my side (ref ")
        assert told.original.content.split("ref ")[1][:4] in logged(caplog)
    assert secret not in logged(caplog)
