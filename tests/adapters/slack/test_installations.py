"""One app in many workspaces: installing, rotating tokens, removing; and many answers at once in all."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from adapters.emulators.llm import ModelServer, Script, argue
from adapters.emulators.slack import App, RateLimits, SlackServer
from adapters.slack.installations import Installations
from core.providers.sql.database import sqlite_url
from core.providers.sql.store import opened_store
from tests.adapters.slack.people import (
    Club,
    Host,
    Newcomers,
    button,
    has_buttons,
    said,
    titles,
    working,
    written,
)
from tests.logged import logged


@pytest.fixture
def club(slack: SlackServer) -> Club:
    return Newcomers(slack)


@pytest.fixture
async def host(club: Club, data: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Host]:
    made = Host(club, data)
    # Bolt reads these by itself, and must not make anything of them.
    monkeypatch.setenv("SLACK_CLIENT_ID", slack_id := made.environment["SLACK_CLIENT_ID"])
    monkeypatch.setenv("SLACK_CLIENT_SECRET", slack_id)
    async with working(club, data, **made.environment):
        yield made


async def test_a_workspace_installs_it_and_is_answered(club: Club, host: Host) -> None:
    page = await host.install(club)
    assert page.startswith("Matinee is installed.")
    question, answer = await club.asked("dark comedies from the 90s")
    await club.slack.press(answer, club.ann, *button(answer, "next"))
    following = await club.answer(club.general, question, before=1)
    assert not set(titles(answer)) & set(titles(following))
    kept = await host.kept(club)
    assert kept is not None
    assert kept.token == club.workspace.token
    assert kept.token not in repr(kept)


async def test_two_workspaces_are_apart(club: Club, host: Host) -> None:
    others = Newcomers(club.slack, "Book club")
    await host.install(club)
    await host.install(others)
    await club.asked("film noir from before 1950")
    _, answer = await others.asked("something light")
    assert "1949" not in said(answer)
    assert written(others.general) == [answer]
    assert len(written(club.general)) == 1


async def test_an_installation_that_did_not_begin_here_is_refused(club: Club, host: Host) -> None:
    async with aiohttp.ClientSession() as browser:
        async with browser.get(f"{host.url}/oauth_redirect?code=x&state=forged") as response:
            assert response.status == 400
            assert "did not begin here" in await response.text()
        cookie = {"matinee-slack-install": "forged"}
        url = f"{host.url}/oauth_redirect?code=x&state=forged"
        async with browser.get(url, cookies=cookie) as response:
            assert response.status == 400
    assert await host.kept(club) is None


async def test_who_does_not_consent_installs_nothing(club: Club, host: Host) -> None:
    assert (await host.install(club, consents=False)).startswith("Nothing was installed")
    assert await host.kept(club) is None


async def test_a_workspace_that_removes_it_is_forgotten_and_told_so_where_it_asks(
    club: Club, host: Host
) -> None:
    await host.install(club)
    await club.asked("dark comedies from the 90s")
    await club.slack.uninstall(club.workspace)
    await host.forgets(club)
    asked = await club.slack.command(club.general, club.ann, "/recommend", "bleak westerns")
    assert said(await club.word(asked)).startswith("I'm not installed in this workspace any more")
    await host.install(club)
    await club.slack.command(club.general, club.ann, "/recommend", "bleak westerns")
    await club.answer(club.general, before=1)


async def test_a_token_that_turns_out_to_be_revoked_is_forgotten(
    club: Club, host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    await host.install(club)
    club.slack.world.refuse(club.workspace, "token_revoked")
    await club.slack.say(club.general, club.ann, "@Matinee dark comedies")
    await host.forgets(club)
    assert club.workspace.token not in logged(caplog)


class TestOrganisations:
    """Which install it in all their workspaces at once: payloads of theirs need not name a workspace."""

    @pytest.fixture
    async def others(self, club: Club, host: Host) -> Club:
        """The second workspace of the first one's organisation."""
        others = Newcomers(club.slack, "Book club")
        club.slack.organisation("Leisure", club.workspace, others.workspace)
        assert (await host.install(club, for_organisation=True)).startswith("Matinee is installed.")
        return others

    async def test_in_each_of_their_workspaces_mentions_are_answered_and_continued(
        self, club: Club, others: Club, host: Host
    ) -> None:
        for each in (club, others):
            question, answer = await each.asked("dark comedies from the 90s")
            await each.slack.press(answer, each.ann, *button(answer, "next"))
            following = await each.answer(each.general, question, before=1)
            assert not set(titles(answer)) & set(titles(following))
        kept = await host.kept(others)
        assert kept is not None
        assert kept.token == club.workspace.token == others.workspace.token

    async def test_commands_forms_and_the_home_tab_work_in_each(
        self, club: Club, others: Club, host: Host
    ) -> None:
        for each in (club, others):
            view = await each.form(await each.slack.command(each.general, each.ann, "/recommend"))
            assert (await each.slack.type_into(view, each.ann, "like_titles", "fargo")).options
            await each.slack.submit(view, each.ann, {"words": "dark comedies"})
            answer = await each.answer(each.general)
            assert answer.thread_ts is not None
            await each.slack.open_home(each.ann)
            homes, ann = each.slack.world.homes, each.ann.id
            await each.slack.until(partial(homes.__contains__, ann))

    async def test_what_holds_for_all_is_set_by_the_organisations_administrators(
        self, club: Club, others: Club, host: Host
    ) -> None:
        club.ann.admin = True
        asked = await club.slack.command(club.general, club.ann, "/movies-preferences", "workspace")
        assert said(await club.word(asked)).startswith("Only owners and administrators")
        club.ann.organisation_admin = True
        asked = await club.slack.command(club.general, club.ann, "/movies-preferences", "workspace")
        assert (await club.form(asked)).blocks

    async def test_where_it_is_removed_from_an_organisation_it_is_forgotten(
        self, club: Club, others: Club, host: Host
    ) -> None:
        await others.asked("dark comedies from the 90s")
        await club.slack.uninstall(club.workspace)
        await host.forgets(club)
        asked = await others.slack.command(others.general, others.ann, "/recommend", "bleak westerns")
        assert said(await others.word(asked)).startswith("I'm not installed in this workspace any more")


class TestRotation:
    """Of tokens that last twelve hours."""

    @pytest.fixture
    async def slack(self) -> AsyncIterator[SlackServer]:
        async with SlackServer(App(rotates_tokens=True)) as running:
            yield running

    async def test_a_token_is_rotated_once_before_it_expires(
        self, club: Club, host: Host, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await host.install(club)
        first = await host.kept(club)
        assert first is not None
        assert first.refresh_token
        monkeypatch.setattr("adapters.slack.installations._KNOWN_SECONDS", 0.0)
        async with opened_store(sqlite_url(host.data / "state.sqlite")) as store:
            await store.keep_installation(replace(first, expires_at=time.time() + 60))
        await club.asked("dark comedies from the 90s")
        second = await host.kept(club)
        assert second is not None
        assert second.token == club.workspace.token != first.token
        assert second.expires_at > time.time() + 40_000
        rotated = [call for call in club.calls("oauth.v2.access") if "refresh_token" in call]
        assert len(rotated) == 1

    async def test_where_another_worker_was_faster_its_token_is_used(
        self, club: Club, host: Host, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await host.install(club)
        first = await host.kept(club)
        assert first is not None
        monkeypatch.setattr("adapters.slack.installations._KNOWN_SECONDS", 0.0)
        async with opened_store(sqlite_url(host.data / "state.sqlite")) as store:
            soon = replace(first, expires_at=time.time() + 60, refresh_token="xoxe-1-used")
            await store.keep_installation(soon)
            exchanged = Installations.exchanged

            async def slower(self: Installations, **arguments: str) -> object:
                await store.keep_installation(first)
                return await exchanged(self, **arguments)

            monkeypatch.setattr(Installations, "exchanged", slower)
            await club.asked("dark comedies from the 90s")
        assert await host.kept(club) == first


class TestRates:
    """As Slack promises them."""

    @pytest.fixture
    def rates(self) -> RateLimits:
        return RateLimits()

    async def test_fifty_answers_at_once_in_three_workspaces_are_whole_single_and_within_all_limits(
        self, club: Club, model: ModelServer, data: Path
    ) -> None:
        model.scripts = [Script(argue, delta_seconds=0.02)]
        host = Host(club, data)
        clubs = [club, Newcomers(club.slack, "Book club"), Newcomers(club.slack, "Chess club")]
        plenty = {"PARALLEL_ANSWERS": "50", "WAITING_ANSWERS": "50"}
        async with working(club, data, **host.environment, **plenty):
            for each in clubs:
                await host.install(each)
            rooms = [each for each, many in zip(clubs, (26, 12, 12), strict=True) for _ in range(many)]
            channels = [(each, each.workspace.channel(f"room {number}")) for number, each in enumerate(rooms)]
            asked = [
                await each.slack.say(
                    channel, each.workspace.person(f"guest {number}"), "@Matinee dark comedies"
                )
                for number, (each, channel) in enumerate(channels)
            ]
            await club.slack.until(
                lambda: all(has_buttons(question.channel.thread(question)[-1]) for question in asked), 120
            )
            await club.slack.delivery.settle()
        assert club.slack.limits.refused == 0, club.slack.limits.refused_of
        for question in asked:
            [answer] = [message for message in question.channel.thread(question) if message.author.bot]
            assert said(answer).count("3. *") == 1
            assert len(titles(answer)) >= 3
        starts = len(club.calls("chat.startStream"))
        assert 40 <= starts <= 44, "what a workspace has no streams left for is posted and changed"
