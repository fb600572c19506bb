"""Where Matinee answers on Discord: threads, places with fewer permissions, shards, tokens that ran out."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from adapters.discord.connection import DiscordOptions
from adapters.emulators.discord import Channel, DiscordServer, Problem
from adapters.emulators.discord.world import ALL_PERMISSIONS
from core.domain import MediaType, Title
from core.errors import ConfigurationError
from tests.adapters.discord.people import has_cards, place, working

_ADMINISTRATOR, _SEND_MESSAGES, _EMBED_LINKS = 1 << 3, 1 << 11, 1 << 14


async def set_threads(server: DiscordServer) -> None:
    general, ann = place(server)
    word = await server.command(general, ann, "preferences set", answers="in a thread")
    await server.until(lambda: word.original and word.original.content)


async def opened_thread(server: DiscordServer) -> Channel:
    channels = server.guilds[0].channels
    await server.until(lambda: len(channels) == 2 and channels[1].visible)
    return channels[1]


async def test_where_a_server_wishes_so_a_mention_opens_a_thread(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    await set_threads(server)
    await server.say(general, ann, "@Matinee film noir from before 1950")
    thread = await opened_thread(server)
    assert thread.parent is general
    assert thread.name == "film noir from before 1950"
    await server.until(lambda: has_cards(thread.visible[-1]))
    assert "only hear messages that mention me" in thread.visible[-1].content
    await server.say(thread, server.person("bob"), "nice ones")
    await server.say(thread, server.person("bob"), "@Matinee something lighter")
    await server.until(lambda: len(thread.visible) == 4 and has_cards(thread.visible[-1]))
    assert "`until 1949`" in thread.visible[-1].content, "a thread is everybody's conversation"
    assert "only hear" not in thread.visible[-1].content


async def test_with_the_intent_follow_ups_need_no_mention(server: DiscordServer, data_dir: Path) -> None:
    async with working(data_dir, DISCORD_MESSAGE_CONTENT="yes"):
        general, ann = place(server)
        await set_threads(server)
        await server.say(general, ann, "@Matinee film noir from before 1950")
        thread = await opened_thread(server)
        await server.until(lambda: has_cards(thread.visible[-1]))
        assert "only hear" not in thread.visible[-1].content
        await server.say(thread, ann, "something lighter")
        await server.until(lambda: len(thread.visible) == 3 and has_cards(thread.visible[-1]))
        await server.say(general, ann, "just talking")
        await asyncio.sleep(0.3)
        assert len(general.visible) == 3, "the two of ann, and the word on preferences"


async def test_with_the_intent_a_reply_needs_no_mention(server: DiscordServer, data_dir: Path) -> None:
    async with working(data_dir, DISCORD_MESSAGE_CONTENT="yes"):
        general, ann = place(server)
        await server.say(general, ann, "@Matinee film noir from before 1950")
        await server.until(lambda: has_cards(general.visible[-1]))
        await server.say(general, ann, "something lighter", reply_to=general.visible[-1])
        await server.until(lambda: len(general.visible) == 4 and has_cards(general.visible[-1]))
        assert "`until 1949`" in general.visible[-1].content


async def test_a_question_that_is_edited_afterwards_is_answered_once(
    server: DiscordServer, worker: None
) -> None:
    general, ann = place(server)
    question = await server.say(general, ann, "@Matinee film noir from before 1950")
    await server.until(lambda: has_cards(general.visible[-1]))
    question.change({"content": f"<@{server.bot.id}> film noir from before 1940"})
    await server.gateway.dispatch("MESSAGE_UPDATE", question.payload())
    await server.say(general, server.person("bob"), "@Matinee bleak westerns")
    await server.until(lambda: len(general.visible) == 4 and has_cards(general.visible[-1]))
    assert [message.author.name for message in general.visible] == ["ann", "Matinee", "bob", "Matinee"]


async def test_where_embeds_are_not_permitted_the_facts_come_as_text(
    server: DiscordServer, data_dir: Path
) -> None:
    server.guilds[0].permissions = ALL_PERMISSIONS & ~(_EMBED_LINKS | _ADMINISTRATOR)
    async with working(data_dir):
        general, ann = place(server)
        await server.say(general, ann, "@Matinee dark comedies from the 90s")
        await server.until(
            lambda: len(general.visible) == 2 and ":next:" in str(general.visible[-1].custom_ids)
        )
        answer = general.visible[-1]
        assert not has_cards(answer)
        facts = answer.content.rpartition("\n\n")[2].splitlines()
        assert len(facts) >= 3
        assert all(line.startswith("**") and "★" in line for line in facts)


async def test_where_it_may_not_write_the_asker_is_told_privately(
    server: DiscordServer, worker: None
) -> None:
    general, ann = place(server)
    server.guilds[0].permissions = ALL_PERMISSIONS & ~(_SEND_MESSAGES | _ADMINISTRATOR)
    await server.say(general, ann, "@Matinee dark comedies from the 90s")
    private = server.private_channel(ann)
    await server.until(lambda: private.visible)
    assert private.visible[0].content.startswith("I can't show my answer there")


async def test_an_answer_outlives_its_token_through_the_channel(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    server.token_faults = 99
    asked = await server.command(general, ann, "recommend", query="dark comedies from the 90s")
    await server.until(lambda: general.visible and has_cards(general.visible[-1]))
    answers = [message for message in general.visible if message.content]
    assert len(answers) == 1
    assert asked.original is not None
    assert not asked.original.content, "the promise itself cannot be kept any more"


async def test_two_workers_share_the_shards(server: DiscordServer, data_dir: Path) -> None:
    general, ann = place(server)
    async with (
        working(data_dir, DISCORD_SHARD_COUNT="2", DISCORD_SHARD_IDS="0"),
        working(data_dir, DISCORD_SHARD_COUNT="2", DISCORD_SHARD_IDS="1"),
    ):
        await server.say(general, ann, "@Matinee dark comedies from the 90s")
        await server.until(lambda: has_cards(general.visible[-1]))
        await asyncio.sleep(0.3)
        assert len(general.visible) == 2
        assert {session.shard for session in server.gateway.sessions.values()} == {(0, 2), (1, 2)}


@pytest.mark.parametrize(
    ("count", "ids", "words"),
    [(None, (0,), "needs DISCORD_SHARD_COUNT"), (2, (0, 2), "go from 0 to 1")],
)
def test_shards_that_cannot_be_are_named(count: int | None, ids: tuple[int, ...], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        DiscordOptions(shard_count=count, shard_ids=ids)


async def test_a_forgotten_session_begins_anew(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    await server.gateway.drop(forget=True)
    await server.until(lambda: server.gateway.identified == 2, 20)
    await asyncio.sleep(0.7)
    await server.say(general, ann, "@Matinee dark comedies from the 90s")
    await server.until(lambda: has_cards(general.visible[-1]))


async def test_a_storm_of_429_loses_nothing(server: DiscordServer, worker: None) -> None:
    general, ann = place(server)
    server.faults.extend([Problem(429, 0, "You are being rate limited.")] * 4)
    await server.say(general, ann, "@Matinee dark comedies from the 90s")
    await server.until(lambda: has_cards(general.visible[-1]), 20)
    assert len(general.visible) == 2


async def test_a_channel_has_rules_of_its_own_and_its_threads_follow_them(
    server: DiscordServer, worker: None
) -> None:
    general, ann = place(server)
    quiet = server.guilds[0].channel("quiet")
    await server.gateway.dispatch("CHANNEL_CREATE", quiet.payload())
    word = await server.command(quiet, ann, "preferences set", scope="channel", without="Horror")
    await server.until(lambda: word.original and word.original.content)
    assert word.original is not None
    assert word.original.content == "**In this channel**\nWithout: Horror"
    thread = Channel("talk", server.guilds[0], quiet, owner=server.bot)
    server.guilds[0].channels.append(thread)
    await server.gateway.dispatch("THREAD_CREATE", thread.payload())
    unseen = Channel("more talk", server.guilds[0], server.guilds[0].channel("unseen"), owner=server.bot)
    server.guilds[0].channels.append(unseen)
    await server.say(unseen, ann, "@Matinee bleak westerns")
    await server.until(lambda: len(unseen.visible) > 1 and has_cards(unseen.visible[-1]))
    for channel in (quiet, thread):
        await server.say(channel, ann, "@Matinee scary horror films")
        await server.until(lambda: len(channel.visible) > 1 and "Horror" in channel.visible[-1].content)  # noqa: B023
        assert not has_cards(channel.visible[-1])
    await server.say(general, ann, "@Matinee scary horror films")
    await server.until(lambda: has_cards(general.visible[-1]))


async def test_titles_for_adults_alone_are_shown_where_a_channel_is_marked_for_them(
    server: DiscordServer, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bundled titles hold none, so one is made."""
    general, ann = place(server)
    channels = general, server.guilds[0].channel("after dark", nsfw=True), server.private_channel(ann)
    grown_up = Title("tmdb:movie:1", MediaType.MOVIE, "Late", 1990, certification="NC-17")

    async def named(_: object, names: Sequence[str]) -> tuple[Title, ...]:
        return (grown_up,)

    monkeypatch.setattr("core.retrieval.Retriever.named", named)
    async with working(data_dir):
        shown = [await server.command(channel, ann, "title", name="Late") for channel in channels]
        await server.until(lambda: all(one.original and len(one.original.history) > 1 for one in shown))
    assert [has_cards(one.original) for one in shown] == [False, True, True]
    assert shown[0].original is not None
    assert shown[0].original.content.startswith("That one is for adults alone")
