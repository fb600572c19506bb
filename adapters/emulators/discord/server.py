"""The server on loopback, and what people do on it."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import BodyPartReader, web

from adapters.emulators.discord.gateway import Gateway, Session
from adapters.emulators.discord.limits import (
    RateLimits,
    checked_choices,
    checked_commands,
    checked_message,
    checked_modal,
)
from adapters.emulators.discord.world import (
    ALL_PERMISSIONS,
    EPHEMERAL,
    LOADING,
    Channel,
    Clock,
    Guild,
    Interaction,
    Message,
    Problem,
    User,
    snowflake,
)

__all__ = ["DiscordServer", "Exchange"]

# https://discord.com/developers/docs/topics/permissions#permissions-bitwise-permission-flags
_VIEW_CHANNEL, _SEND_MESSAGES, _EMBED_LINKS = 1 << 10, 1 << 11, 1 << 14
# Of messages older than an hour, Discord takes few edits; how few it does not say.
_OLD_SECONDS, _LATE_EDITS, _OLD_EDITS_WAIT = 3_600.0, 30, 60.0
_MESSAGE_CONTENT = 1 << 15
_ALL_INTENTS = (1 << 26) - 1
_COMMAND, _COMPONENT, _AUTOCOMPLETE, _MODAL = 2, 3, 4, 5
_SENT = web.RequestKey("sent", dict)
_WAIT_SECONDS = 10.0
_SCRIPTED_WAIT = 0.2

Handler = Callable[[web.Request], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call and its answer."""

    method: str
    route: str
    """Its path, with names in braces where values stand."""
    sent: Any
    """The JSON body; None where there is none."""
    status: int
    answer: Any
    """The same of the answer."""
    path: str = ""
    """The path itself."""


class DiscordServer:
    """Discord, while the `async with` block lasts.

    Args:
        token: The bot's.
        intents: Those that the application may ask for.
        limits: Of calls by bucket.
    """

    url: str
    """Address of the REST routes, with `/api/v10`."""
    gateway_url: str

    def __init__(self, token: str, intents: int = _ALL_INTENTS, limits: RateLimits | None = None) -> None:
        self.token = token
        self.limits = limits or RateLimits()
        self.clock = Clock()
        self.bot = User("Matinee", bot=True)
        self.guilds: list[Guild] = []
        self.users: dict[str, User] = {self.bot.id: self.bot}
        self.private: dict[str, Channel] = {}
        self.commands: list[dict[str, Any]] = []
        self.command_syncs = 0
        self.interactions: dict[str, Interaction] = {}
        self.faults: deque[Problem] = deque()
        """Answers that the next calls that write messages get instead of their own."""
        self.token_faults = 0
        """Calls by interactions' tokens that are refused as if those had run out."""
        self.calls: list[tuple[str, str]] = []
        """Methods and paths, in the order in which they came."""
        self.exchanges: list[Exchange] = []
        """The same with bodies and answers."""
        self.application_flags = 0
        self.unknown_fields: dict[str, Any] = {}
        """What Discord may add to its events tomorrow."""
        self.gateway = Gateway(token, intents, self._greeting)
        app = web.Application(middlewares=[self._answer])
        app.add_routes(self._routes())
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/api/v10"
        self.gateway_url = f"ws://{host}:{port}/gateway"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gateway.drop()
        await self._runner.cleanup()

    # --- what people do ---

    def guild(
        self, name: str, *people: str, permissions: int = ALL_PERMISSIONS, member: bool = True
    ) -> Guild:
        """A server with these people in it, and the bot; not being a `member`, the bot hears of it by what
        its users install for themselves alone.
        """
        bot = [self.bot] if member else []
        made = Guild(name, [*bot, *map(self.person, people)], permissions=permissions, member=member)
        self.guilds.append(made)
        return made

    async def permit(self, guild: Guild, permissions: int) -> None:
        """Change what everyone on a server may."""
        guild.permissions = permissions
        await self.gateway.dispatch("GUILD_ROLE_UPDATE", {"guild_id": guild.id, "role": guild.role()})

    async def kick(self, guild: Guild) -> None:
        """Throw the bot out."""
        guild.member = False
        # The key under which Discord names the server differs from that of all other events.
        for session in self.gateway.hearing_of(guild.id):
            await session.dispatch("GUILD_DELETE", {"id": guild.id})

    def person(self, name: str) -> User:
        """Somebody of this name."""
        for user in self.users.values():
            if user.name == name:
                return user
        made = User(name)
        self.users[made.id] = made
        return made

    def private_channel(self, user: User) -> Channel:
        """The conversation of somebody and the bot."""
        return self.private.setdefault(user.id, Channel("private", recipient=user))

    async def say(
        self, channel: Channel, user: User, content: str, reply_to: Message | None = None
    ) -> Message:
        """Somebody writes; `@Matinee` in it mentions the bot."""
        mentions = (self.bot,) if "@Matinee" in content else ()
        text = content.replace("@Matinee", f"<@{self.bot.id}>")
        message = Message(
            channel, user, {"content": text}, mentions=mentions, reply_to=reply_to, at=self.clock.now()
        )
        message.note()
        channel.messages[message.id] = message
        await self._tell_of(message, "MESSAGE_CREATE")
        return message

    async def command(
        self, channel: Channel, user: User, name: str, /, *, kind: int = _COMMAND, **options: object
    ) -> Interaction:
        """Somebody runs a slash command, or (`kind` 4) types one of its options, named `focused`."""
        focused = options.pop("focused", None)
        given = [
            {"name": key, "value": value, "type": _option_type(value), **_focus(key, focused)}
            for key, value in options.items()
        ]
        name, _, inner = name.partition(" ")
        if inner:  # a command of a group
            given = [{"name": inner, "type": 1, "options": given}]
        data = {"id": self._command_id(name), "name": name, "type": 1, "options": given}
        return await self._interact(channel, user, kind, data)

    async def choose_from_menu(self, message: Message, user: User, name: str) -> Interaction:
        """Somebody chooses a command from a message's menu."""
        told = message.payload()
        resolved = {"messages": {message.id: told}}
        data = {
            "id": self._command_id(name),
            "name": name,
            "type": 3,
            "target_id": message.id,
            "resolved": resolved,
        }
        return await self._interact(message.channel, user, _COMMAND, data)

    async def press(self, message: Message, user: User, custom_id: str, *values: str) -> Interaction:
        """Somebody presses a button or chooses from a select."""
        if custom_id not in message.custom_ids:
            raise AssertionError(f"there is no {custom_id}, but {message.custom_ids}")
        data: dict[str, Any] = {"custom_id": custom_id, "component_type": 3 if values else 2}
        if values:
            data["values"] = list(values)
        return await self._interact(message.channel, user, _COMPONENT, data, message)

    async def submit(self, before: Interaction, **values: str) -> Interaction:
        """Somebody submits the form that an interaction opened."""
        assert before.modal is not None, "no form was opened"
        rows = [
            {"type": 18, "id": place, "component": {"type": 4, "id": place, "custom_id": key, "value": value}}
            for place, (key, value) in enumerate(values.items(), 1)
        ]
        data = {"custom_id": before.modal["custom_id"], "components": rows}
        return await self._interact(before.channel, before.user, _MODAL, data)

    async def until(self, done: Callable[[], object], seconds: float = _WAIT_SECONDS) -> None:
        """Wait for something to come about."""
        async with asyncio.timeout(seconds):
            while not done():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    # --- telling the bot ---

    def _greeting(self, session: Session) -> list[tuple[str, Mapping[str, Any]]]:
        guilds = [guild for guild in self.guilds if guild.member and session.hears_of(guild.id)]
        ready = {
            "v": 10,
            "user": self.bot.payload(),
            "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.gateway_url,
            "shard": list(session.shard),
            "application": {"id": self.bot.id, "flags": 0},
            "private_channels": [],
            "relationships": [],
        }
        return [
            ("READY", ready),
            *(("GUILD_CREATE", guild.payload()) for guild in guilds),
        ]

    async def _tell_of(self, message: Message, event: str) -> None:
        guild = message.channel.guild
        for session in self.gateway.hearing_of(guild.id if guild else None):
            own = message.author is self.bot
            told = message.channel.guild is None or self.bot in message.mentions or own
            blank = not told and not session.intents & _MESSAGE_CONTENT
            payload = message.payload(blank=blank)
            if message.channel.guild is not None and not own:
                payload["member"] = {
                    key: value for key, value in message.author.member().items() if key != "user"
                }
            await session.dispatch(event, payload | self.unknown_fields)

    async def _interact(
        self,
        channel: Channel,
        user: User,
        kind: int,
        data: Mapping[str, Any],
        message: Message | None = None,
    ) -> Interaction:
        made = Interaction(channel, user, kind, self.clock, message=message)
        self.interactions[made.token] = made
        guild = channel.guild
        installed = {"1": user.id} if made.by_user_install else {"0": guild.id if guild else "0"}
        payload: dict[str, Any] = {
            "id": made.id,
            "application_id": self.bot.id,
            "type": kind,
            "data": data,
            "token": made.token,
            "version": 1,
            "channel_id": channel.id,
            "channel": channel.payload(),
            "app_permissions": str(guild.permissions if guild else ALL_PERMISSIONS),
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": installed,
            "context": 0 if guild else 1,
            "attachment_size_limit": 10 * 2**20,
        }
        if guild is not None:
            payload |= {
                "guild_id": guild.id,
                "guild_locale": "en-US",
                "member": user.member(user.permissions),
            }
            payload["guild"] = {"id": guild.id, "features": [], "locale": "en-US"}
        else:
            payload["user"] = user.payload()
        if message is not None:
            payload["message"] = message.payload()
        await self.gateway.dispatch("INTERACTION_CREATE", payload | self.unknown_fields)
        return made

    def _command_id(self, name: str) -> str:
        for command in self.commands:
            if command["name"] == name:
                return str(command["id"])
        raise AssertionError(f"the bot has no command {name}; it has {[c['name'] for c in self.commands]}")

    # --- REST ---

    def _routes(self) -> list[web.RouteDef]:
        message = "/api/v10/channels/{channel}/messages"
        hook = "/api/v10/webhooks/{application}/{token}"
        commands = "/api/v10/applications/{application}/commands"
        on_guild = "/api/v10/applications/{application}/guilds/{guild}/commands"
        return [
            web.get("/gateway", self.gateway.serve),
            web.get("/gateway/", self.gateway.serve),
            web.get("/api/v10/users/@me", self._me),
            web.get("/api/v10/users/{user}", self._get_user),
            web.get("/api/v10/oauth2/applications/@me", self._application),
            web.get("/api/v10/gateway/bot", self._gateway_bot),
            web.get(commands, self._list_commands),
            web.put(commands, self._put_commands),
            web.get(on_guild, self._list_guild_commands),
            web.put(on_guild, self._put_guild_commands),
            web.post("/api/v10/users/@me/channels", self._open_private),
            web.get("/api/v10/channels/{channel}", self._get_channel),
            web.post(message, self._send),
            web.post(f"{message}/{{message}}/threads", self._open_thread),
            web.put(f"{message}/{{message}}/reactions/{{emoji}}/@me", self._react),
            web.get(f"{message}/{{message}}", self._get_message),
            web.patch(f"{message}/{{message}}", self._edit),
            web.delete(f"{message}/{{message}}", self._delete),
            web.post("/api/v10/channels/{channel}/typing", self._type),
            web.post("/api/v10/interactions/{id}/{token}/callback", self._callback),
            web.post(hook, self._follow_up),
            web.get(f"{hook}/messages/{{message}}", self._get_by_hook),
            web.patch(f"{hook}/messages/{{message}}", self._edit_by_hook),
            web.delete(f"{hook}/messages/{{message}}", self._delete_by_hook),
        ]

    @web.middleware
    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Faults, rights, rate limits and errors, the same for all routes."""
        path = request.path.removeprefix("/api/v10")
        if path.startswith("/gateway") and not path.endswith("/bot"):
            served: web.StreamResponse = await handler(request)
            return served
        self.calls.append((request.method, path))
        headers: dict[str, str] = {}
        if request.content_type == "application/json" and request.can_read_body:
            request[_SENT] = await request.json()
        response = await self._answered(request, handler, path, headers)
        assert request.match_info.route.resource is not None, "there is no such route"
        route = request.match_info.route.resource.canonical.removeprefix("/api/v10")
        answer = json.loads(response.text) if response.text else None
        sent = request.get(_SENT)
        self.exchanges.append(Exchange(request.method, route, sent, response.status, answer, path))
        return response

    async def _answered(
        self, request: web.Request, handler: Handler, path: str, headers: dict[str, str]
    ) -> web.Response:
        try:
            hook = path.startswith(("/webhooks/", "/interactions/"))
            if not hook and request.headers.get("Authorization") != f"Bot {self.token}":
                raise Problem(401, 0, "401: Unauthorized")
            wait_of_all = None if hook else self.limits.take_of_all()
            if wait_of_all is not None:
                return _limited(wait_of_all, {"X-RateLimit-Global": "true"}, is_global=True)
            bucket = _bucket(request.method, request.match_info)
            if bucket is not None:
                wait, told = self.limits.take(bucket)
                headers |= told
                if wait is not None:
                    return _limited(wait, headers)
                if self.faults:
                    fault = self.faults.popleft()
                    if fault.status == 429:
                        return _limited(_SCRIPTED_WAIT, headers)
                    raise fault
                if self.token_faults and path.startswith("/webhooks/"):
                    self.token_faults -= 1
                    raise Problem(401, 50027, "Invalid Webhook Token")
            answer = await handler(request)
        except Problem as problem:
            answer = {"message": problem.text, "code": problem.code}
            if problem.retry_after is not None:
                answer |= {"retry_after": problem.retry_after, "global": False}
            return _json(answer, problem.status, headers)
        if answer is None:
            return web.Response(status=204, headers=headers)
        return _json(answer, 201 if handler == self._open_thread else 200, headers)

    async def _me(self, _: web.Request) -> Any:
        return {**self.bot.payload(), "mfa_enabled": True, "locale": "en-US"}

    async def _get_user(self, request: web.Request) -> Any:
        found = self.users.get(request.match_info["user"])
        if found is None:
            raise Problem(404, 10013, "Unknown User")
        return found.payload()

    async def _application(self, _: web.Request) -> Any:
        return {
            "id": self.bot.id,
            "name": self.bot.name,
            "icon": None,
            "description": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "",
            "flags": self.application_flags,
            "owner": self.person("owner").payload(),
            "team": None,
            "rpc_origins": [],
            "summary": "",
            "type": None,
            "flags_new": str(self.application_flags),
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "approximate_guild_count": len(self.guilds),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "eligible_oauth2_scopes": [],
        }

    async def _gateway_bot(self, _: web.Request) -> Any:
        starts = {"total": 1_000, "remaining": 1_000, "reset_after": 0, "max_concurrency": 1}
        return {"url": self.gateway_url, "shards": 1, "session_start_limit": starts}

    async def _list_commands(self, _: web.Request) -> Any:
        return self.commands

    async def _put_commands(self, request: web.Request) -> Any:
        self.command_syncs += 1
        self.commands = self._registered(await request.json())
        return self.commands

    def _registered(self, commands: list[dict[str, Any]], **where: str) -> list[dict[str, Any]]:
        made = {"application_id": self.bot.id, "default_member_permissions": None, **where}
        return [
            {
                "description": "",
                **{key: value for key, value in command.items() if value is not None},
                "id": snowflake(),
                "version": snowflake(),
                **made,
            }
            for command in checked_commands(commands)
        ]

    async def _list_guild_commands(self, request: web.Request) -> Any:
        return self._guild(request).commands

    async def _put_guild_commands(self, request: web.Request) -> Any:
        self.command_syncs += 1
        guild = self._guild(request)
        guild.commands = self._registered(await request.json(), guild_id=guild.id)
        return guild.commands

    async def _open_private(self, request: web.Request) -> Any:
        return self.private_channel(self.users[str((await request.json())["recipient_id"])]).payload()

    async def _get_channel(self, request: web.Request) -> Any:
        return self._channel(request).payload()

    async def _send(self, request: web.Request) -> Any:
        channel, body = self._channel(request), checked_message(await request.json())
        if channel.guild is not None and not channel.guild.permissions & _SEND_MESSAGES:
            raise Problem(403, 50013, "Missing Permissions")
        if channel.recipient is not None and not channel.recipient.takes_private:
            raise Problem(403, 50007, "Cannot send messages to this user")
        nonce = body.get("nonce")
        if nonce is not None and body.get("enforce_nonce"):
            for message in channel.visible:
                if message.body.get("nonce") == nonce and message.author is self.bot:
                    return message.payload()
        message = Message(channel, self.bot, _permitted(body, channel))
        return await self._posted(message)

    async def _posted(self, message: Message) -> dict[str, Any]:
        message.note()
        message.at = self.clock.now()
        message.channel.messages[message.id] = message
        guild = message.channel.guild
        if not message.ephemeral and (guild is None or guild.member):
            await self._tell_of(message, "MESSAGE_CREATE")
        return message.payload()

    async def _get_message(self, request: web.Request) -> Any:
        return self._message(request).payload()

    async def _edit(self, request: web.Request) -> Any:
        message, body = self._message(request), checked_message(await request.json(), new=False)
        if message.author is not self.bot:
            raise Problem(403, 50005, "Cannot edit a message authored by another user")
        if self.clock.now() - message.at > _OLD_SECONDS:
            message.late_edits += 1
            if message.late_edits > _LATE_EDITS:
                edits = "Maximum number of edits to messages older than 1 hour reached. Try again later"
                raise Problem(429, 30046, edits, retry_after=_OLD_EDITS_WAIT)
        message.change(_permitted(body, message.channel))
        await self._tell_of(message, "MESSAGE_UPDATE")
        return message.payload()

    async def _delete(self, request: web.Request) -> Any:
        await self.delete(self._message(request))

    async def delete(self, message: Message) -> None:
        """Somebody, or the bot, takes a message away."""
        message.deleted = True
        gone = {"id": message.id, "channel_id": message.channel.id}
        if message.channel.guild is not None:
            gone["guild_id"] = message.channel.guild.id
        await self.gateway.dispatch("MESSAGE_DELETE", gone)

    async def _react(self, request: web.Request) -> Any:
        self._message(request).reactions.append(request.match_info["emoji"])

    async def _type(self, request: web.Request) -> Any:
        self._channel(request).typing += 1

    async def _open_thread(self, request: web.Request) -> Any:
        message, asked = self._message(request), await request.json()
        guild = message.channel.guild
        if guild is None:
            raise Problem(400, 50024, "Cannot execute action on this channel type")
        if any(channel.id == message.id for channel in guild.channels):
            raise Problem(400, 160004, "A thread has already been created for this message")
        thread = Channel(asked["name"], guild, message.channel, owner=self.bot, id=message.id)
        guild.channels.append(thread)
        await self.gateway.dispatch("THREAD_CREATE", {**thread.payload(), "newly_created": True})
        return thread.payload()

    async def _callback(self, request: web.Request) -> Any:
        interaction, answer = self._interaction(request), await request.json()
        data = answer.get("data") or {}
        match answer["type"]:
            case 4 | 7:
                data = checked_message(data, new=answer["type"] == 4)
            case 8:
                data = {"choices": checked_choices(data.get("choices", ()))}
            case 9:
                data = checked_modal(data)
            case _:
                pass
        if answer["type"] == 7:
            _standing(interaction.message)
        interaction.answer()
        resource: dict[str, Any] = {"type": answer["type"]}
        match answer["type"]:
            case 4 | 5:  # a message, or the promise of one
                flags = data.get("flags", 0) | (EPHEMERAL if interaction.forced_private else 0)
                body = {**data, "flags": flags | (LOADING if answer["type"] == 5 else 0)}
                message = Message(interaction.channel, self.bot, body, application_id=self.bot.id)
                interaction.original = message
                posted = await self._posted(message)
                if answer["type"] == 4:
                    resource["message"] = posted
            case 8:
                interaction.choices = data["choices"]
            case 7:
                assert interaction.message is not None
                interaction.message.change(data)
                resource["message"] = interaction.message.payload()
            case 9:
                interaction.modal = data
            case _:
                pass
        if "with_response" not in request.query:
            return None
        told = {"id": interaction.id, "type": interaction.kind}
        return {"interaction": told, **({"resource": resource} if "message" in resource else {})}

    async def _follow_up(self, request: web.Request) -> Any:
        interaction = self._interaction(request)
        interaction.still_open()
        body = checked_message(await request.json())
        if interaction.forced_private:
            body["flags"] = body.get("flags", 0) | EPHEMERAL
        message = Message(interaction.channel, self.bot, body, application_id=self.bot.id)
        interaction.follow_up(message)
        return await self._posted(message)

    async def _get_by_hook(self, request: web.Request) -> Any:
        return self._by_hook(request).payload()

    async def _edit_by_hook(self, request: web.Request) -> Any:
        message, (body, files) = self._by_hook(request), await _body(request)
        message.change(checked_message(body, new=False))
        message.files.update(files)
        return message.payload()

    async def _delete_by_hook(self, request: web.Request) -> Any:
        await self.delete(self._by_hook(request))

    # --- looking up ---

    def channel_of(self, channel_id: str) -> Channel | None:
        """A channel of any kind, by its id."""
        inside = [channel for guild in self.guilds for channel in guild.channels]
        return next((item for item in (*inside, *self.private.values()) if item.id == channel_id), None)

    def _channel(self, request: web.Request) -> Channel:
        found = self.channel_of(request.match_info["channel"])
        if found is None:
            raise Problem(404, 10003, "Unknown Channel")
        guild = found.guild
        if guild is not None and not (guild.member and guild.permissions & _VIEW_CHANNEL):
            raise Problem(403, 50001, "Missing Access")
        return found

    def _guild(self, request: web.Request) -> Guild:
        for guild in self.guilds:
            if guild.id == request.match_info["guild"] and guild.member:
                return guild
        raise Problem(403, 50001, "Missing Access")

    def _message(self, request: web.Request) -> Message:
        return _standing(self._channel(request).messages.get(request.match_info["message"]))

    def _interaction(self, request: web.Request) -> Interaction:
        found = self.interactions.get(request.match_info["token"])
        if found is None:
            raise Problem(404, 10015, "Unknown Webhook")
        return found

    def _by_hook(self, request: web.Request) -> Message:
        interaction, asked = self._interaction(request), request.match_info["message"]
        interaction.still_open()
        if asked == "@original":
            return _standing(interaction.original or interaction.message)
        posted = [item for item in (interaction.original, *interaction.followups) if item is not None]
        return _standing(next((item for item in posted if item.id == asked), None))


def _permitted(body: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Embeds of bots that may not embed links are dropped without a word."""
    guild = channel.guild
    if guild is not None and not guild.permissions & _EMBED_LINKS:
        return {key: value for key, value in body.items() if key != "embeds"}
    return body


async def _body(request: web.Request) -> tuple[dict[str, Any], dict[str, str]]:
    """A message's body, and its files where it has some."""
    if request.content_type != "multipart/form-data":
        return await request.json(), {}
    body: dict[str, Any] = {}
    files: dict[str, str] = {}
    request[_SENT] = body
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.name == "payload_json":
            body.update(json.loads(await part.text()))
        else:
            files[part.filename or ""] = await part.text()
    return body, files


def _standing(message: Message | None) -> Message:
    if message is None or message.deleted:
        raise Problem(404, 10008, "Unknown Message")
    return message


def _bucket(method: str, where: Mapping[str, str]) -> str | None:
    """What a call is counted in: the channel or the interaction's token, never the message."""
    if method == "GET" or "emoji" in where or "id" in where:
        return None
    if "token" in where:
        return f"webhook:{where['token']}"
    return f"channel:{where['channel']}" if "channel" in where else None


def _limited(wait: float, headers: Mapping[str, str], *, is_global: bool = False) -> web.Response:
    """A 429; without `Via` the library takes it for a ban of its address."""
    told = {"message": "You are being rate limited.", "code": 0, "retry_after": wait, "global": is_global}
    return _json(told, 429, {**headers, "Retry-After": f"{wait:.3f}", "Via": "1.1 emulator"})


def _json(value: Any, status: int, headers: Mapping[str, str]) -> web.Response:
    """Without a charset behind the type, which Discord's clients compare as a whole."""
    response = web.json_response(value, status=status, headers=headers)
    response.headers["Content-Type"] = "application/json"
    return response


def _option_type(value: object) -> int:
    match value:
        case bool():
            return 5
        case int():
            return 4
        case float():
            return 10
        case _:
            return 3


def _focus(key: str, focused: object) -> dict[str, bool]:
    return {"focused": True} if key == focused else {}
