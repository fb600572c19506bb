"""Runs: what is to be fetched, be it chosen titles, changed ones, or those that lack something.

Each plan is a list of titles that the holdings' state keeps, so that a run that ended early, in whatever way,
goes on where it stopped when the same is asked for again.
"""

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.domain import MediaType, Title
from core.ingestion.discovery import all_of, discovered
from core.ingestion.fetching import BATCH, Outcome, begin, fetch
from core.ingestion.holdings import Holdings
from core.ingestion.ports import Numbered, Span, TitleSource, Wanted
from core.ports import Progress

__all__ = ["OLDEST_DAYS", "Request", "fetch_chosen", "fetch_lacking", "fetch_updates", "lacking"]

OLDEST_DAYS = 30
"""For so many days it holds what the source said of a title."""
# https://developer.themoviedb.org/reference/changes-movie-list
_CHANGES_DAYS, _CHANGES_PAGE = 14, 100


@dataclass(frozen=True, slots=True)
class Request:
    """What titles are asked for."""

    counts: Mapping[MediaType, int]
    """How many of each."""
    regions: tuple[str, ...]
    """ISO codes of the countries whose services are wanted."""
    wanted: Wanted = field(default_factory=Wanted)
    oldest_days: int = OLDEST_DAYS
    """Titles that were fetched so many days ago or earlier are fetched again: their services have changed."""

    @property
    def key(self) -> str:
        """Equal for equal requests."""
        return json.dumps(["chosen", self.counts, self.regions, repr(self.wanted)], sort_keys=True)


async def fetch_chosen(
    source: TitleSource, holdings: Holdings, request: Request, today: datetime.date, progress: Progress
) -> Outcome:
    """Choose the best-known titles and fetch those that are not here, too old, or lack a region's services.

    Raises:
        SourceFault, DiskFull: what was fetched before is kept.
    """
    state = holdings.state
    if state.request != request.key:
        chosen: list[Numbered] = []
        for media_type, count in request.counts.items():
            progress(f"choosing {media_type}", 0, count)
            chosen += await discovered(source, media_type, count, request.wanted, today)
        wanted = _stale(holdings, chosen, request, today)
        outcome = Outcome(kept=len(chosen) - len(wanted))
        begin(holdings, request.key, wanted)
    else:
        outcome = Outcome()
    await fetch(source, holdings, outcome, progress)
    return outcome


async def fetch_updates(
    source: TitleSource, holdings: Holdings, request: Request, today: datetime.date, progress: Progress
) -> Outcome:
    """Fetch what changed of the titles that are here, and what is too old; drop what is gone.

    An update that broke off goes on with its plan first, then looks for what changed since that was made.
    Where the source says of more than twenty titles, and of more than a twentieth of all, that they are gone,
    none is dropped and the update does not count: the next one looks for the same changes again.

    Raises:
        SourceFault, DiskFull: what was fetched before is kept.
    """
    key = f"update {request.key}"
    state = holdings.state
    outcome = Outcome()
    before = len(holdings)
    is_current = False
    while not is_current and not outcome.doubted:
        if state.request != key:
            wanted = await _outdated(source, holdings, request, today, progress)
            state.planned = today.isoformat()
            begin(holdings, key, wanted)
        is_current = state.planned == today.isoformat()
        await fetch(source, holdings, outcome, progress)
        if not outcome.doubted:
            state.updated_to = state.planned or state.updated_to
            holdings.write_state()
    outcome.kept = max(0, before - outcome.taken - len(outcome.gone) - len(outcome.doubted))
    return outcome


async def fetch_lacking(
    source: TitleSource,
    holdings: Holdings,
    titles: Iterable[Title],
    regions: tuple[str, ...],
    today: datetime.date,
    progress: Progress,
) -> Outcome:
    """Fetch titles of other catalogues that lack something, by their id of TMDB or of IMDb; what the source
    did not know lately is not asked for.

    Raises:
        SourceFault, DiskFull: what was fetched before is kept.
    """
    key = json.dumps(["enrich", regions])
    state = holdings.state
    outcome = Outcome()
    if state.request != key:
        oldest = _oldest(today, OLDEST_DAYS)
        state.unknown = {name: day for name, day in state.unknown.items() if day > oldest}
        unasked = [title for title in titles if title.as_of is None and lacking(title)]
        asked = [ids for title in unasked if (ids := _ids_at_source(title)) and ids[0] not in state.unknown]
        progress("looking up ids", 0, len(asked))
        numbers: list[Numbered] = []
        for start in range(0, len(asked), BATCH):
            found = await all_of([_number(source, ids) for ids in asked[start : start + BATCH]])
            numbers += [number for number in found if number is not None]
            outcome.gone += [ids[0] for ids, number in zip(asked[start:], found, strict=False) if not number]
            progress("looking up ids", min(start + BATCH, len(asked)), len(asked))
        _remember_unknown(holdings, outcome, today)
        unseen = (number for number in dict.fromkeys(numbers) if number.id not in holdings)
        begin(holdings, key, [number for number in unseen if number.id not in state.unknown])
    await fetch(source, holdings, outcome, progress)
    _remember_unknown(holdings, outcome, today)
    holdings.write_state()
    return outcome


def lacking(title: Title) -> list[str]:
    """What is missing of a title that TMDB may know."""
    missing = {
        "id": title.id.startswith("matinee:") and not title.other_ids,
        "poster": title.poster_url is None,
        "services": not title.availability,
        "keywords": not title.keywords,
    }
    return [name for name, is_missing in missing.items() if is_missing]


def _ids_at_source(title: Title) -> list[str]:
    """Ids to find a title by, TMDB's first unless it was only inferred."""
    return [name for name in title.ids if name.startswith(("tmdb:", "imdb:"))]


async def _number(source: TitleSource, ids: Sequence[str]) -> Numbered | None:
    name = ids[0]
    if name.startswith("imdb:"):
        return await source.numbered(name.removeprefix("imdb:"))
    _, media_type, number = name.split(":")
    return Numbered(MediaType(media_type), int(number))


def _stale(
    holdings: Holdings, titles: Iterable[Numbered], request: Request, today: datetime.date
) -> list[Numbered]:
    oldest = _oldest(today, request.oldest_days)
    return [
        title
        for title in titles
        if holdings.as_of(title.id) <= oldest or not holdings.regions(title.id).issuperset(request.regions)
    ]


def _oldest(today: datetime.date, days: int) -> str:
    """The ISO date of what is just too old."""
    return (today - datetime.timedelta(days=days)).isoformat()


def _remember_unknown(holdings: Holdings, outcome: Outcome, today: datetime.date) -> None:
    holdings.state.unknown |= dict.fromkeys(outcome.gone, today.isoformat())


async def _outdated(
    source: TitleSource, holdings: Holdings, request: Request, today: datetime.date, progress: Progress
) -> list[Numbered]:
    """Titles here that changed, are too old, or lack a region's services."""
    held = {media_type: holdings.held(media_type) for media_type in MediaType}
    everything = [title for titles in held.values() for title in titles]
    wanted = set(_stale(holdings, everything, request, today))
    for media_type, titles in held.items():
        progress(f"looking for changes ({media_type})", 0, 1)
        wanted.update(await _changed(source, holdings, media_type, titles, today))
    return [title for title in everything if title in wanted]


async def _changed(
    source: TitleSource,
    holdings: Holdings,
    media_type: MediaType,
    held: Sequence[Numbered],
    today: datetime.date,
) -> list[Numbered]:
    """What changed since the last update; everything where the list of changes is the longer one."""
    if not held:
        return []
    days = [holdings.as_of(title.id) for title in held]
    since = _day(holdings.state.updated_to) or _day(min(days)) or today
    most_pages = len(held)
    changed: set[int] = set()
    while since <= today:
        span = Span(since, min(today, since + datetime.timedelta(days=_CHANGES_DAYS - 1)))
        first = await source.changed(media_type, span, 1)
        most_pages -= first.pages
        if most_pages < 0 or first.pages > source.last_page:
            return list(held)
        pages = [source.changed(media_type, span, page) for page in range(2, first.pages + 1)]
        for listing in (first, *await all_of(pages)):
            changed.update(title.number for title in listing.found)
        since = span.last + datetime.timedelta(days=1)
    return [title for title in held if title.number in changed]


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None
