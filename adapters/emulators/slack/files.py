"""Uploading files: https://docs.slack.dev/messaging/working-with-files#uploading_files"""

import secrets
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aiohttp import BodyPartReader, web

from adapters.emulators.slack.calls import Call, Method
from adapters.emulators.slack.chat import Chat
from adapters.emulators.slack.places import File, Message, Problem
from adapters.emulators.slack.world import World

__all__ = ["Files"]

# https://docs.slack.dev/reference/methods/files.getUploadURLExternal#errors (`alt_txt_too_large`)
_ALT_TEXT = 1_000


class Files:
    """An address to upload to, the upload, and its end.

    Args:
        world: Where.
        chat: Posts what is shared.
    """

    url: str
    """The address of uploads, without a ticket."""

    def __init__(self, world: World, chat: Chat) -> None:
        self._world, self._chat = world, chat
        self._tickets: dict[str, File] = {}
        self.methods: Mapping[str, Method] = MappingProxyType(
            {
                "files.getUploadURLExternal": self._begin,
                "files.completeUploadExternal": self._complete,
            }
        )

    async def receive(self, request: web.Request) -> web.Response:
        """The upload itself, bare or as a form's file."""
        file = self._tickets.pop(request.match_info["ticket"], None)
        if file is None:
            return web.Response(status=404, text="unknown upload")
        content = await _content(request)
        if len(content) != file.length:
            return web.Response(status=400, text=f"{len(content)} bytes instead of {file.length}")
        file.content = content
        return web.Response(text=f"OK - {len(content)}")

    async def _begin(self, call: Call) -> dict[str, Any]:
        name, length, alt_text = call.needed("filename"), call.number("length", 0), call.text("alt_txt")
        if length <= 0:
            raise Problem("missing_argument")
        if len(alt_text) > _ALT_TEXT:
            raise Problem("alt_txt_too_large")
        file = File(name, call.workspace.bot, length, alt_text)
        ticket = secrets.token_urlsafe(16)
        self._tickets[ticket] = self._world.files[file.id] = file
        return {"upload_url": f"{self.url}/{ticket}", "file_id": file.id}

    async def _complete(self, call: Call) -> dict[str, Any]:
        files = []
        for named in call.arguments.get("files") or []:
            file = self._world.files.get(named.get("id", ""))
            if file is None or file.content is None or file.complete:
                raise Problem("file_not_found")
            file.title = named.get("title") or ""
            files.append(file)
        if not files:
            raise Problem("invalid_arguments", messages=["missing required field: files"])
        places = [*filter(None, [call.text("channel_id"), *call.text("channels").split(",")])]
        for channel_id in places:
            self._share(call, channel_id, files)
        for file in files:
            file.complete = True
        return {"files": [file.payload() for file in files]}

    def _share(self, call: Call, channel_id: str, files: list[File]) -> Message:
        channel = self._world.writable(call.workspace, channel_id)
        thread_ts = call.text("thread_ts")
        root = self._world.root(channel, thread_ts) if thread_ts else None
        body = {"text": call.text("initial_comment")}
        return self._chat.post(channel, body, root, files=list(files), subtype="file_share")


async def _content(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.filename is not None:
            return bytes(await part.read())
    return b""
