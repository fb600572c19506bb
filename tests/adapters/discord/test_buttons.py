"""Buttons, selects and the form under answers on the emulated Discord."""

from pathlib import Path

from adapters.emulators.discord import Channel, DiscordServer, Interaction, Message, User
from tests.adapters.discord.people import has_cards, place, working


async def answered(server: DiscordServer, channel: Channel, user: User, text: str) -> Message:
    before = len(channel.visible)
    await server.say(channel, user, f"@Matinee {text}")
    await server.until(lambda: len(channel.visible) > before + 1 and has_cards(channel.visible[-1]))
    return channel.visible[-1]


async def answer_to(server: DiscordServer, pressed: Interaction) -> Message:
    await server.until(lambda: has_cards(pressed.original))
    assert pressed.original is not None
    return pressed.original


async def word_to(server: DiscordServer, pressed: Interaction) -> Message:
    await server.until(lambda: pressed.original and pressed.original.content)
    assert pressed.original is not None
    assert pressed.original.ephemeral
    return pressed.original


def titles(message: Message) -> set[str]:
    return {card["title"] for card in message.body["embeds"]}


async def test_seven_buttons_in_two_rows_replace_stop(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    answer = await answered(server, general, ann, "dark comedies from the 90s")
    rows = [
        [item.get("label") or item["emoji"]["name"] for item in row["components"]]
        for row in answer.body["components"]
    ]
    assert rows == [["More like…", "Refine", "Next picks"], ["Seen it", "Save", "👍", "👎"]]
    assert answer.was_under[0] == ["Stop"]


async def test_next_picks_are_others_by_the_same_filters(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    first = await answered(server, general, ann, "dark comedies from the 90s")
    following = await answer_to(server, await server.press(first, ann, first.button("next")))
    assert following.content.startswith("`comedy` `1990 to 1999`")
    assert not titles(first) & titles(following)
    assert not following.ephemeral


async def test_someone_else_gets_a_copy_of_their_own_unless_the_server_says_all(
    server: DiscordServer, worker: None
) -> None:
    general, ann = place(server)
    bob = server.person("bob")
    first = await answered(server, general, ann, "dark comedies from the 90s")
    own = await answer_to(server, await server.press(first, bob, first.button("next")))
    assert own.ephemeral
    assert own.content.startswith("`comedy` `1990 to 1999`")
    word = await word_to(
        server, await server.command(general, ann, "preferences set", continued_by="everyone")
    )
    assert word.content == "**On this server**\nContinued by: everyone"
    shared = await answer_to(server, await server.press(first, bob, first.button("next")))
    assert not shared.ephemeral


async def test_more_like_one_of_the_picks(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    first = await answered(server, general, ann, "dark comedies from the 90s")
    asked = await word_to(server, await server.press(first, ann, first.button("more")))
    assert asked.content == "More like which one?"
    [select] = asked.body["components"][0]["components"]
    assert [option["label"] for option in select["options"]] == [c["title"] for c in first.body["embeds"]]
    like = await answer_to(server, await server.press(asked, ann, select["custom_id"], "1"))
    assert like.content.startswith(f"`like {select['options'][1]['label'][:8]}"[:12])
    assert not titles(first) & titles(like)


async def test_refining_by_the_form(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    first = await answered(server, general, ann, "dark comedies from the 90s")
    opened = await server.press(first, ann, first.button("refine"))
    await server.until(lambda: opened.modal)
    assert opened.modal is not None
    fields = {
        item["component"]["custom_id"]: item["component"].get("value") for item in opened.modal["components"]
    }
    assert fields == {"words": None, "genres": "Comedy", "when": "1990-1999", "limits": None, "where": None}
    refined = await answer_to(
        server, await server.submit(opened, genres="Comedy, Crime", when="film, 1970-1989", limits="rating 7")
    )
    assert refined.content.startswith("`film` `comedy` `crime` `1970 to 1989` `★ 7 or more`")
    wrong = await word_to(server, await server.submit(opened, when="yesterday"))
    assert wrong.content.startswith("'yesterday' is neither film, series nor years")


async def test_what_is_marked_as_seen_comes_no_more(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    first = await answered(server, general, ann, "dark comedies from the 90s")
    asked = await word_to(server, await server.press(first, ann, first.button("seen")))
    [select] = asked.body["components"][0]["components"]
    marked = await server.press(asked, ann, select["custom_id"], "0", "1")
    await server.until(lambda: asked.content.startswith("Seen: "))
    assert marked.original is None
    assert not asked.body["components"]
    await word_to(server, await server.command(general, ann, "preferences show"))
    bob = server.person("bob")
    liked = await word_to(server, await server.press(first, bob, first.button("like")))
    assert liked.content == "Which do you like?"


async def test_buttons_work_after_a_restart(server: DiscordServer, data_dir: Path) -> None:
    (data_dir / "discord-commands.sha256").unlink(missing_ok=True)
    general, ann = place(server)
    async with working(data_dir):
        first = await answered(server, general, ann, "dark comedies from the 90s")
    async with working(data_dir):
        following = await answer_to(server, await server.press(first, ann, first.button("next")))
        assert not titles(first) & titles(following)


async def test_a_forged_button_is_told(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    first = await answered(server, general, ann, "dark comedies from the 90s")
    forged = "matinee:next:somebody.else"
    first.body["components"][0]["components"][0]["custom_id"] = forged
    told = await word_to(server, await server.press(first, ann, forged))
    assert told.content == "I don't know that button."


async def test_a_private_answer_is_shared(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    asked = await server.command(general, ann, "recommend", query="cosy series", private=True)
    answer = await answer_to(server, asked)
    shared = await server.press(answer, ann, answer.button("share"))
    await server.until(lambda: shared.followups)
    [message] = shared.followups
    assert not message.ephemeral
    assert message.content == answer.content
    assert titles(message) == titles(answer)
    assert message.button("next")


async def test_stop_says_that_nothing_is_to_be_stopped(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    first = await answered(server, general, ann, "dark comedies from the 90s")
    first.body["components"][0]["components"][0]["custom_id"] = "matinee:stop:1"
    told = await word_to(server, await server.press(first, ann, "matinee:stop:1"))
    assert told.content.startswith("Only whoever asked can stop an answer")


async def test_find_something_like_a_message(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    talk = await server.say(general, ann, "I loved the slow tense bits of that submarine film")
    found = await answer_to(server, await server.choose_from_menu(talk, ann, "Find something like this"))
    like = await answer_to(server, await server.choose_from_menu(found, ann, "Find something like this"))
    assert like.content.startswith("`like ")
    empty = await server.say(general, ann, "")
    told = await word_to(server, await server.choose_from_menu(empty, ann, "Find something like this"))
    assert told.content == "There is no text in that message to go by."


async def test_a_reply_goes_on_from_the_answer_of_someone_else(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    first = await answered(server, general, ann, "film noir from before 1950")
    await server.say(general, server.person("bob"), "@Matinee something lighter", reply_to=first)
    await server.until(lambda: len(general.visible) == 4 and has_cards(general.visible[-1]))
    assert "`until 1949`" in general.visible[-1].content


async def test_preferences_hold_for_what_is_asked_next(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    word = await word_to(
        server, await server.command(general, ann, "preferences set", services="netflix", without="Horror")
    )
    assert word.content == "**For you**\nServices: Netflix\nWithout: Horror"
    answer = await answered(server, general, ann, "something tense")
    assert "`Netflix`" in answer.content
    wrong = await word_to(server, await server.command(general, ann, "preferences set", genres="Comdy"))
    assert "Comedy" in wrong.content
    bob = server.person("bob")
    bob.permissions = 0
    word = await word_to(server, await server.command(general, bob, "preferences clear", scope="server"))
    assert word.content.startswith("Only those who may manage this server")
    await word_to(server, await server.command(general, ann, "preferences clear"))
    shown = await word_to(server, await server.command(general, ann, "preferences show"))
    assert shown.content == (
        "**For you**\nNothing is set.\n\n**On this server**\nNothing is set.\n\n"
        "**In this channel**\nNothing is set."
    )
