"""What a collection that others filled holds: read through once, since its spellings are not ours.

With it, filters ask for the values as they are stored, titles and people are found in memory, and what the
payloads do not tell is known before anyone asks for it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from core.catalog.roster import entry_of
from core.domain import MediaType, Title, key_of
from core.errors import IndexCorrupt
from core.ports import RosterEntry
from core.providers.qdrant.reading import media_type_of, read_title, service_of, values_of
from core.vocabulary import genres
from core.vocabulary.certifications import CERTIFICATIONS, level
from core.vocabulary.names import folded
from core.vocabulary.places import countries, languages

__all__ = ["DATES", "LISTS", "NUMBERS", "Point", "Survey"]

Point = int | str
"""What a point is stored under: a number, or a UUID as text."""

Values = tuple[Any, ...]


def _codes(names: Callable[[], Any]) -> Callable[[object], Values]:
    def read(value: object) -> Values:
        code = names().find(str(value))
        return (code,) if code else ()

    return read


def _certified(value: object) -> Values:
    name = CERTIFICATIONS.find(str(value))
    return () if name is None else (level(name),)


def _typed(value: object) -> Values:
    kind = media_type_of(value)
    return (kind,) if kind else ()


def _served(value: object) -> Values:
    service = service_of(value)
    return (service,) if service else ()


LISTS: Mapping[str, tuple[tuple[str, ...], Callable[[object], Values]]] = MappingProxyType(
    {
        "media_type": (("media_type", "type"), _typed),
        "genres": (("genres", "genre"), lambda value: genres.from_dump([str(value)])),
        "providers": (("watch_providers", "providers"), _served),
        "languages": (("original_language", "language"), _codes(languages)),
        "countries": (("countries", "origin_country", "production_countries"), _codes(countries)),
        "certification": (("certification",), _certified),
    }
)
"""What is asked for by value → the payload's fields that tell it, and what one of their values means."""

NUMBERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"year": ("release_year", "year"), "runtime": ("runtime",), "rating": ("vote_average",)}
)
"""What is asked for by range → the payload's fields that tell it."""

DATES = ("release_date", "first_air_date")
"""Fields that tell the year where none of its own does, as ISO 8601."""

_OBJECT_KEYS = ("name", "provider_name", "provider_id", "iso_3166_1")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?")
# A text with more values than this is no list of a title's genres, services or countries.
_MOST_SPELLINGS = 5_000


@dataclass(slots=True)
class Survey:
    """Filled by `add`, point by point."""

    declared: MediaType | None = None
    """What the whole collection holds, for points that do not say it."""
    entries: list[RosterEntry] = field(default_factory=list)
    total: int = 0
    unread: list[Point] = field(default_factory=list)
    """Points that are no titles."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Why they are none."""
    points: dict[str, Point] = field(default_factory=dict)
    """Key of a title's id → where it is stored."""
    named: dict[str, list[Point]] = field(default_factory=dict)
    """Folded name of a title → where it is stored."""
    people: dict[str, list[Point]] = field(default_factory=dict)
    """Folded name of a person → the titles with them."""
    spelled: dict[str, dict[str | int, Values]] = field(default_factory=dict)
    """Path in a payload → the values that stand there, and what each means."""
    numbered: set[str] = field(default_factory=set)
    """Fields of `NUMBERS` that hold numbers."""
    dated: set[str] = field(default_factory=set)
    """Fields of `DATES` that tell a title's year."""
    kinds: dict[str, set[str]] = field(default_factory=dict)
    """Path → `keyword`, `integer`, `float`, `datetime`: what stands there."""

    def add(self, point: Point, payload: Mapping[str, Any]) -> bool:
        """Take in a point; returns whether it is a title."""
        self.total += 1
        try:
            title = read_title(payload, self.declared)
        except IndexCorrupt as error:
            self.unread.append(point)
            self.reasons[str(error)] += 1
            return False
        self.entries.append(entry_of(title))
        self.points[key_of(title.id)] = point
        self.named.setdefault(folded(title.name), []).append(point)
        for name in _people(title):
            self.people.setdefault(name, []).append(point)
        for fields, meaning in LISTS.values():
            for key in fields:
                self._spell(key, payload.get(key), meaning)
        for fields in NUMBERS.values():
            for key in fields:
                self._number(key, payload.get(key))
        if not any(payload.get(key) for key in NUMBERS["year"]):
            self._date(payload)
        return True

    def forget(self, paths: Iterable[str]) -> None:
        """Take it that nothing stands at these paths, since they cannot be filtered by."""
        for path in paths:
            self.spelled.pop(path, None)
            self.kinds.pop(path, None)
            self.numbered.discard(path)
            self.dated.discard(path)

    def holds(self, wish: str) -> bool:
        """Whether anything is told of a wish: a key of `LISTS` or `NUMBERS`, or `people`."""
        if wish == "people":
            return bool(self.people)
        if (wish == "media_type" and self.declared is not None) or (wish == "year" and self.dated):
            return True
        fields = LISTS[wish][0] if wish in LISTS else NUMBERS[wish]
        meanings = (
            meant
            for key in fields
            for path in self._paths(key)
            for meant in self.spelled.get(path, {}).values()
        )
        return not self.numbered.isdisjoint(fields) or any(meanings)

    def spellings(self, wish: str, is_meant: Callable[[Values], bool]) -> dict[str, list[str | int]]:
        """Path → the stored values whose meaning is wanted."""
        found: dict[str, list[str | int]] = {}
        for key in LISTS[wish][0] if wish in LISTS else NUMBERS[wish]:
            for path in self._paths(key):
                values = [value for value, meant in self.spelled.get(path, {}).items() if is_meant(meant)]
                if values:
                    found[path] = values
        return found

    def _paths(self, key: str) -> Iterable[str]:
        """The field itself, and what the objects in it may call the same."""
        return (key, *(f"{key}[].{part}" for part in _OBJECT_KEYS))

    def _spell(self, path: str, value: object, meaning: Callable[[object], Values]) -> None:
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Mapping):
                for part in _OBJECT_KEYS:
                    if part in item:
                        self._spell(f"{path}[].{part}", item[part], meaning)
            elif isinstance(item, (str, int)) and not isinstance(item, bool):
                known = self.spelled.setdefault(path, {})
                if item not in known and len(known) < _MOST_SPELLINGS:
                    meant = (part for single in values_of(item) for part in meaning(single))
                    known[item] = tuple(dict.fromkeys(meant))
                    self.kinds.setdefault(path, set()).add("keyword" if isinstance(item, str) else "integer")

    def _number(self, key: str, value: object) -> None:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            self.numbered.add(key)
            self.kinds.setdefault(key, set()).add("integer" if isinstance(value, int) else "float")
        elif isinstance(value, str):
            known = self.spelled.setdefault(key, {})
            if value not in known and len(known) < _MOST_SPELLINGS:
                number = _as_number(value)
                known[value] = () if number is None else (number,)

    def _date(self, payload: Mapping[str, Any]) -> None:
        for key in DATES:
            value = payload.get(key)
            if isinstance(value, str) and _ISO_DATE.fullmatch(value):
                self.dated.add(key)
                self.kinds.setdefault(key, set()).add("datetime")


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _people(title: Title) -> Iterable[str]:
    return dict.fromkeys(folded(name) for name in (*title.stars, *title.directors, *title.creators))
