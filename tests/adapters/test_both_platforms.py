"""Discord and Slack in one worker: what befalls one does not touch the other."""

from pathlib import Path

import discord
import pytest
import yarl

from adapters.emulators.discord import DiscordServer
from adapters.emulators.slack import SlackServer
from tests.adapters.discord.people import TOKEN, has_cards, place
from tests.adapters.slack.people import Club
from tests.running_worker import running


async def test_one_loses_its_connection_and_comes_back_and_the_other_goes_on(
    tmp_path: Path, shared_core: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with DiscordServer(TOKEN) as server, SlackServer() as slack:
        monkeypatch.setattr(discord.http.Route, "BASE", server.url)
        gateway = yarl.URL(server.gateway_url)
        monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
        server.guild("Film club", "ann").channel("general")
        club = Club(slack)
        environment = {
            "MATINEE_DATA_DIR": str(tmp_path),
            "DISCORD_TOKEN": TOKEN,
            "SLACK_API_URL": slack.url,
            "SLACK_BOT_TOKEN": club.workspace.token,
            "SLACK_APP_TOKEN": slack.app.app_token,
        }
        async with running(environment):
            general, ann = place(server)
            await server.gateway.drop()
            asked = await server.say(general, ann, "@Matinee bleak westerns")
            _, answer = await club.asked("dark comedies from the 90s")
            assert "199" in str(answer.blocks)
            await server.until(lambda: has_cards(general.visible[-1]), 20)
            assert server.gateway.resumed == 1
            assert general.visible[0] is asked
            assert len(general.visible) == 2
        assert len([message for message in club.general.visible if message.author.bot]) == 1
