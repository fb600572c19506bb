"""Matinee on the emulated Discord: what people see, with the real client, core and store in between."""

import asyncio
import json
from itertools import pairwise
from pathlib import Path

import pytest

from adapters.emulators.discord import DiscordServer, Problem, User
from adapters.emulators.llm import ModelServer, Script, argue
from core.errors import ConfigurationError
from tests.adapters.discord.people import has_cards, place, working


async def test_a_mention_becomes_one_answer_with_cards(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    await server.say(general, ann, "@Matinee dark comedies from the 90s")
    await server.until(lambda: has_cards(general.visible[-1]))
    question, answer = general.visible
    assert answer.content.startswith("`comedy` `1990 to 1999`\n\n")
    assert "\n3. **" in answer.content
    cards = answer.body["embeds"]
    assert 3 <= len(cards) <= 5
    assert all(f"**{card['title']}**" in answer.content for card in cards)
    assert answer.body["message_reference"]["message_id"] == int(question.id)
    told = [call.sent["allowed_mentions"] for call in server.exchanges if "/messages" in call.route]
    posted, *edited = told
    assert posted == {"parse": [], "replied_user": False}
    assert all(allowed == {"parse": []} for allowed in edited)


async def test_an_answer_takes_shape_while_it_is_written(
    server: DiscordServer, model: ModelServer, worker: None
) -> None:
    model.scripts = [Script(argue, first_token_seconds=0.6, delta_seconds=0.04)]
    general, ann = place(server)
    await server.say(general, ann, "@Matinee dark comedies from the 90s")
    await server.until(lambda: has_cards(general.visible[-1]))
    status, *texts = general.visible[-1].history
    assert status.endswith("…")
    assert len(texts) >= 3
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts)), (
        "it is added to, never rewritten"
    )
    assert [text.startswith("`comedy` `1990 to 1999`\n\n") for text in texts] == [True] * len(texts)
    assert "3. **" in texts[-1]


async def test_a_command_with_options_is_acknowledged_at_once_and_answered(
    server: DiscordServer, worker: None
) -> None:
    general, ann = place(server)
    asked = await server.command(
        general, ann, "recommend", query="something tense", type="series", genres="Crime", year_from=2010
    )
    await server.until(lambda: has_cards(asked.original))
    assert asked.original is not None
    assert asked.original.content.startswith("`series` `crime` `from 2010`")
    assert not asked.original.ephemeral
    assert asked.answered_after is not None
    assert general.visible == [asked.original], "the answer stands where it was promised"


async def test_a_private_answer_is_seen_by_the_asker_alone(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    asked = await server.command(general, ann, "recommend", query="cosy series", private=True)
    await server.until(lambda: has_cards(asked.original))
    assert asked.original is not None
    assert asked.original.ephemeral


async def test_titles_like_one_with_a_twist(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    typed = await server.command(general, ann, "similar", kind=4, title="interst", focused="title")
    await server.until(lambda: typed.choices)
    assert typed.choices is not None
    assert typed.choices[0]["value"] == "Interstellar"
    asked = await server.command(general, ann, "similar", title="Interstellar", twist="but funnier")
    await server.until(lambda: has_cards(asked.original))
    assert asked.original is not None
    assert "Interstellar (2014)**" not in asked.original.content


async def test_the_last_of_several_genres_is_completed(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    typed = await server.command(
        general, ann, "recommend", kind=4, query="x", genres="Comedy, Dra", focused="genres"
    )
    await server.until(lambda: typed.choices)
    assert typed.choices is not None
    assert typed.choices[0]["value"] == "Comedy, Drama"


async def test_options_that_contradict_each_other_are_told_to_the_asker(
    server: DiscordServer, worker: None
) -> None:
    general, ann = place(server)
    asked = await server.command(general, ann, "recommend", query="x", year_from=2010, year_to=1990)
    await server.until(lambda: asked.original)
    assert asked.original is not None
    assert asked.original.content == "Year_from 2010 is after year_to 1990; swap them."
    assert asked.original.ephemeral


async def test_a_genre_that_does_not_exist_is_named(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    asked = await server.command(general, ann, "recommend", query="x", genres="Comdy")
    await server.until(lambda: asked.original and asked.original.content)
    assert asked.original is not None
    assert "Comedy" in asked.original.content


async def test_a_private_message_and_its_follow_up(server: DiscordServer, worker: None) -> None:
    ann = server.person("ann")
    private = server.private_channel(ann)
    await server.say(private, ann, "film noir from before 1950")
    await server.until(lambda: has_cards(private.visible[-1]))
    await server.say(private, ann, "something lighter")
    await server.until(lambda: len(private.visible) == 4 and has_cards(private.visible[-1]))
    assert "`until 1949`" in private.visible[-1].content


async def test_in_a_channel_two_people_do_not_share_a_conversation(
    server: DiscordServer, worker: None
) -> None:
    general, ann = place(server)
    await server.say(general, ann, "@Matinee film noir from before 1950")
    await server.until(lambda: has_cards(general.visible[-1]))
    await server.say(general, server.person("bob"), "@Matinee only on netflix")
    await server.until(lambda: len(general.visible) == 4 and has_cards(general.visible[-1]))
    assert "1949" not in general.visible[-1].content


async def test_bots_and_messages_to_others_are_not_answered(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    await server.say(general, ann, "dark comedies, anyone?")
    await server.say(general, User("another bot", bot=True), "@Matinee dark comedies")
    await asyncio.sleep(0.4)
    assert len(general.visible) == 2


async def test_a_title_by_its_name(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    asked = await server.command(general, ann, "title", name="fargo")
    unknown = await server.command(general, ann, "title", name="No *Such* Title")
    await server.until(lambda: has_cards(asked.original) and unknown.original and unknown.original.content)
    assert asked.original is not None
    assert asked.original.body["embeds"][0]["title"].startswith("Fargo")
    assert unknown.original is not None
    assert unknown.original.content == r"I don't know a title called *No \*Such\* Title*."


async def test_what_is_known_of_someone_is_exported_and_forgotten(
    server: DiscordServer, worker: None
) -> None:
    general, ann = place(server)
    await server.say(general, ann, "@Matinee dark comedies from the 90s")
    await server.until(lambda: has_cards(general.visible[-1]))
    turns: list[dict[str, str]] = []
    while not turns:  # a turn is kept a moment after its cards are shown
        exported = await server.command(general, ann, "export")
        await server.until(lambda: exported.original and exported.original.files)  # noqa: B023
        assert exported.original is not None
        assert exported.original.ephemeral
        turns = json.loads(exported.original.files["matinee.json"])["turns"]
    assert turns[0]["text"] == "dark comedies from the 90s"
    for said in ("Forgotten: everything that I knew of you.", "I knew nothing of you."):
        forgotten = await server.command(general, ann, "forget")
        await server.until(lambda: forgotten.original and forgotten.original.content)  # noqa: B023
        assert forgotten.original is not None
        assert forgotten.original.content == said


async def test_past_the_budget_the_asker_alone_is_told(server: DiscordServer, data_dir: Path) -> None:
    async with working(data_dir, USER_REQUESTS_PER_MINUTE="0"):
        general, ann = place(server)
        asked = await server.command(general, ann, "recommend", query="dark comedies")
        bob = server.person("bob")
        await server.say(general, bob, "@Matinee dark comedies")
        private = server.private_channel(bob)
        await server.until(lambda: asked.followups and private.visible)
        assert asked.followups[0].ephemeral
        assert asked.followups[0].content.startswith("You're at 0 requests this minute; next one in")
        assert (
            private.visible[0].content == asked.followups[0].content
            or "next one in" in private.visible[0].content
        )
        shown = [message.author for message in general.visible if not message.ephemeral]
        assert shown == [bob], "nothing is left in the channel"


async def test_help_and_about(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    about = await server.command(general, ann, "about")
    helped = await server.command(general, ann, "help")
    await server.until(lambda: about.original and helped.original)
    assert about.original is not None
    assert "not endorsed or certified by TMDB" in about.original.content
    assert "JustWatch" in about.original.content


async def test_a_server_error_amid_the_answer_costs_nothing(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    server.faults.extend([Problem(500, 0, "Internal Server Error")] * 2)  # more only take longer
    await server.say(general, ann, "@Matinee dark comedies from the 90s")
    await server.until(lambda: has_cards(general.visible[-1]), 20)
    assert len(general.visible) == 2


async def test_a_message_that_is_replayed_after_a_lost_connection_is_answered_once(
    server: DiscordServer, worker: None
) -> None:
    general, ann = place(server)
    await server.say(general, ann, "@Matinee dark comedies from the 90s")
    await server.until(lambda: has_cards(general.visible[-1]))
    [session] = server.gateway.sessions.values()
    told = next(event for event in session.sent if event["t"] == "MESSAGE_CREATE")
    await server.gateway.dispatch("MESSAGE_CREATE", told["d"])
    await asyncio.sleep(0.4)
    assert len(general.visible) == 2


async def test_commands_are_registered_only_where_they_changed(
    server: DiscordServer, worker: None, data_dir: Path
) -> None:
    async with working(data_dir):
        assert server.command_syncs == 1
    assert {command["name"] for command in server.commands} == {
        *("recommend", "similar", "title", "forget", "export", "help", "about"),
        *("preferences", "Find something like this"),
    }


async def test_a_wrong_token_is_named(server: DiscordServer, data_dir: Path) -> None:
    server.token = "another"
    with pytest.raises(ConfigurationError, match="no platform is left"):
        async with working(data_dir):
            pass
