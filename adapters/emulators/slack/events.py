"""What the app is told of, by event: https://docs.slack.dev/reference/events"""

import base64
import json
import time
from typing import Any

from adapters.emulators.slack.delivery import Delivery
from adapters.emulators.slack.interactions import View
from adapters.emulators.slack.places import (
    Channel,
    Kind,
    Message,
    User,
    Workspace,
    identifier,
    timestamp,
)
from adapters.emulators.slack.world import World

__all__ = ["Events"]


class Events:
    """Tells of what happens, as far as the app asked to hear of it and is there to hear it.

    Args:
        world: Where it happens.
        delivery: The way to the app.
    """

    def __init__(self, world: World, delivery: Delivery) -> None:
        self._world, self._delivery = world, delivery
        self.unknown_fields: dict[str, Any] = {}
        """What Slack may add to its events tomorrow."""

    def posted(self, message: Message) -> None:
        """A message, by whomever; one that mentions the bot in a channel is told of twice:
        https://docs.slack.dev/reference/events/app_mention
        """
        channel, bot = message.channel, message.channel.workspace.bot
        told = {**message.payload(), **self._where(channel), "event_ts": message.ts}
        told.pop("reactions", None)
        self._in(channel, told)
        named = f"<@{bot.id}>" in message.text and message.author is not bot
        if named and bot in channel.members and channel.kind is not Kind.DIRECT:
            mention = {key: value for key, value in told.items() if key != "channel_type"}
            self._tell(channel.workspace, {**mention, "type": "app_mention"})

    def changed(self, message: Message, before: dict[str, Any]) -> None:
        """Another body of a message: https://docs.slack.dev/reference/events/message/message_changed"""
        self._hidden(
            message.channel,
            "message_changed",
            {"message": message.payload(), "previous_message": before},
        )

    def deleted(self, message: Message) -> None:
        """A message was taken away: https://docs.slack.dev/reference/events/message/message_deleted"""
        self._hidden(
            message.channel,
            "message_deleted",
            {"previous_message": message.payload(), "deleted_ts": message.ts},
        )

    def reacted(self, message: Message, user: User, name: str, *, removed: bool = False) -> None:
        """A reaction: https://docs.slack.dev/reference/events/reaction_added"""
        if message.channel.workspace.bot not in message.channel.members:
            return
        self._tell(
            message.channel.workspace,
            {
                "type": "reaction_removed" if removed else "reaction_added",
                "user": user.id,
                "reaction": name,
                "item_user": message.author.id,
                "item": {"type": "message", "channel": message.channel.id, "ts": message.ts},
                "event_ts": timestamp(),
            },
        )

    def joined(self, channel: Channel, user: User) -> None:
        """Somebody, or the bot, came into a channel: https://docs.slack.dev/reference/events/member_joined_channel"""
        self._tell(
            channel.workspace,
            {
                "type": "member_joined_channel",
                "user": user.id,
                "channel": channel.id,
                "channel_type": channel.id[0],
                "team": channel.workspace.id,
                "event_ts": timestamp(),
            },
        )

    def home_opened(self, user: User, tab: str, view: View | None, context: Channel | None) -> None:
        """Somebody looks at the app: https://docs.slack.dev/reference/events/app_home_opened"""
        told: dict[str, Any] = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": user.workspace.direct(user).id,
            "tab": tab,
            "event_ts": timestamp(),
        }
        if view is not None:
            told["view"] = view.payload()
        if context is not None:
            entity = {"type": "slack#/types/channel_id", "value": context.id, "team_id": user.workspace.id}
            told["context"] = {"entities": [entity]}
        self._tell(user.workspace, told)

    def thread_started(self, user: User, root: Message, context: Channel | None) -> None:
        """Somebody opens the assistant: https://docs.slack.dev/reference/events/assistant_thread_started"""
        looking_at: dict[str, str | None] = {}
        if context is not None:
            looking_at = {"channel_id": context.id, "team_id": user.workspace.id, "enterprise_id": None}
        place = {"channel_id": root.channel.id, "thread_ts": root.ts}
        thread = {"user_id": user.id, "context": looking_at, **place}
        told = {"type": "assistant_thread_started", "assistant_thread": thread, "event_ts": timestamp()}
        self._tell(user.workspace, told)

    def session_stopped(self, user: User, channel: Channel, thread_ts: str, streams: list[str]) -> None:
        """Somebody presses stop: https://docs.slack.dev/reference/events/agent_session_stopped"""
        self._tell(
            channel.workspace,
            {
                "type": "agent_session_stopped",
                "channel": channel.id,
                "thread_ts": thread_ts,
                "streaming_message_ts": streams,
                "user": user.id,
                "event_ts": timestamp(),
            },
        )

    def tokens_revoked(self, workspace: Workspace) -> None:
        """The bot's tokens are void: https://docs.slack.dev/reference/events/tokens_revoked"""
        tokens: dict[str, list[str]] = {"oauth": [], "bot": [workspace.bot.id]}
        self._tell(workspace, {"type": "tokens_revoked", "tokens": tokens})

    def uninstalled(self, workspace: Workspace) -> None:
        """The app was removed: https://docs.slack.dev/reference/events/app_uninstalled"""
        self._tell(workspace, {"type": "app_uninstalled"})

    def _hidden(self, channel: Channel, subtype: str, told: dict[str, Any]) -> None:
        """What happened to a message, told as a message itself."""
        moment = timestamp()
        frame = {"type": "message", "subtype": subtype, "hidden": True, "ts": moment, "event_ts": moment}
        self._in(channel, {**frame, **told, **self._where(channel)})

    def _where(self, channel: Channel) -> dict[str, str]:
        return {"channel": channel.id, "channel_type": channel.kind.called}

    def _in(self, channel: Channel, event: dict[str, Any]) -> None:
        """A message's event: told where the bot is a member and the app asked for such conversations."""
        if channel.workspace.bot in channel.members and channel.kind.subscription in self._world.app.events:
            self._deliver(channel.workspace, event)

    def _tell(self, workspace: Workspace, event: dict[str, Any]) -> None:
        if event["type"] in self._world.app.events:
            self._deliver(workspace, event)

    def _deliver(self, workspace: Workspace, event: dict[str, Any]) -> None:
        """With the frame of all events: https://docs.slack.dev/apis/events-api#event-type-structure"""
        app, organisation = self._world.app, workspace.installed_by
        enterprise_id = organisation.id if organisation is not None else None
        seen_by = {
            "enterprise_id": enterprise_id,
            "team_id": workspace.id if organisation is None else None,
            "user_id": workspace.bot.id,
            "is_bot": True,
            "is_enterprise_install": organisation is not None,
        }
        context = {"et": event["type"], "tid": workspace.id, "aid": app.id, "cid": event.get("channel")}
        self._delivery.tell(
            {
                "token": app.verification_token,
                "team_id": workspace.id,
                "context_team_id": workspace.id,
                "context_enterprise_id": enterprise_id,
                "api_app_id": app.id,
                "event": event | self.unknown_fields,
                "type": "event_callback",
                "event_id": identifier("Ev"),
                "event_time": int(time.time()),
                "authorizations": [seen_by],
                "is_ext_shared_channel": False,
                "event_context": f"4-{base64.urlsafe_b64encode(json.dumps(context).encode()).decode()}",
            }
        )
