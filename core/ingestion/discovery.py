"""Choosing the best-known titles of a source, past the last page that it serves.

Where a list is longer than what is served of it, it is cut into spans of release dates, each short enough,
and the heads of these lists are read until no unread title can have more votes than the last one chosen.
Titles without a date are in no span; they are found as long as one list is enough.
"""

import asyncio
import datetime
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from core.domain import MediaType
from core.ingestion.ports import Listed, Numbered, Span, TitleSource, Wanted

__all__ = ["all_of", "discovered"]

_Result = TypeVar("_Result")

# The first films, and what is announced.
_FIRST_DAY = datetime.date(1870, 1, 1)
_ANNOUNCED = datetime.timedelta(days=3 * 365)
# Pages asked for together.
_AT_ONCE = 20


async def all_of(calls: Sequence[Awaitable[_Result]]) -> list[_Result]:
    """Their results in order; the first error ends the others and is raised as it is."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(slots=True)
class _List:
    """How far a list was read."""

    wanted: Wanted
    pages: int
    found: list[Listed] = field(default_factory=list)
    read: int = 0

    @property
    def votes_left(self) -> int:
        """The most votes that an unread title can have; -1 where none is left."""
        if self.read >= self.pages:
            return -1
        return self.found[-1].votes if self.found else 0


async def discovered(
    source: TitleSource, media_type: MediaType, count: int, wanted: Wanted, today: datetime.date
) -> list[Numbered]:
    """The `count` titles with the most votes among those wanted, best known first; all where they are fewer.

    Raises:
        SourceFault: the source is away, or refuses.
    """
    if count <= 0:
        return []
    lists = await _lists(source, media_type, count, wanted, today)
    while True:
        chosen = _chosen(lists)
        left = sorted((one for one in lists if one.votes_left >= 0), key=lambda one: -one.votes_left)
        if not left or sum(title.votes >= left[0].votes_left for title in chosen) >= count:
            return [Numbered(media_type, title.number) for title in chosen[:count]]
        await _read_on(source, media_type, left, count - len(chosen))


def _chosen(lists: Sequence[_List]) -> list[Listed]:
    """What was read, each once (lists shift while they are read), the most votes first."""
    distinct = {title.number: title for one in lists for title in one.found}
    return sorted(distinct.values(), key=lambda title: (-title.votes, title.number))


async def _read_on(source: TitleSource, media_type: MediaType, left: Sequence[_List], missing: int) -> None:
    """Read the next page of each of the best lists; of a single list as many as are missing."""
    chosen = left[:_AT_ONCE]
    pages = 1 if len(chosen) > 1 else max(1, min(_AT_ONCE, -(-missing // source.page_size)))
    asked = [
        (one, page) for one in chosen for page in range(one.read + 1, min(one.read + pages, one.pages) + 1)
    ]
    listings = await all_of([source.listed(media_type, one.wanted, page) for one, page in asked])
    for (one, page), listing in zip(asked, listings, strict=True):
        one.found += listing.found
        one.read = page


async def _lists(
    source: TitleSource, media_type: MediaType, count: int, wanted: Wanted, today: datetime.date
) -> list[_List]:
    """One list, or several that together hold what is wanted, each served to its end."""
    first = await source.listed(media_type, wanted, 1)
    pages = min(first.pages, source.last_page)
    if first.pages <= source.last_page or count <= source.last_page * source.page_size:
        return [_List(wanted, pages, list(first.found), 1)]
    span = wanted.released or Span(_FIRST_DAY, today + _ANNOUNCED)
    if span.days == 1:  # nothing shorter to ask for
        return [_List(wanted, pages, list(first.found), 1)]
    halves = [replace(wanted, released=half) for half in span.halves()]
    parts = await all_of([_lists(source, media_type, count, half, today) for half in halves])
    return [one for part in parts for one in part]
