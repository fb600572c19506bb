"""What is heard of Slack. A message is kept before Bolt acknowledges it, since Slack delivers it again only
until then; everything else is acknowledged by its listener.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from adapters.slack.agent import Agent
from adapters.slack.blocks import pressed
from adapters.slack.buttons import Buttons
from adapters.slack.commands import COMMANDS, FIND_LIKE, Commands
from adapters.slack.desk import Desk
from adapters.slack.mrkdwn import typed
from adapters.slack.places import Place
from adapters.slack.views import PREFERENCES, RefusedForm, home_pressed, suggestions
from core.errors import StoreFault
from core.incidents import unforeseen

__all__ = ["Hearing"]

log = logging.getLogger("matinee.slack")

Ack = Callable[..., Awaitable[Any]]
Json = Mapping[str, Any]

_MESSAGES = ("message", "app_mention")
# Other kinds tell of what became of messages, or are Slack's own words:
# https://docs.slack.dev/reference/events/message#subtypes
_SAID = frozenset({None, "file_share", "thread_broadcast", "me_message"})
_ANYBODY = re.compile(r"<@[UW][A-Z0-9]+(?:\|[^>]*)?>")
_ALL = re.compile(".*")
# https://docs.slack.dev/interactivity/handling-user-interaction#acknowledgment_response asks for 3 s.
_ACK_SECONDS = 2.6


class Hearing:
    """Hears everything, and hands it on.

    Args:
        desk: Takes wishes, and says words.
        stopped: Told that the answer in a thread (workspace, channel, first message) is wanted no more.
        removed: Told that the app was removed from a workspace, or its tokens were.
    """

    def __init__(
        self,
        desk: Desk,
        stopped: Callable[[str, str, str], None],
        removed: Callable[[str], Awaitable[None]],
    ) -> None:
        self._desk = desk
        self._buttons = Buttons(desk)
        self._commands = Commands(desk, self._buttons)
        self._agent = Agent(desk, self._commands)
        self._stopped = stopped
        self._removed = removed

    def register(self, app: AsyncApp) -> None:
        """Listen to all that the app's manifest asks for; what no listener takes would be answered by 404."""
        app.middleware(self._kept)
        app.error(self._broken)
        for command in COMMANDS:
            app.command(command)(self._command)
        app.action(_ALL)(self._action)
        app.options(_ALL)(self._options)
        app.view(_ALL)(self._view)
        app.view_closed(_ALL)(self._closed)
        app.shortcut(FIND_LIKE)(self._shortcut)
        app.event(_ALL)(self._event)

    # --- messages ---

    async def _kept(self, body: dict[str, Any], context: Any, next: Any) -> Any:  # noqa: A002
        """Global middleware, which runs before anything is acknowledged."""
        event = body.get("event")
        if body.get("type") == "event_callback" and event and event.get("type") in _MESSAGES:
            try:
                await self._message(context["bot_user_id"], Place.of_event(_team(context), body), body)
            except StoreFault:  # Slack delivers it again
                return BoltResponse(status=500, body="")
        return await next()

    async def _message(self, us: str, place: Place, body: Json) -> None:
        """Mentions, and what is written to us in private or in a thread of ours, as far as it can be read."""
        event = body["event"]
        if event.get("subtype") not in _SAID or not place.user:
            return
        text = str(event.get("text") or "")
        named = f"<@{us}>" in text or event["type"] == "app_mention"
        spoken = typed(re.sub(rf"<@{us}(?:\|[^>]*)?>", " ", text)).strip()
        if not (named or place.direct):
            to_others = _ANYBODY.search(text) is not None
            if not place.thread or not spoken or to_others or not await self._desk.is_ours(place):
                return
        by_bot = bool(event.get("bot_id"))
        await self._desk.heard(place, str(body["event_id"]), spoken, by_bot=by_bot)

    # --- what else happens ---

    async def _event(self, event: dict[str, Any], context: Any) -> None:
        """Acknowledged already."""
        match event.get("type"):
            case "app_home_opened":
                await self._agent.opened(_team(context), event)
            case "assistant_thread_started":
                await self._agent.thread_started(_team(context), event)
            case "agent_session_stopped":
                self._stopped(_team(context), str(event["channel"]), str(event["thread_ts"]))
                await self._agent.session_stopped(_team(context), event)
            case "app_uninstalled" | "tokens_revoked" if _of_the_bot(event):
                await self._removed(_removed_from(context))
            case _:
                pass

    async def _command(self, body: dict[str, Any], ack: Ack, context: Any) -> None:
        place = Place.of_command(_team(context), body)
        command, text = str(body["command"]), str(body.get("text") or "")
        await self._done(place, self._commands.run(place, command, text), ack)

    async def _shortcut(self, body: dict[str, Any], ack: Ack, context: Any) -> None:
        place = Place.of_interaction(_team(context), body)
        await self._done(place, self._commands.find_like(place, body.get("message") or {}), ack)

    async def _action(self, body: dict[str, Any], ack: Ack, context: Any) -> None:
        place = Place.of_interaction(_team(context), body)
        await self._done(place, self._acted(place, body.get("actions") or ()), ack)

    async def _acted(self, place: Place, actions: Sequence[Json]) -> None:
        for action in actions:
            at_home = home_pressed(action)
            press = pressed(action)
            if at_home is not None:
                await self._agent.pressed(place, at_home)
            elif press is not None:
                await self._buttons.pressed(place, press)

    async def _options(self, body: dict[str, Any], ack: Ack) -> None:
        """What a select offers while one types; nothing where that breaks."""
        library = self._desk.library
        try:
            found = suggestions(
                str(body.get("action_id")), str(body.get("value") or ""), library.titles, library.people
            )
        except Exception as error:
            log.error("choices broke", extra={"error": type(error).__qualname__})
            found = {"options": []}
        await ack(found)

    async def _view(self, body: dict[str, Any], ack: Ack, context: Any) -> None:
        place = Place.of_interaction(_team(context), body)
        try:
            await self._commands.sent(place, body["view"])
        except RefusedForm as refused:
            await ack({"response_action": "errors", "errors": refused.errors})
            return
        except Exception as error:
            await self._desk.broken(place, error)
        await ack()
        if body["view"]["callback_id"] == PREFERENCES:  # Slack does not ask for the home tab again
            self._desk.beside(self._agent.show_home(place))

    async def _closed(self, ack: Ack) -> None:
        await ack()

    async def _done(self, place: Place, work: Coroutine[Any, Any, None], ack: Ack) -> None:
        """Do something, and acknowledge it once it is done, or once Slack will wait no longer."""
        task = asyncio.create_task(work)
        await asyncio.wait([task], timeout=_ACK_SECONDS)
        await ack()
        try:
            await task
        except Exception as error:  # Bolt would take the acknowledgement back
            await self._desk.broken(place, error)

    async def _broken(self, error: Exception) -> None:
        """What breaks where nobody waits for a word; an event that is not acknowledged comes again."""
        unforeseen(log, "something heard on Slack broke", error)


def _team(context: Any) -> str:
    """The workspace that the bot sits in; the organisation, where it is in all of one's workspaces."""
    return str(context["authorize_result"].team_id)


def _removed_from(context: Any) -> str:
    """The same of an event that Bolt does not authorize, since there is no token any more."""
    return str(context["enterprise_id" if context.is_enterprise_install else "team_id"])


def _of_the_bot(event: Json) -> bool:
    return event["type"] == "app_uninstalled" or bool((event.get("tokens") or {}).get("bot"))
