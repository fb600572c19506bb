"""The app's own places: its home tab, and the pane of the agent.

https://docs.slack.dev/surfaces/app-home
https://docs.slack.dev/ai/agent-sessions
"""

from collections.abc import Mapping
from typing import Any

from adapters import copy
from adapters.slack.blocks import section
from adapters.slack.commands import Commands
from adapters.slack.desk import Desk
from adapters.slack.flags import Wish
from adapters.slack.mrkdwn import literal
from adapters.slack.places import Place
from adapters.slack.views import HomeAction, HomePress, Recent, home, recommend_modal
from core.domain import SearchFilters
from core.errors import StoreFault
from core.memory.records import MarkKind, Subject

__all__ = ["Agent", "prompts"]

_MOST_RECENT = 10
# Four are shown: https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts
_PROMPTS = [
    {"title": "Something light for tonight", "message": "A light comedy under 100 minutes for tonight"},
    {"title": "A slow-burning thriller", "message": "A slow-burning thriller series"},
    {"title": "Hidden gems", "message": "Hidden gems from the 90s"},
    {"title": "Like one I loved", "message": "Something like In Bruges, but lighter"},
]
_HEADING = "What do you feel like watching?"


def prompts() -> dict[str, Any]:
    """What the pane suggests to ask."""
    return {"title": _HEADING, "prompts": [dict(prompt) for prompt in _PROMPTS]}


class Agent:
    """Shows the home tab and the pane.

    Args:
        desk: Takes wishes, and says words.
        commands: Opens forms.
    """

    def __init__(self, desk: Desk, commands: Commands) -> None:
        self._desk = desk
        self._commands = commands

    async def opened(self, team: str, event: Mapping[str, Any]) -> None:
        """Somebody looks at one of the app's tabs: https://docs.slack.dev/reference/events/app_home_opened"""
        if event.get("tab") == "home":
            await self.show_home(Place(team, "", str(event["user"]), team))
        elif event.get("tab") == "messages":
            await self._suggest(team, channel_id=event["channel"])

    async def thread_started(self, team: str, event: Mapping[str, Any]) -> None:
        """Somebody opens the pane of an older app:
        https://docs.slack.dev/reference/events/assistant_thread_started
        """
        thread = event["assistant_thread"]
        await self._suggest(team, channel_id=thread["channel_id"], thread_ts=thread["thread_ts"])

    async def _suggest(self, team: str, **where: str) -> None:
        line = self._desk.line(team)
        await line.quietly("assistant.threads.setSuggestedPrompts", **where, **prompts())

    async def session_stopped(self, team: str, event: Mapping[str, Any]) -> None:
        """Somebody pressed stop, and the answer has been told: the session can go on."""
        where = {"channel_id": event["channel"], "thread_ts": event["thread_ts"]}
        await self._desk.line(team).quietly("agents.sessions.setStatus", **where, status="active")

    # --- the home tab ---

    async def show_home(self, place: Place) -> None:
        """Show someone what is set, saved and answered."""
        owner, store = place.user_owner, self._desk.store
        try:
            preferences, workspace = await store.preferences(owner, place.team_owner)
            saved = [mark.title_id for mark in await store.marks(owner) if mark.kind is MarkKind.SAVED]
            turns = await store.turns_of(owner, _MOST_RECENT)
        except StoreFault:
            view: dict[str, Any] = {"type": "home", "blocks": [section(literal(copy.cannot_keep()))]}
        else:
            ids = dict.fromkeys([*saved, *(title for turn in turns for title in turn.shown)])
            titles = await self._desk.library.known(list(ids))
            recent = [
                Recent(turn, tuple(titles[title] for title in turn.shown if title in titles))
                for turn in turns
                if turn.shown
            ]
            manages = await self._desk.may_manage(place)
            shown = [titles[title] for title in saved if title in titles]
            view = home(preferences, shown, recent, workspace if manages else None)
        await self._desk.line(place.team).quietly("views.publish", user_id=place.user, view=view)

    async def pressed(self, place: Place, press: HomePress) -> None:
        """Something was pressed on the home tab."""
        match press.action:
            case HomeAction.FIND:
                await self._desk.open_form(place, recommend_modal(place.as_text()))
            case HomeAction.PREFERENCES:
                owner = place.team_owner if press.value == Subject.SERVER else place.user_owner
                await self._commands.open_preferences(place, owner)
            case HomeAction.MORE:
                titles = await self._desk.library.known([press.value])
                names = tuple(title.name for title in titles.values())
                if names:
                    await self._desk.ask(place, Wish("", SearchFilters(like_titles=names)))
            case HomeAction.SEEN | HomeAction.REMOVE:
                await self._put_away(place, press)

    async def _put_away(self, place: Place, press: HomePress) -> None:
        """A saved title has been seen, or is saved no longer."""
        store, owner = self._desk.store, place.user_owner
        try:
            if press.action is HomeAction.SEEN:
                await store.mark(owner, press.value, MarkKind.SEEN)
            await store.unmark(owner, press.value, MarkKind.SAVED)
        except StoreFault:
            await self._desk.say(place, copy.cannot_keep())
            return
        await self.show_home(place)
