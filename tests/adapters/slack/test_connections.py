"""How Matinee meets Slack: over Socket Mode or requests, and what it says of credentials that are wrong."""

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.emulators.slack import App, Deadlines, SlackServer
from adapters.slack.credentials import SlackOptions
from core.errors import ConfigurationError
from tests.adapters.slack.people import Club, button, free_port, has_buttons, said, titles, working, written
from tests.adapters.slack.test_streams import refusing
from tests.logged import logged

WISH = "@Matinee dark comedies from the 90s"


@pytest.fixture
async def by_requests(club: Club, data: Path) -> AsyncIterator[str]:
    """A worker that Slack posts to; gives its address."""
    port = free_port()
    secret = club.slack.app.signing_secret
    async with working(club, data, SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET=secret, PORT=str(port)):
        url = f"http://127.0.0.1:{port}/slack/events"
        await club.slack.use_request_url(url)
        yield url


async def test_over_requests_messages_commands_buttons_and_forms_arrive(club: Club, by_requests: str) -> None:
    question, answer = await club.asked("dark comedies from the 90s")
    pressed = await club.slack.press(answer, club.ann, *button(answer, "next"))
    assert pressed.acknowledged
    following = await club.answer(club.general, question, before=1)
    assert not set(titles(answer)) & set(titles(following))
    view = await club.form(await club.slack.command(club.general, club.ann, "/recommend"))
    assert (await club.slack.type_into(view, club.ann, "like_titles", "fargo")).options
    await club.slack.submit(view, club.ann, {"words": "x", "year_from": "2010", "year_to": "1990"})
    assert list(view.errors) == ["year_to"]
    await club.slack.open_home(club.ann)
    await club.slack.until(lambda: club.ann.id in club.slack.world.homes)
    assert club.slack.socket_mode.delivered == []


async def test_a_forged_request_is_refused(club: Club, by_requests: str) -> None:
    carrier = await club.slack.use_request_url(by_requests)
    carrier._secret = "somebody else's"
    asked = await club.slack.command(club.general, club.ann, "/recommend", "dark comedies")
    assert asked.failed == "http_error"
    assert not written(club.general)


async def test_a_clock_that_is_wrong_is_named(
    club: Club, by_requests: str, caplog: pytest.LogCaptureFixture
) -> None:
    carrier = await club.slack.use_request_url(by_requests)
    carrier.signed_seconds_ago = 600
    asked = await club.slack.command(club.general, club.ann, "/recommend", "dark comedies")
    assert asked.failed == "http_error"
    assert "this machine's clock differs from theirs by 60" in logged(caplog)


async def test_health_and_slack_share_a_port(club: Club, by_requests: str) -> None:
    health = by_requests.replace("/slack/events", "/readyz")
    async with aiohttp.ClientSession() as session, session.get(health) as response:
        assert response.status == 200
        assert (await response.json())["checks"]["slack"] == "ok"


# --- credentials ---


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "SLACK_BOT_TOKEN is refused (invalid_auth); install the app"),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, "SLACK_APP_TOKEN is refused (invalid_auth); make an app-level"),
    ],
)
async def test_a_token_that_is_refused_is_named_with_what_mends_it(
    club: Club, data: Path, caplog: pytest.LogCaptureFixture, environment: dict[str, str], words: str
) -> None:
    with pytest.raises(ConfigurationError, match="no platform is left"):
        async with working(club, data, **environment):
            pass
    assert words in logged(caplog)
    assert "wrong" not in logged(caplog), "the token itself is not shown"


async def test_a_token_that_was_revoked_before_is_named(
    club: Club, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    club.slack.world.refuse(club.workspace, "token_revoked")
    with pytest.raises(ConfigurationError):
        async with working(club, data):
            pass
    assert "SLACK_BOT_TOKEN is refused (token_revoked)" in logged(caplog)


async def test_a_token_that_is_revoked_meanwhile_is_named_once(
    club: Club, worker: None, caplog: pytest.LogCaptureFixture
) -> None:
    club.slack.world.refuse(club.workspace, "token_revoked")
    for _ in range(2):
        await club.slack.say(club.general, club.ann, WISH)
    await club.slack.until(lambda: "refused by now" in logged(caplog))
    await club.slack.delivery.settle()
    told = [record for record in caplog.records if "refused by now" in record.getMessage()]
    assert len(told) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bot_token": "xapp-1", "app_token": "xapp-1"}, "SLACK_BOT_TOKEN must begin with xoxb-"),
        ({"bot_token": "xoxb-1", "app_token": "xoxb-1"}, "SLACK_APP_TOKEN must begin with xapp-"),
        ({"bot_token": "xoxb-1"}, "SLACK_BOT_TOKEN needs a way to hear"),
        ({"bot_token": "xoxb-1", "signing_secret": "s"}, "SLACK_SIGNING_SECRET needs PORT"),
    ],
)
def test_credentials_that_do_not_fit_together_are_named(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        SlackOptions(**options)
    assert "-1" not in str(caught.value)


def test_options_show_no_secret() -> None:
    shown = repr(SlackOptions("xoxb-secret", "xapp-secret", "secret"))
    assert "secret" not in shown.replace("signing_secret", "")


class TestScopes:
    """Of an app whose manifest is not ours."""

    @pytest.fixture
    async def slack(self, request: pytest.FixtureRequest) -> AsyncIterator[SlackServer]:
        without = request.param
        scopes = tuple(scope for scope in App().scopes if scope != without)
        app = dataclasses.replace(App(), scopes=scopes)
        async with SlackServer(app, deadlines=Deadlines(ack=1.0)) as running:
            yield running

    @pytest.mark.parametrize("slack", ["files:write"], indirect=True)
    async def test_one_that_is_missing_is_named_with_what_it_would_enable(
        self, club: Club, worker: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        told = "\n".join(record.getMessage() for record in caplog.get_records("setup"))
        assert "the scope files:write is missing; it would enable: /movies-export" in told
        _, answer = await club.asked("dark comedies from the 90s")
        assert has_buttons(answer)

    @pytest.mark.parametrize("slack", ["chat:write"], indirect=True)
    async def test_without_the_one_to_write_it_does_not_begin(
        self, club: Club, data: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        with pytest.raises(ConfigurationError):
            async with working(club, data):
                pass
        assert "SLACK_BOT_TOKEN lacks the scope chat:write" in logged(caplog)


async def test_an_export_without_the_scope_for_it_names_the_scope(club: Club, worker: None) -> None:
    club.slack._methods["files.getUploadURLExternal"] = refusing("missing_scope")
    told = await club.word(await club.slack.command(club.general, club.ann, "/movies-export"))
    assert "files:write" in said(told)
