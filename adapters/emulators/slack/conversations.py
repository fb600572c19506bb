"""conversations.*, users.info, reactions.*: https://docs.slack.dev/reference/methods?family=conversations"""

import base64
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from adapters.emulators.slack.calls import Call, Method
from adapters.emulators.slack.events import Events
from adapters.emulators.slack.places import Kind, Message, Problem
from adapters.emulators.slack.world import World

__all__ = ["Conversations"]

# https://docs.slack.dev/apis/web-api/pagination
_PAGE, _HISTORY_PAGE = 100, 999
# https://docs.slack.dev/changelog/2025/05/29/rate-limit-changes-for-non-marketplace-apps
_PAGE_OUTSIDE_MARKETPLACE = 15
# https://docs.slack.dev/reference/methods/conversations.open#errors (`too_many_users`)
_MOST_USERS = 8
_EMOJI = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")

_Item = TypeVar("_Item")


class Conversations:
    """Looking at conversations and people, and reacting to messages.

    Args:
        world: Where.
        events: Told of reactions.
    """

    def __init__(self, world: World, events: Events) -> None:
        self._world, self._events = world, events
        self.methods: Mapping[str, Method] = MappingProxyType(
            {
                "conversations.open": self._open,
                "conversations.info": self._info,
                "conversations.members": self._members,
                "conversations.history": self._history,
                "conversations.replies": self._replies,
                "users.info": self._user,
                "reactions.add": self._add_reaction,
                "reactions.remove": self._remove_reaction,
            }
        )

    async def _open(self, call: Call) -> dict[str, Any]:
        workspace, channel_id, names = call.workspace, call.text("channel"), call.text("users")
        if channel_id:
            channel = self._world.joined(workspace, channel_id)
            if channel.kind not in (Kind.DIRECT, Kind.GROUP_DIRECT):
                raise Problem("method_not_supported_for_channel_type")
        elif not names:
            raise Problem("users_list_not_supplied")
        else:
            users = [self._world.user(workspace, user_id.strip()) for user_id in names.split(",")]
            if len(users) > _MOST_USERS:
                raise Problem("too_many_users")
            channel = workspace.direct(*users)
        return {"channel": channel.payload() if call.flag("return_im") else {"id": channel.id}}

    async def _info(self, call: Call) -> dict[str, Any]:
        told = self._world.seen(call.workspace, call.needed("channel")).payload()
        if not call.flag("include_num_members"):
            told.pop("num_members", None)
        return {"channel": told | ({"locale": "en-US"} if call.flag("include_locale") else {})}

    async def _members(self, call: Call) -> dict[str, Any]:
        channel = self._world.seen(call.workspace, call.needed("channel"))
        page, cursor = _page([user.id for user in channel.members], call, _PAGE)
        return {"members": page, "response_metadata": {"next_cursor": cursor}}

    async def _history(self, call: Call) -> dict[str, Any]:
        channel = self._world.joined(call.workspace, call.needed("channel"))
        top = [message for message in channel.visible if message.thread_ts is None or message.broadcast]
        return self._messages([message for message in reversed(top) if _within(message, call)], call)

    async def _replies(self, call: Call) -> dict[str, Any]:
        channel = self._world.joined(call.workspace, call.needed("channel"))
        found = channel.messages.get(call.needed("ts"))
        thread = channel.thread(found) if found is not None else []
        if not thread:
            raise Problem("thread_not_found")
        return self._messages([message for message in thread if _within(message, call)], call)

    def _messages(self, messages: Sequence[Message], call: Call) -> dict[str, Any]:
        most = _HISTORY_PAGE if self._world.limits.marketplace else _PAGE_OUTSIDE_MARKETPLACE
        page, cursor = _page(messages, call, most)
        told = {"messages": [message.payload() for message in page], "has_more": bool(cursor)}
        return told | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})

    async def _user(self, call: Call) -> dict[str, Any]:
        user = self._world.user(call.workspace, call.needed("user"))
        return {"user": user.payload(locale=call.flag("include_locale"))}

    async def _add_reaction(self, call: Call) -> dict[str, Any]:
        message, name, bot = self._reacted_to(call), call.needed("name"), call.workspace.bot
        if not _EMOJI.fullmatch(name):
            raise Problem("invalid_name")
        if bot in message.reactions.get(name, []):
            raise Problem("already_reacted")
        message.reactions.setdefault(name, []).append(bot)
        self._events.reacted(message, bot, name)
        return {}

    async def _remove_reaction(self, call: Call) -> dict[str, Any]:
        message, name, bot = self._reacted_to(call), call.needed("name"), call.workspace.bot
        if bot not in message.reactions.get(name, []):
            raise Problem("no_reaction")
        message.reactions[name].remove(bot)
        if not message.reactions[name]:
            del message.reactions[name]
        self._events.reacted(message, bot, name, removed=True)
        return {}

    def _reacted_to(self, call: Call) -> Message:
        channel_id, ts = call.text("channel"), call.text("timestamp")
        if not (channel_id and ts):
            raise Problem("no_item_specified")
        channel = self._world.seen(call.workspace, channel_id)
        if channel.archived:
            raise Problem("is_archived")
        return self._world.message(channel, ts)


def _within(message: Message, call: Call) -> bool:
    """Whether it lies between `oldest` and `latest`."""
    ts, oldest, latest = message.ts, call.text("oldest"), call.text("latest")
    if call.flag("inclusive") and ts in (oldest, latest):
        return True
    return (not oldest or ts > oldest) and (not latest or ts < latest)


def _page(items: Sequence[_Item], call: Call, most: int) -> tuple[list[_Item], str]:
    """One page, and the cursor of the next one, empty at the end."""
    cursor = call.text("cursor")
    try:
        start = int(base64.b64decode(cursor.encode(), validate=True)) if cursor else 0
    except ValueError:
        raise Problem("invalid_cursor") from None
    limit = min(call.number("limit", most), most)
    end = start + limit
    following = base64.b64encode(str(end).encode()).decode() if end < len(items) else ""
    return list(items[start:end]), following
