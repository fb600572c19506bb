"""What people do on the emulated Slack, and what they get to see of it."""

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.emulators.slack import inputs
from adapters.emulators.slack.blocks import checked_options, interactive
from adapters.emulators.slack.delivery import Delivery, Envelope, Undelivered
from adapters.emulators.slack.events import Events
from adapters.emulators.slack.hooks import Hooks
from adapters.emulators.slack.interactions import Interaction, View
from adapters.emulators.slack.places import (
    Channel,
    Message,
    Problem,
    StreamState,
    User,
    timestamp,
)
from adapters.emulators.slack.surfaces import Surfaces
from adapters.emulators.slack.world import World

__all__ = ["People"]

# https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#external_select
_MIN_QUERY_LENGTH = 3

Json = dict[str, Any]


class People:
    """What they do. Messages and the like are told of in the background; whoever runs a command, presses or
    submits waits until the app acknowledged, or failed to.
    """

    hooks_url: str
    """Address of `response_url`s, without their last part."""

    def __init__(
        self, world: World, events: Events, delivery: Delivery, surfaces: Surfaces, hooks: Hooks
    ) -> None:
        self.world, self.events, self.delivery = world, events, delivery
        self._surfaces, self._hooks = surfaces, hooks
        self._offered: dict[str, list[dict[str, Any]]] = {}
        """What was last offered while one typed, by action."""

    # --- messages ---

    async def say(
        self, channel: Channel, user: User, text: str, thread: Message | None = None, **more: Any
    ) -> Message:
        """Somebody writes, in a `thread` where they answer one of its messages; `@Matinee` in the text
        mentions the bot, `@ann` somebody else. `more` goes into the message as it stands.
        """
        root = (thread.thread_ts or thread.ts) if thread is not None else None
        body = _written(text, channel) | more
        if not user.bot:
            body["client_msg_id"] = str(uuid.uuid4())
        message = channel.add(Message(channel, user, body, root))
        self.events.posted(message)
        return message

    async def edit(self, message: Message, text: str) -> None:
        """Its author changes a message."""
        before = message.payload()
        message.change({**message.body, **_written(text, message.channel)})
        message.edited_ts = timestamp()
        self.events.changed(message, before)

    async def delete(self, message: Message) -> None:
        """Somebody takes a message away."""
        message.deleted = True
        self.events.deleted(message)

    async def react(self, message: Message, user: User, name: str) -> None:
        """Somebody puts an emoji under a message."""
        message.reactions.setdefault(name, []).append(user)
        self.events.reacted(message, user, name)

    async def join(self, channel: Channel, user: User) -> None:
        """Somebody, or the bot, comes into a channel."""
        channel.members.append(user)
        self.events.joined(channel, user)

    def actions(self, where: Message | View) -> list[tuple[str, str | None]]:
        """What can be pressed, chosen or filled in, by action, with the values of buttons."""
        return [(item["action_id"], item.get("value")) for _, item in interactive(where.blocks)]

    # --- commands, buttons, forms ---

    async def command(self, channel: Channel, user: User, name: str, text: str = "") -> Interaction:
        """Somebody runs a slash command: https://docs.slack.dev/interactivity/implementing-slash-commands"""
        made = self._begun(user, "command", channel=channel)
        workspace, app = user.workspace, self.world.app
        told = {
            "token": app.verification_token,
            "team_id": workspace.id,
            "team_domain": workspace.domain,
            "channel_id": channel.id,
            "channel_name": channel.brief()["name"],
            "user_id": user.id,
            "user_name": user.name,
            "command": name,
            "text": text,
            "api_app_id": app.id,
            "is_enterprise_install": str(workspace.installed_by is not None).lower(),
            "response_url": self._response_url(made),
            "trigger_id": made.trigger_id,
        }
        if workspace.installed_by is not None:
            told |= {
                "enterprise_id": workspace.installed_by.id,
                "enterprise_name": workspace.installed_by.name,
            }
        await self._ask(made, Envelope("slash_commands", told))
        if made.answer:
            self._respond(made, made.answer)
        return made

    async def press(
        self, where: Message | View, user: User, action_id: str, value: str | None = None
    ) -> Interaction:
        """Somebody presses a button; the `value` tells which one, where several have the same action.

        Raises:
            AssertionError: they see no such button.
        """
        block_id, item = inputs.element(where.blocks, action_id, value)
        pressed: Json = {key: item[key] for key in ("text", "value", "style", "url") if key in item}
        return await self._act(where, user, block_id, item, pressed)

    async def choose(self, where: Message | View, user: User, action_id: str, *values: str) -> Interaction:
        """Somebody chooses from a select, or the like, by the options' values; these tell which one, where
        several have the same action.

        Raises:
            AssertionError: they see nothing of the kind.
        """
        block_id, item = inputs.offering(where.blocks, action_id, values)
        held = inputs.chosen(item, values, self._offered.get(action_id, ()))
        where.state.setdefault(block_id, {})[action_id] = {"type": item["type"], **held}
        return await self._act(where, user, block_id, item, held)

    async def type_into(self, where: Message | View, user: User, action_id: str, typed: str) -> Interaction:
        """Somebody types in a select whose options the app offers meanwhile:
        https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload

        Raises:
            AssertionError: they see nothing of the kind, or Slack does not ask the app about so short a text.
        """
        block_id, item = inputs.element(where.blocks, action_id)
        assert item["type"] in ("external_select", "multi_external_select"), item["type"]
        least = item.get("min_query_length", _MIN_QUERY_LENGTH)
        assert len(typed) >= least, f"Slack asks the app from {least} characters on"
        made = self._begun(user, "block_suggestion", **_place(where))
        told = {"action_id": action_id, "block_id": block_id, "value": typed, **self._container(where)}
        await self._interact(made, told)
        if made.acknowledged:
            try:
                made.options = self._offered[action_id] = checked_options(made.answer)
            except Problem as problem:
                made.failed = str(problem)
        return made

    async def submit(
        self, view: View, user: User, values: Mapping[str, str | Sequence[str] | None] | None = None
    ) -> Interaction:
        """Somebody submits a form with these values by action; the others stay as they were.

        Raises:
            AssertionError: the form has no such input, or one that it requires is empty.
        """
        assert view.is_open, "the form is closed"
        view.state = inputs.filled(view.blocks, view.state, values or {}, self._offered)
        made = self._begun(user, "view_submission", view=view)
        told = {"trigger_id": made.trigger_id, "view": view.payload(), "response_urls": []}
        await self._interact(made, told)
        if made.acknowledged:
            try:
                self._follow(made, view)
            except Problem as problem:
                made.failed = str(problem)
        return made

    async def close_view(self, view: View, user: User) -> Interaction | None:
        """Somebody closes a form; the app hears of it where it asked for that (`notify_on_close`)."""
        view.is_open = False
        if not view.body.get("notify_on_close"):
            return None
        made = self._begun(user, "view_closed", view=view)
        await self._interact(made, {"view": view.payload(), "is_cleared": False})
        return made

    async def shortcut_on_message(self, message: Message, user: User, callback_id: str) -> Interaction:
        """Somebody chooses a shortcut from a message's menu:
        https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload
        """
        made = self._begun(user, "message_action", channel=message.channel)
        told = {
            "callback_id": callback_id,
            "action_ts": timestamp(),
            "trigger_id": made.trigger_id,
            "response_url": self._response_url(made),
            "message_ts": message.ts,
            "channel": message.channel.brief(),
            "message": message.payload(),
        }
        await self._interact(made, told)
        return made

    async def shortcut(self, user: User, callback_id: str) -> Interaction:
        """Somebody chooses a shortcut that belongs to no message."""
        made = self._begun(user, "shortcut")
        told = {"callback_id": callback_id, "action_ts": timestamp(), "trigger_id": made.trigger_id}
        await self._interact(made, told)
        return made

    # --- the app's own places ---

    async def open_home(self, user: User, tab: str = "home") -> None:
        """Somebody looks at the app's `home` or `messages`."""
        view = self.world.homes.get(user.id) if tab == "home" else None
        self.events.home_opened(user, tab, view, None)

    async def open_agent_pane(self, user: User, looking_at: Channel | None = None) -> Message | None:
        """Somebody opens the agent beside what they are `looking_at`.

        Returns:
            The first message of the assistant's new thread; None where the app uses the newer agent view.
        """
        if self.world.app.agent_view:
            self.events.home_opened(user, "messages", None, looking_at)
            return None
        channel = user.workspace.direct(user)
        body = {"text": "New Assistant Thread"}
        root = Message(channel, user.workspace.bot, body, subtype="assistant_app_thread")
        self.events.thread_started(user, channel.add(root), looking_at)
        return root

    async def stop_stream(self, message: Message, user: User) -> list[str]:
        """Somebody presses the agent's stop button in a message's thread.

        Returns:
            Times of the messages whose streams were stopped.

        Raises:
            AssertionError: there is no such button: the session is not `processing`.
        """
        channel, root = message.channel, message.thread_ts or message.ts
        session = channel.sessions.get(root)
        assert session is not None, "the agent has no session in this thread"
        assert session.status == "processing", f"the session is {session.status}"
        stopped = []
        for other in channel.visible:
            if other.thread_ts == root and other.stream is not None and self.world.is_streaming(other):
                other.stream.state = StreamState.STOPPED_BY_USER
                stopped.append(other.ts)
        self.events.session_stopped(user, channel, root, stopped)
        return stopped

    def status(self, channel: Channel, thread: Message) -> str:
        """What the assistant says that it is doing; empty after two minutes, and after its answer."""
        root = thread.thread_ts or thread.ts
        mine = [status for status in channel.statuses if status.thread_ts == root]
        if not mine or self.world.clock.now() - mine[-1].at > self.world.deadlines.status:
            return ""
        return mine[-1].text

    # --- how it is told ---

    def _begun(self, user: User, kind: str, **where: Any) -> Interaction:
        made = Interaction(user.workspace, user, kind, self.world.clock.now(), **where)
        return self.world.remember(made)

    def _response_url(self, interaction: Interaction) -> str:
        return f"{self.hooks_url}/{interaction.hook}"

    async def _act(
        self, where: Message | View, user: User, block_id: str, item: Json, held: Json
    ) -> Interaction:
        if isinstance(where, Message):
            assert where in where.channel.seen_by(user), "they do not see this message"
        else:
            assert where.is_open, "they do not see this view"
        made = self._begun(user, "block_actions", **_place(where))
        action = {"type": item["type"], "action_id": item["action_id"], "block_id": block_id, **held}
        told = {
            "trigger_id": made.trigger_id,
            "actions": [{**action, "action_ts": timestamp()}],
            **self._container(where),
        }
        if isinstance(where, Message):
            told |= {"response_url": self._response_url(made), "state": {"values": where.state}}
        await self._interact(made, told)
        return made

    def _container(self, where: Message | View) -> Json:
        """Where something was done."""
        if isinstance(where, View):
            return {"container": {"type": "view", "view_id": where.id}, "view": where.payload()}
        container: Json = {
            "type": "message",
            "message_ts": where.ts,
            "channel_id": where.channel.id,
            "is_ephemeral": where.ephemeral_for is not None,
        }
        if where.thread_ts is not None:
            container["thread_ts"] = where.thread_ts
        told: Json = {"container": container, "channel": where.channel.brief()}
        return told if where.ephemeral_for is not None else {**told, "message": where.payload()}

    async def _interact(self, interaction: Interaction, told: Json) -> None:
        workspace, organisation = interaction.workspace, interaction.workspace.installed_by
        frame = {
            "type": interaction.kind,
            "user": interaction.user.brief(),
            "api_app_id": self.world.app.id,
            "token": self.world.app.verification_token,
            "team": workspace.brief() if organisation is None else None,
            "enterprise": organisation.brief() if organisation is not None else None,
            "is_enterprise_install": organisation is not None,
        }
        await self._ask(interaction, Envelope("interactive", {**frame, **told}))

    async def _ask(self, interaction: Interaction, envelope: Envelope) -> None:
        try:
            interaction.answer = await self.delivery.ask(envelope)
        except Undelivered as failure:
            interaction.failed = failure.reason
        else:
            interaction.acknowledged = True

    def _respond(self, interaction: Interaction, body: Json) -> None:
        """The message that came with a command's acknowledgement."""
        try:
            self._hooks.respond(interaction, body)
        except Problem as problem:
            interaction.failed = str(problem)

    def _follow(self, interaction: Interaction, view: View) -> None:
        """What is to become of a submitted form: https://docs.slack.dev/surfaces/modals#response_actions

        Raises:
            Problem: a view is not within the limits, or errors name no input of the form.
        """
        answer = interaction.answer or {}
        match answer.get("response_action"):
            case "errors":
                inputs_there = {block["block_id"] for block in view.blocks if block["type"] == "input"}
                if not answer.get("errors") or not answer["errors"].keys() <= inputs_there:
                    raise Problem("invalid_arguments", messages=["errors for no input"])
                view.errors = dict(answer["errors"])
            case "update":
                self._surfaces.change(view, answer.get("view"))
            case "push":
                self._surfaces.open(interaction, answer.get("view"), view)
            case "clear":
                for other in self.world.views.values():
                    if other.root is view.root:
                        other.is_open = False
            case _:
                view.is_open = False


def _place(where: Message | View) -> Json:
    if isinstance(where, View):
        return {"view": where}
    return {"message": where, "channel": where.channel}


def _written(text: str, channel: Channel) -> Json:
    """A text as Slack sends it, with the blocks that it makes of it: https://docs.slack.dev/messaging/formatting-message-text"""
    names = {user.name: user.id for user in channel.workspace.users.values()}
    elements: list[Json] = []
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for name in sorted(names, key=len, reverse=True):
        escaped = escaped.replace(f"@{name}", f"<@{names[name]}>")
    for piece in escaped.replace("<@", "\0<@").replace(">", ">\0").split("\0"):
        if piece.startswith("<@"):
            elements.append({"type": "user", "user_id": piece[2:-1]})
        elif piece:
            plain = piece.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            elements.append({"type": "text", "text": plain})
    section = {"type": "rich_text_section", "elements": elements}
    block = {"type": "rich_text", "block_id": str(time.monotonic_ns()), "elements": [section]}
    return {"text": escaped, "blocks": [block]}
