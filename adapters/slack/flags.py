"""What is written behind `/recommend`: words, and flags among them.

    dark comedies genre:comedy year:1990-1999 on:netflix with:"Bill Murray"

Several values are separated by commas, and one of several words is quoted. What is no flag is words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from adapters.forms import read_form
from adapters.slack.mrkdwn import typed
from core.domain import SearchFilters, filters_from_mapping
from core.errors import ContradictoryFilters, InvalidRequest, UnknownFilterValue
from core.retrieval import resolved

__all__ = ["Wish", "in_words", "read_flags"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a command or a form asks for."""

    text: str
    """In words; there may be none where there are filters."""
    filters: SearchFilters
    private: bool = False
    """Whether the answer is for the asker alone."""


@dataclass(frozen=True, slots=True)
class _Flag:
    """How a flag is written, and what it sets."""

    example: str
    keys: tuple[str, ...]
    """The filters that it may set."""
    field: str = ""
    """The field of the refine form that reads it; without one, the values are the filter's as they stand."""
    unit: str = ""
    """What that field wants behind a number."""


_FLAGS: Mapping[str, _Flag] = MappingProxyType(
    {
        "type": _Flag("type:film or type:series", ("media_type",), "when"),
        "genre": _Flag("genre:comedy,crime", ("genres",)),
        "without": _Flag("without:horror", ("exclude_genres",)),
        "year": _Flag("year:1990-1999", ("year_from", "year_to"), "when"),
        "on": _Flag("on:netflix,hulu", ("providers",)),
        "rating": _Flag("rating:7 (from 0 to 10)", ("min_rating",), "limits"),
        "length": _Flag(
            "length:120 (minutes at most) or length:90-120", ("min_runtime", "max_runtime"), "limits", "min"
        ),
        "lang": _Flag("lang:danish", ("languages",)),
        "country": _Flag("country:france", ("countries",)),
        "with": _Flag('with:"Bill Murray"', ("people",)),
        "not_with": _Flag('not-with:"Bill Murray"', ("exclude_people",)),
        "like": _Flag('like:"In Bruges"', ("like_titles",)),
        "except": _Flag('except:"In Bruges"', ("exclude_titles",)),
        "age": _Flag("age:PG-13", ("max_certification",)),
        "popularity": _Flag("popularity:popular or popularity:hidden_gems", ("popularity",)),
    }
)
_OTHER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("genres",), "genre"),
        **dict.fromkeys(("no", "not"), "without"),
        **dict.fromkeys(("years",), "year"),
        **dict.fromkeys(("service", "services", "provider", "providers"), "on"),
        **dict.fromkeys(("min_rating",), "rating"),
        **dict.fromkeys(("runtime", "minutes"), "length"),
        **dict.fromkeys(("language", "languages"), "lang"),
        **dict.fromkeys(("countries",), "country"),
        **dict.fromkeys(("by", "people", "person"), "with"),
        **dict.fromkeys(("certification", "max_certification"), "age"),
    }
)
# How errors call the numbers.
_NUMBERS: Mapping[str, str] = MappingProxyType(
    {
        "year_from": "the earliest year",
        "year_to": "the latest year",
        "min_rating": "the lowest rating",
        "min_runtime": "the shortest length",
        "max_runtime": "the longest length",
    }
)
_NUMBER = re.compile(rf"(?:filter )?\b({'|'.join(_NUMBERS)})\b")
_PRIVATE = "private"
_YES, _NO = ("yes", "true"), ("no", "false")
_UNSET = SearchFilters()
_ITEM = r'"[^"]*"|[^\s",]+'
# The comma of a sentence may stand behind a flag.
_FLAG = re.compile(
    rf"(?<!\S)(?P<name>[A-Za-z][A-Za-z_-]*):(?P<value>(?:(?:{_ITEM})(?:,(?:{_ITEM}))*)?)(?:,(?!\S))?"
)
# Telephones write these instead.
_QUOTES = str.maketrans(dict.fromkeys("“”„‟", '"'))


def read_flags(text: str) -> Wish:
    """What a command asks for.

    Args:
        text: As Slack sends it.

    Raises:
        InvalidRequest: a flag cannot be read, or flags contradict each other; the message names the flag,
            and how it is written.
    """
    plain = typed(text).translate(_QUOTES)
    words, at = "", 0
    read: dict[str, Any] = {}
    private = False
    for found in _FLAG.finditer(plain):
        name = found["name"].lower().replace("-", "_")
        name = _OTHER_NAMES.get(name, name)
        if name not in _FLAGS and name != _PRIVATE:
            continue
        shown = found["name"].lower()
        values = tuple(item.strip('"').strip() for item in re.findall(_ITEM, found["value"]))
        if plain[found.end() :].startswith('"'):
            raise InvalidRequest(f"{shown} has a quotation mark that is not closed")
        words += plain[at : found.start()]
        at = found.end()
        if name == _PRIVATE:
            private = _yes(shown, values)
            continue
        for key, value in _read(shown, _FLAGS[name], values).items():
            if key in read and not isinstance(value, list):
                raise InvalidRequest(f"{shown} is given twice; once is enough")
            read[key] = [*read.get(key, ()), *value] if isinstance(value, list) else value
    return Wish(" ".join((words + plain[at:]).split()), filters_from_mapping(read), private)


def in_words(error: InvalidRequest) -> str:
    """What is wrong with filters, as users call them."""
    return _NUMBER.sub(lambda found: _NUMBERS[found[1]], str(error))


def _read(shown: str, flag: _Flag, values: Sequence[str]) -> dict[str, Any]:
    """The filters that a flag sets, in the JSON form."""
    if not values or not all(values):
        raise InvalidRequest(f"{shown} needs a value right behind it; write it like {flag.example}")
    takes_several = getattr(_UNSET, flag.keys[0]) == ()
    if not takes_several and len(values) > 1:
        raise _unreadable(shown, values, flag.example)
    try:
        one = {flag.keys[0]: values} if takes_several else {flag.keys[0]: values[0]}
        filters = resolved(_in_form(flag, values[0]) if flag.field else filters_from_mapping(one))
    except (UnknownFilterValue, ContradictoryFilters) as error:
        raise InvalidRequest(f"{shown}: {in_words(error)}") from error
    except InvalidRequest as error:
        raise _unreadable(shown, values, flag.example) from error
    if not filters.set_keys() or not set(filters.set_keys()) <= set(flag.keys):
        raise _unreadable(shown, values, flag.example)
    return filters.as_dict()


def _in_form(flag: _Flag, value: str) -> SearchFilters:
    bare = value[-1].isdigit() or value.endswith("-")
    return read_form({flag.field: f"{value} {flag.unit}".rstrip() if bare else value}, _UNSET)


def _yes(shown: str, values: Sequence[str]) -> bool:
    value = ",".join(values).lower()
    if value not in (*_YES, *_NO):
        raise _unreadable(shown, values, "private:yes")
    return value in _YES


def _unreadable(shown: str, values: Sequence[str], example: str) -> InvalidRequest:
    return InvalidRequest(f"{shown} cannot be {','.join(values)!r}; write it like {example}")
