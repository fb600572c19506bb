"""What Discord refuses: too many calls, and bodies that are too large.

Its own description of the interface allows more than it takes; these are the limits of its documentation,
which stands beside each.
"""

import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.emulators.discord.world import Problem

__all__ = ["RateLimits", "checked_choices", "checked_commands", "checked_message", "checked_modal"]

# https://discord.com/developers/docs/resources/message#create-message
_CONTENT, _EMBEDS, _NONCE = 2_000, 10, 25
# https://discord.com/developers/docs/resources/message#embed-object-embed-limits
_EMBED_TOTAL = 6_000
_TITLE, _DESCRIPTION, _FIELDS, _FIELD_NAME, _FIELD_VALUE, _FOOTER, _AUTHOR = (
    256,
    4_096,
    25,
    256,
    1_024,
    2_048,
    256,
)
# https://discord.com/developers/docs/components/reference
_ROWS, _ROW_BUTTONS, _LABEL, _CUSTOM_ID, _OPTIONS, _OPTION = 5, 5, 80, 100, 25, 100
_MODAL_TITLE, _MODAL_COMPONENTS, _LABEL_TEXT, _TEXT_VALUE = 45, 5, 45, 4_000
# https://discord.com/developers/docs/interactions/application-commands
_COMMAND_OPTIONS, _COMMAND_CHARACTERS, _CHOICES, _CHOICE = 25, 8_000, 25, 100
_SELECT, _TEXT_INPUT = 3, 4


class RateLimits:
    """A window of calls for each bucket: https://discord.com/developers/docs/topics/rate-limits

    Args:
        calls: How many a bucket takes…
        seconds: …in this time.
        all_calls: How many all of the bot's take in a second, but for those by interactions' tokens:
            https://discord.com/developers/docs/topics/rate-limits#global-rate-limit
    """

    def __init__(self, calls: int = 5, seconds: float = 5.0, all_calls: int = 50) -> None:
        self.calls, self.seconds, self.all_calls = calls, seconds, all_calls
        self._taken: dict[str, deque[float]] = {}
        self._all: deque[float] = deque()
        self.refused = 0
        """Calls that came although there was no room."""

    def take_of_all(self) -> float | None:
        """Count a call among all of the bot's; returns seconds to wait where it is refused."""
        now = time.monotonic()
        while self._all and self._all[0] <= now - 1.0:
            self._all.popleft()
        if len(self._all) >= self.all_calls:
            self.refused += 1
            return self._all[0] + 1.0 - now
        self._all.append(now)
        return None

    def take(self, bucket: str) -> tuple[float | None, dict[str, str]]:
        """Count a call.

        Returns:
            Seconds to wait where it is refused, and the headers of the answer.
        """
        now = time.monotonic()
        taken = self._taken.setdefault(bucket, deque())
        while taken and taken[0] <= now - self.seconds:
            taken.popleft()
        full = len(taken) >= self.calls
        if full:
            self.refused += 1
        else:
            taken.append(now)
        wait = taken[0] + self.seconds - now
        headers = {
            "X-RateLimit-Bucket": bucket,
            "X-RateLimit-Limit": str(self.calls),
            "X-RateLimit-Remaining": str(self.calls - len(taken)),
            "X-RateLimit-Reset": f"{time.time() + wait:.3f}",
            "X-RateLimit-Reset-After": f"{wait:.3f}",
        }
        return (wait if full else None), headers


def checked_message(body: Mapping[str, Any], *, new: bool = True) -> dict[str, Any]:
    """A message's body.

    Raises:
        Problem: it is past a limit, or (a `new` one) empty.
    """
    content, embeds, rows = body.get("content") or "", body.get("embeds") or [], body.get("components") or []
    _short("content", content, _CONTENT)
    _few("embeds", embeds, _EMBEDS)
    _short("nonce", str(body.get("nonce") or ""), _NONCE)
    for embed in embeds:
        _check_embed(embed)
    total = sum(len(text) for embed in embeds for text in _texts(embed))
    if total > _EMBED_TOTAL:
        raise _invalid(f"embeds: Embed size exceeds maximum size of {_EMBED_TOTAL}")
    _few("components", rows, _ROWS)
    for row in rows:
        _check_row(row.get("components", ()))
    if new and not (content or embeds or rows):
        raise Problem(400, 50006, "Cannot send an empty message")
    return dict(body)


def checked_modal(body: Mapping[str, Any]) -> dict[str, Any]:
    """A form.

    Raises:
        Problem: it is past a limit.
    """
    _short("title", body.get("title", ""), _MODAL_TITLE)
    _short("custom_id", body.get("custom_id", ""), _CUSTOM_ID)
    components = body.get("components", ())
    _few("components", components, _MODAL_COMPONENTS)
    for item in components:
        _short("label", item.get("label", ""), _LABEL_TEXT)
        inside = [item["component"]] if "component" in item else item.get("components", ())
        for text in inside:
            _short("custom_id", text.get("custom_id", ""), _CUSTOM_ID)
            _short("placeholder", text.get("placeholder") or "", _CHOICE)
            _short("value", text.get("value") or "", text.get("max_length") or _TEXT_VALUE)
    return dict(body)


def checked_choices(choices: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is offered while one types.

    Raises:
        Problem: it is past a limit.
    """
    _few("choices", choices, _CHOICES)
    for choice in choices:
        _within("choices.name", choice["name"], 1, _CHOICE)
        _within("choices.value", str(choice["value"]), 1, _CHOICE)
    return [dict(choice) for choice in choices]


def checked_commands(commands: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Commands that are to be registered.

    Raises:
        Problem: one is past a limit.
    """
    for command in commands:
        _check_options(command)
        if sum(map(len, _words(command))) > _COMMAND_CHARACTERS:
            raise _invalid(f"{command['name']}: Command exceeds maximum size ({_COMMAND_CHARACTERS})")
    return [dict(command) for command in commands]


def _check_options(command: Mapping[str, Any]) -> None:
    _few(f"{command['name']}.options", command.get("options") or (), _COMMAND_OPTIONS)
    for option in command.get("options") or ():
        _few(f"{option['name']}.choices", option.get("choices") or (), _CHOICES)
        _check_options(option)


def _words(command: Mapping[str, Any]) -> list[str]:
    """Names, descriptions and values of a command and everything in it."""
    words = [command["name"], command.get("description") or ""]
    for option in command.get("options") or ():
        words += _words(option)
    for choice in command.get("choices") or ():
        words += [choice["name"], str(choice["value"])]
    return words


def _check_embed(embed: Mapping[str, Any]) -> None:
    _short("embeds.title", embed.get("title") or "", _TITLE)
    _short("embeds.description", embed.get("description") or "", _DESCRIPTION)
    _short("embeds.footer.text", (embed.get("footer") or {}).get("text") or "", _FOOTER)
    _short("embeds.author.name", (embed.get("author") or {}).get("name") or "", _AUTHOR)
    fields = embed.get("fields") or ()
    _few("embeds.fields", fields, _FIELDS)
    for field in fields:
        _short("embeds.fields.name", field["name"], _FIELD_NAME)
        _short("embeds.fields.value", field["value"], _FIELD_VALUE)


def _check_row(items: Sequence[Mapping[str, Any]]) -> None:
    _few("components.components", items, _ROW_BUTTONS)
    for item in items:
        _short("components.custom_id", item.get("custom_id") or "", _CUSTOM_ID)
        _short("components.label", item.get("label") or "", _LABEL)
        options = item.get("options") or ()
        _few("components.options", options, _OPTIONS)
        for option in options:
            _within("components.options.label", option["label"], 1, _OPTION)
            _within("components.options.value", option["value"], 1, _OPTION)
        if item.get("type") == _SELECT and not options:
            raise _invalid("components.options: This field is required")


def _texts(embed: Mapping[str, Any]) -> list[str]:
    fields = embed.get("fields") or []
    parts = [embed.get("title"), embed.get("description"), (embed.get("footer") or {}).get("text")]
    parts += [(embed.get("author") or {}).get("name")]
    parts += [text for item in fields for text in (item.get("name"), item.get("value"))]
    return [part for part in parts if part]


def _short(name: str, text: str, most: int) -> None:
    _within(name, text, 0, most)


def _within(name: str, text: str, least: int, most: int) -> None:
    if not least <= len(text) <= most:
        raise _invalid(f"{name}: Must be between {least} and {most} in length.")


def _few(name: str, items: Sequence[object], most: int) -> None:
    if len(items) > most:
        raise _invalid(f"{name}: Must be {most} or fewer in length.")


def _invalid(text: str) -> Problem:
    return Problem(400, 50035, f"Invalid Form Body: {text}")
