"""Modals, home tabs, and what an agent says of itself.

https://docs.slack.dev/reference/methods?family=views
https://docs.slack.dev/ai/agent-sessions
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from adapters.emulators.slack.blocks import checked_view
from adapters.emulators.slack.calls import Call, Method
from adapters.emulators.slack.interactions import Interaction, View
from adapters.emulators.slack.places import Channel, Problem, Session, Status
from adapters.emulators.slack.world import World

__all__ = ["Surfaces"]

# https://docs.slack.dev/reference/methods/views.push#errors (`push_limit_reached`)
_MOST_VIEWS = 3
# https://docs.slack.dev/reference/methods/agents.sessions.setStatus
_SESSION_STATUSES = frozenset({"active", "processing", "suspended", "closed"})
_SESSION_TITLE = 200
# https://docs.slack.dev/reference/methods/assistant.threads.setStatus
_LOADING_MESSAGES = 10
# https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts
_PROMPTS = 4


class Surfaces:
    """views.*, assistant.threads.*, agents.sessions.*

    Args:
        world: Where.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.methods: Mapping[str, Method] = MappingProxyType(
            {
                "views.open": self._open_view,
                "views.push": self._push_view,
                "views.update": self._update_view,
                "views.publish": self._publish_view,
                "assistant.threads.setStatus": self._set_status,
                "assistant.threads.setTitle": self._set_title,
                "assistant.threads.setSuggestedPrompts": self._set_prompts,
                "agents.sessions.setStatus": self._set_session_status,
                "agents.sessions.rename": self._rename_session,
            }
        )

    def open(self, interaction: Interaction, body: Any, previous: View | None = None) -> View:
        """Show a view to whom began the interaction.

        Raises:
            Problem: it is not within the limits.
        """
        depth, below = 1, previous
        while below is not None:
            depth, below = depth + 1, below.previous
        if depth > _MOST_VIEWS:
            raise Problem("push_limit_reached")
        checked = checked_view(body)
        self._check_external_id(checked)
        view = View(interaction.workspace, interaction.user, checked, self._world.app.id, previous)
        self._world.views[view.id] = view
        interaction.opened.append(view)
        return view

    def change(self, view: View, body: Any) -> None:
        """Put another view in the place of one.

        Raises:
            Problem: it is not within the limits.
        """
        checked = checked_view(body)
        self._check_external_id(checked, view)
        view.change(checked)

    async def _open_view(self, call: Call) -> dict[str, Any]:
        interaction = self._triggered(call)
        return {"view": self.open(interaction, call.arguments.get("view")).payload()}

    async def _push_view(self, call: Call) -> dict[str, Any]:
        interaction = self._triggered(call)
        if interaction.view is None:
            raise Problem("invalid_arguments", messages=["the trigger was not exchanged within a modal"])
        return {"view": self.open(interaction, call.arguments.get("view"), interaction.view).payload()}

    async def _update_view(self, call: Call) -> dict[str, Any]:
        view_id, external_id = call.text("view_id"), call.text("external_id")
        for view in self._world.views.values():
            named = view.id == view_id or (external_id and view.body.get("external_id") == external_id)
            if named and view.is_open and view.workspace is call.workspace:
                break
        else:
            raise Problem("not_found")
        if call.text("hash") not in ("", view.hash):
            raise Problem("hash_conflict")
        self.change(view, call.arguments.get("view"))
        return {"view": view.payload()}

    async def _publish_view(self, call: Call) -> dict[str, Any]:
        user = self._world.user(call.workspace, call.needed("user_id"))
        body, home = call.arguments.get("view"), self._world.homes.get(user.id)
        if not isinstance(body, dict) or body.get("type") != "home":
            raise Problem("invalid_arguments", messages=["must be home [json-pointer:/view/type]"])
        if home is None:
            home = View(call.workspace, user, checked_view(body), self._world.app.id)
            self._world.homes[user.id] = self._world.views[home.id] = home
        elif call.text("hash") not in ("", home.hash):
            raise Problem("hash_conflict")
        else:
            self.change(home, body)
        return {"view": home.payload()}

    def _triggered(self, call: Call) -> Interaction:
        interaction = self._world.triggers.get(call.needed("trigger_id"))
        if interaction is None or interaction.workspace is not call.workspace:
            raise Problem("invalid_trigger_id")
        interaction.use_trigger(self._world.clock.now(), self._world.deadlines.trigger)
        return interaction

    def _check_external_id(self, body: Mapping[str, Any], own: View | None = None) -> None:
        external_id = body.get("external_id")
        for view in self._world.views.values():
            if (
                external_id
                and view is not own
                and view.is_open
                and view.body.get("external_id") == external_id
            ):
                raise Problem("duplicate_external_id")

    async def _set_status(self, call: Call) -> dict[str, Any]:
        channel, thread_ts = self._assistant_thread(call)
        loading = call.arguments.get("loading_messages") or []
        if len(loading) > _LOADING_MESSAGES:
            raise Problem("invalid_arguments", messages=[f"no more than {_LOADING_MESSAGES} items allowed"])
        status = Status(thread_ts, call.text("status"), self._world.clock.now(), tuple(loading))
        channel.statuses.append(status)
        return {}

    async def _set_title(self, call: Call) -> dict[str, Any]:
        channel, thread_ts = self._assistant_thread(call)
        channel.titles[thread_ts] = call.needed("title")
        return {}

    async def _set_prompts(self, call: Call) -> dict[str, Any]:
        channel = self._world.joined(call.workspace, call.needed("channel_id"))
        thread_ts, prompts = call.text("thread_ts"), call.arguments.get("prompts") or []
        if thread_ts:
            self._root(channel, thread_ts)
        elif not self._world.app.agent_view:
            raise Problem("missing_thread_ts")
        whole = all(isinstance(prompt, dict) and {"title", "message"} <= prompt.keys() for prompt in prompts)
        if not prompts or len(prompts) > _PROMPTS or not whole:
            raise Problem("invalid_arguments", messages=[f"1 to {_PROMPTS} prompts, with title and message"])
        channel.prompts[thread_ts] = prompts
        return {}

    def _assistant_thread(self, call: Call) -> tuple[Channel, str]:
        channel = self._world.joined(call.workspace, call.needed("channel_id"))
        return channel, self._root(channel, call.needed("thread_ts"))

    def _root(self, channel: Channel, thread_ts: str) -> str:
        try:
            return self._world.root(channel, thread_ts)
        except Problem:
            raise Problem("invalid_thread_ts") from None

    async def _set_session_status(self, call: Call) -> dict[str, Any]:
        channel, thread_ts = self._session_place(call)
        status, title = call.needed("status"), call.text("title")
        if status not in _SESSION_STATUSES:
            raise Problem("invalid_status")
        if call.text("initiator_user_id"):
            self._world.user(call.workspace, call.text("initiator_user_id"))
        session = channel.sessions.setdefault(thread_ts, Session(title=_checked_title(title)))
        session.set(status)
        told = {"status": status, "agent_status": status, "title": session.title}
        if "agent_session_stopped" not in self._world.app.events:
            told["warning"] = "missing_agent_session_stopped_event_subscription"
        return told

    async def _rename_session(self, call: Call) -> dict[str, Any]:
        channel, thread_ts = self._session_place(call)
        title = _checked_title(call.needed("title"))
        session = channel.sessions.get(thread_ts)
        if session is None:
            raise Problem("session_not_found")
        session.title = title
        return {"title": title}

    def _session_place(self, call: Call) -> tuple[Channel, str]:
        channel = self._world.seen(call.workspace, call.needed("channel_id"))
        if call.workspace.bot not in channel.members:
            raise Problem("not_authorized")
        thread_ts = call.text("thread_ts")
        if not thread_ts:
            raise Problem("thread_ts_required")
        return channel, self._world.root(channel, thread_ts)


def _checked_title(title: str) -> str:
    if len(title) > _SESSION_TITLE:
        raise Problem("invalid_arguments", messages=[f"must be less than {_SESSION_TITLE + 1} characters"])
    return title
