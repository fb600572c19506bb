"""Discord's own description of its interface, which calls and answers are compared with.

https://github.com/discord/discord-api-spec
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from adapters.emulators.discord import Exchange

__all__ = ["Specification"]

_DOCUMENT = "urn:discord"
_MEDIA = "application/json"
# Ids hold the time in their upper bits; no other number of this interface is that large.
_LEAST_ID = 1 << 53


class Specification:
    """The description.

    Args:
        path: Its file, OpenAPI 3.1.
    """

    def __init__(self, path: Path) -> None:
        document = json.loads(path.read_text("utf-8"))
        self._paths: dict[str, str] = {_nameless(path): path for path in document["paths"]}
        self._operations: dict[str, Any] = document["paths"]
        registry: Registry[Any] = Registry()
        self._registry = registry.with_resource(_DOCUMENT, DRAFT202012.create_resource(document))
        self._seen: set[str] = set()

    def faults(self, exchanges: Iterable[Exchange]) -> list[str]:
        """What does not agree with it. Bodies of a form that was looked at before are not looked at again."""
        return [fault for exchange in exchanges for fault in self._faults(exchange)]

    def _faults(self, exchange: Exchange) -> list[str]:
        path = self._paths.get(_nameless(exchange.route))
        method = exchange.method.lower()
        where = f"{exchange.method} {exchange.route}"
        if path is None or method not in self._operations[path]:
            return [f"{where} does not exist"]
        operation = self._operations[path][method]
        faults = []
        if exchange.sent is not None and exchange.status < 400:
            media = _media_of(operation["requestBody"])
            place: tuple[str, ...] = ("paths", path, method, "requestBody", "content", media, "schema")
            faults += self._compared(f"{where}, sent", place, _ids_as_texts(exchange.sent))
        if exchange.answer is not None:
            # Errors are described once for all of them.
            status = str(exchange.status)
            if "content" in operation["responses"].get(status, {}):
                media = _media_of(operation["responses"][status])
                place = ("paths", path, method, "responses", status, "content", media, "schema")
            else:
                kind = "RatelimitedResponse" if exchange.status == 429 else "ErrorResponse"
                place = ("components", "schemas", kind)
            faults += self._compared(f"{where}, answered {status}", place, exchange.answer)
        return faults

    def _compared(self, where: str, place: Iterable[str], value: Any) -> list[str]:
        form = f"{where} {json.dumps(_form(value), sort_keys=True)}"
        if form in self._seen:
            return []
        self._seen.add(form)
        pointer = "/".join(quote(part.replace("~", "~0").replace("/", "~1")) for part in place)
        validator = Draft202012Validator({"$ref": f"{_DOCUMENT}#/{pointer}"}, registry=self._registry)
        found = best_match(validator.iter_errors(value))
        return [f"{where}: {_told(found)}"] if found is not None else []


def _nameless(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def _media_of(described: Any) -> str:
    content = described["content"]
    return _MEDIA if _MEDIA in content else next(iter(content))


def _form(value: Any) -> Any:
    """The same with all texts alike: what distinguishes bodies is their keys, types and numbers."""
    match value:
        case dict():
            return {key: _form(item) for key, item in value.items()}
        case list():
            return [_form(item) for item in value]
        case str():
            return ""
        case _:
            return value


def _ids_as_texts(value: Any) -> Any:
    """Discord takes ids as numbers too, and discord.py sends some so; its description knows texts alone. A
    file's id is its place among the files.
    """
    match value:
        case {"attachments": [*files], **rest}:
            return {**_ids_as_texts(rest), "attachments": [file | {"id": str(file["id"])} for file in files]}
        case dict():
            return {key: _ids_as_texts(item) for key, item in value.items()}
        case list():
            return [_ids_as_texts(item) for item in value]
        case int() if value >= _LEAST_ID:
            return str(value)
        case _:
            return value


def _told(error: ValidationError) -> str:
    return f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
