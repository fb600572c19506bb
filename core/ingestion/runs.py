"""Runs: what is to be fetched (chosen titles, changed ones, those that lack something), and the fetching.

Each plan is a list of titles that the holdings' state keeps, so that a run that ended early, in whatever way,
goes on where it stopped when the same is asked for again.
"""

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.catalog.reader import counted
from core.domain import MediaType, Title
from core.errors import MalformedRow, SourceFault, SourceForbidden, SourceUnavailable
from core.ingestion.discovery import all_of, discovered
from core.ingestion.holdings import Holdings
from core.ingestion.ports import Numbered, Span, TitleSource, Wanted
from core.ports import Progress

__all__ = ["BATCH", "Outcome", "Request", "fetch_chosen", "fetch_lacking", "fetch_updates", "lacking"]

BATCH = 100
"""Titles that are fetched between two checkpoints."""
# Of how many titles in a batch the source may fail before it counts as away; the next run asks for them.
_MOST_PUT_OFF = 5
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
    oldest_days: int = 30
    """Titles that were fetched so many days ago or earlier are fetched again: their services have changed."""

    @property
    def key(self) -> str:
        """Equal for equal requests."""
        return json.dumps(["chosen", self.counts, self.regions, repr(self.wanted)], sort_keys=True)


@dataclass(slots=True)
class Outcome:
    """What became of a run."""

    taken: int = 0
    """Titles fetched."""
    kept: int = 0
    """Titles that were wanted and fresh enough."""
    gone: list[str] = field(default_factory=list)
    """Ids that the source does not hold, or not any more."""
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Id and reason of what came and could not become a title."""
    put_off: list[str] = field(default_factory=list)
    """Ids that the source failed to send; the next run asks again."""

    def summary(self) -> str:
        """One line for people."""
        parts = [f"{counted(self.taken, 'title')} fetched"]
        parts += [f"{self.kept:,} fresh enough"] if self.kept else []
        parts += [f"{len(self.gone):,} not at TMDB"] if self.gone else []
        parts += [f"{len(self.refused):,} unusable"] if self.refused else []
        parts += [f"{len(self.put_off):,} put off, since TMDB failed"] if self.put_off else []
        return ", ".join(parts)


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
        _begin(holdings, request.key, wanted)
    else:
        outcome = Outcome()
    return await _fetched(source, holdings, outcome, request.regions, progress)


async def fetch_updates(
    source: TitleSource, holdings: Holdings, request: Request, today: datetime.date, progress: Progress
) -> Outcome:
    """Fetch what changed of the titles that are here, and what is too old; drop what is gone.

    Raises:
        SourceFault, DiskFull: what was fetched before is kept.
    """
    key = f"update {request.key}"
    held = {media_type: holdings.held(media_type) for media_type in MediaType}
    everything = [title for titles in held.values() for title in titles]
    if holdings.state.request != key:
        changed: set[Numbered] = set()
        for media_type, titles in held.items():
            progress(f"looking for changes ({media_type})", 0, 1)
            changed.update(await _changed(source, holdings, media_type, titles, today))
        stale = set(_stale(holdings, everything, request, today))
        _begin(holdings, key, [title for title in everything if title in changed or title in stale])
    outcome = await _fetched(source, holdings, Outcome(), request.regions, progress)
    outcome.kept = max(0, len(everything) - outcome.taken - len(outcome.gone))
    holdings.state.updated_to = today.isoformat()
    holdings.write_state()
    return outcome


async def fetch_lacking(
    source: TitleSource,
    holdings: Holdings,
    titles: Iterable[Title],
    regions: tuple[str, ...],
    progress: Progress,
) -> Outcome:
    """Fetch titles of other catalogues that lack something, by their id of TMDB or of IMDb.

    Raises:
        SourceFault, DiskFull: what was fetched before is kept.
    """
    key = json.dumps(["enrich", regions])
    outcome = Outcome()
    if holdings.state.request != key:
        unasked = [title for title in titles if title.as_of is None and lacking(title)]
        asked = [ids for title in unasked if (ids := _ids_at_source(title))]
        progress("looking up ids", 0, len(asked))
        numbers: list[Numbered] = []
        for start in range(0, len(asked), BATCH):
            found = await all_of([_number(source, ids) for ids in asked[start : start + BATCH]])
            numbers += [number for number in found if number is not None]
            outcome.gone += [ids[-1] for ids, number in zip(asked[start:], found, strict=False) if not number]
            progress("looking up ids", min(start + BATCH, len(asked)), len(asked))
        _begin(holdings, key, [number for number in dict.fromkeys(numbers) if number.id not in holdings])
    return await _fetched(source, holdings, outcome, regions, progress)


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
    oldest = (today - datetime.timedelta(days=request.oldest_days)).isoformat()
    return [
        title
        for title in titles
        if holdings.as_of(title.id) <= oldest or not holdings.regions(title.id).issuperset(request.regions)
    ]


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


def _begin(holdings: Holdings, key: str, wanted: Iterable[Numbered]) -> None:
    holdings.state.request = key
    holdings.state.wanted = [title.id for title in wanted]
    holdings.write_state()


async def _fetched(
    source: TitleSource,
    holdings: Holdings,
    outcome: Outcome,
    regions: Sequence[str],
    progress: Progress,
) -> Outcome:
    """Fetch what the state wants, a batch at a time; fold at the end, however it comes."""
    wanted = [_numbered(name) for name in holdings.state.wanted]
    done = 0
    try:
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            await _fetch_batch(source, holdings, batch, regions, outcome)
            done = start + len(batch)
            progress("fetching", done, len(wanted))
    finally:
        holdings.state.wanted = [title.id for title in wanted[done:]]
        holdings.fold()
        holdings.write_state()
    holdings.state.wanted = list(outcome.put_off)
    if not outcome.put_off:
        holdings.state.request = ""
    holdings.write_state()
    return outcome


async def _fetch_batch(
    source: TitleSource,
    holdings: Holdings,
    batch: Sequence[Numbered],
    regions: Sequence[str],
    outcome: Outcome,
) -> None:
    """Fetch a batch and keep what came of it, also where the source breaks off amid it."""
    fetched: list[Title] = []
    gone: list[str] = []
    put_off: list[str] = []

    async def fetch(number: Numbered) -> None:
        try:
            title = await source.title(number)
        except MalformedRow as error:
            outcome.refused.append((number.id, str(error)))
        except SourceForbidden:
            raise
        except SourceUnavailable:
            put_off.append(number.id)
            if len(put_off) > _MOST_PUT_OFF:
                raise
        except SourceFault as error:
            outcome.refused.append((number.id, str(error)))
        else:
            fetched.append(title) if title is not None else gone.append(number.id)

    try:
        await all_of([fetch(number) for number in batch])
    finally:
        holdings.append(fetched, regions, gone)
        outcome.taken += len(fetched)
        outcome.gone += gone
    outcome.put_off += put_off


def _numbered(title_id: str) -> Numbered:
    _, media_type, number = title_id.split(":")
    return Numbered(MediaType(media_type), int(number))
