"""Single values of dumps: numbers, dates, lengths, names and lists, in the ways in which dumps write them."""

import ast
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from core.catalog.rows import clean

__all__ = [
    "day_of",
    "is_nothing",
    "length_of",
    "name_and_year",
    "number_of",
    "objects_of",
    "texts_of",
    "year_of",
]

_NOTHING = frozenset({"", "nan", "n/a", "na", "null", "none", "\\n", "unknown", "-", "[]", "{}"})
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_NUMBER = re.compile(r"(?<!tt)(?<!\d)-?\d[\d,]*(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)
_HOURS = re.compile(r"(\d+)\s*h(?:ours?|rs?)?\s*(?:(\d+)\s*m)?", re.IGNORECASE)
_YEAR_IN_NAME = re.compile(r"(?<=\S)\s*\((\d{4})\)$")
_NAME_WITH_ARTICLE = re.compile(r"(.+), (The|A|An)$")
_LONG_DATE = re.compile(r"([A-Za-z]{3})[a-z]* (\d{1,2}), (\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SEPARATORS = re.compile(r"[|;,]")


def is_nothing(value: object, *, in_name: bool = False) -> bool:
    """Whether a value says that there is none; films are called Unknown, so a name may say that."""
    if isinstance(value, float):
        return value != value  # NaN
    if not isinstance(value, str):
        return value is None
    text = value.strip().lower()
    return text in _NOTHING and not (in_name and text == "unknown")


def name_and_year(value: object) -> tuple[str, int | None]:
    """`Toy Story (1995)` → name and year; `Matrix, The` → `The Matrix`, as MovieLens writes them."""
    name, year = clean(value), None
    if match := _YEAR_IN_NAME.search(name):
        name, year = name[: match.start()], int(match[1])
        if moved := _NAME_WITH_ARTICLE.fullmatch(name):
            name = f"{moved[2]} {moved[1]}"
    return name, year


def year_of(value: object) -> int | None:
    """The first year that a text names."""
    match = _YEAR.search(str(value))
    return int(match[1]) if match else None


def number_of(value: object) -> str | None:
    """The first number of a text: `1,234`, `8.1/10`, `93 min`; an id of IMDb is none."""
    match = None if isinstance(value, (list, dict)) else _NUMBER.search(str(value))
    return match[0].replace(",", "") if match else None


def length_of(runtime: object, seasons: object) -> dict[str, Any]:
    """Minutes, or seasons where the length of a series is told in them (`2 Seasons`)."""
    text = str(runtime or "")
    if "season" in text.lower():
        return {"runtime": None, "seasons": number_of(seasons) or number_of(text)}
    if match := _HOURS.search(text):
        return {"runtime": 60 * int(match[1]) + int(match[2] or 0), "seasons": number_of(seasons)}
    return {"runtime": number_of(text), "seasons": number_of(seasons)}


def day_of(value: object) -> str:
    """`September 25, 2021` or an ISO date → the ISO date; empty where it is neither."""
    text = clean(value)
    if match := _LONG_DATE.search(text):
        if match[1].lower() in _MONTHS:
            return f"{match[3]}-{_MONTHS.index(match[1].lower()) + 1:02}-{int(match[2]):02}"
        return match[3]
    return text if re.fullmatch(r"\d{4}(-\d\d){0,2}", text) else ""


def texts_of(value: object, separator: str) -> list[str]:
    """The texts of a list, of a list written as text, or of a text between separators.

    Args:
        value: Of one field; objects stand for their names.
        separator: Any of `|`, `;` and `,` where empty.
    """
    if isinstance(value, str):
        literal = _literal(value)
        if not isinstance(literal, list):
            return value.split(separator) if separator else _SEPARATORS.split(value)
        value = literal
    items: Iterable[Any] = value if isinstance(value, list) else ()
    return [_text(item) for item in items if item is not None]


def _text(item: object) -> str:
    return str(item.get("name") or item.get("iso_3166_1") or "") if isinstance(item, dict) else str(item)


def objects_of(value: object) -> list[Mapping[str, Any]]:
    """The objects of a field that holds a list of them, as JSON or as Python writes it."""
    literal = _literal(value) if isinstance(value, str) else value
    return [item for item in literal if isinstance(item, dict)] if isinstance(literal, list) else []


def _literal(text: str) -> object:
    if not text.lstrip().startswith("["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
