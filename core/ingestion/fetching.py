"""Fetching what is planned, with what becomes of titles that are gone, unusable or not sent.

What the source fails to send does not hold up the others: it is put off, and asked for at the end of every
run until it comes. What it says is gone is dropped at the end of the run, unless that is too much to be
believed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.catalog.reader import counted
from core.domain import MediaType, Title
from core.errors import MalformedRow, SourceFault, SourceForbidden, SourceUnavailable
from core.ingestion.discovery import all_of
from core.ingestion.holdings import Holdings
from core.ingestion.ports import Numbered, TitleSource
from core.ports import Progress

__all__ = ["BATCH", "Outcome", "begin", "fetch"]

BATCH = 100
"""Titles that are fetched between two checkpoints."""
# Of how many titles in a batch, beside those put off before, the source may fail before it counts as away.
_MOST_PUT_OFF = 5
# How many titles a run drops at most: so many, or this share of all. More are a fault of the source.
_MOST_DROPPED, _SHARE_DROPPED = 20, 1 / 20


@dataclass(slots=True)
class Outcome:
    """What became of a run."""

    taken: int = 0
    """Titles fetched."""
    kept: int = 0
    """Titles that were wanted and fresh enough."""
    gone: list[str] = field(default_factory=list)
    """Ids that the source does not hold, or not any more."""
    doubted: list[str] = field(default_factory=list)
    """Ids that the source says it holds no more, too many to be believed; none was dropped."""
    held: int = 0
    """Titles that are here at the end."""
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Id and reason of what came and could not become a title."""
    put_off: list[str] = field(default_factory=list)
    """Ids that the source failed to send, also in earlier runs; the next one asks again."""

    def summary(self) -> str:
        """One line for people."""
        parts = [f"{counted(self.taken, 'title')} fetched"]
        parts += [f"{self.kept:,} fresh enough"] if self.kept else []
        parts += [f"{len(self.gone):,} not at TMDB"] if self.gone else []
        parts += [f"{len(self.refused):,} unusable"] if self.refused else []
        parts += [f"{len(self.put_off):,} put off, since TMDB failed"] if self.put_off else []
        if self.doubted:
            parts.append(
                f"TMDB says that {len(self.doubted):,} of {counted(self.held, 'title')} are gone: too many "
                "to be believed, so none was dropped, and the next update asks again"
            )
        return ", ".join(parts)


def begin(holdings: Holdings, key: str, wanted: Iterable[Numbered]) -> None:
    """Make this the plan."""
    holdings.state.request = key
    holdings.state.wanted = [title.id for title in wanted]
    holdings.state.gone = []
    holdings.write_state()


async def fetch(source: TitleSource, holdings: Holdings, outcome: Outcome, progress: Progress) -> None:
    """Fetch what is planned and what was put off, a batch at a time; fold at the end, however it comes.

    Raises:
        SourceFault, DiskFull: what was fetched before is kept, and what was not is still planned.
    """
    state = holdings.state
    wanted = [_numbered(name) for name in dict.fromkeys([*state.wanted, *state.put_off])]
    done = 0
    try:
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            await _fetch_batch(source, holdings, batch, outcome)
            done = start + len(batch)
            progress("fetching", done, len(wanted))
        _drop_gone(holdings, outcome)
    finally:
        state.wanted = [title.id for title in wanted[done:]]
        holdings.fold()
        holdings.write_state()
    state.request = ""
    holdings.write_state()
    outcome.put_off = list(state.put_off)
    outcome.held = len(holdings)


def _drop_gone(holdings: Holdings, outcome: Outcome) -> None:
    """Drop what the source says it holds no more, unless it is too much to be believed."""
    gone = holdings.state.gone
    if len(gone) > max(_MOST_DROPPED, _SHARE_DROPPED * len(holdings)):
        outcome.doubted = gone
    else:
        holdings.append([], gone)
        outcome.gone += gone
    holdings.state.gone = []


async def _fetch_batch(
    source: TitleSource, holdings: Holdings, batch: Sequence[Numbered], outcome: Outcome
) -> None:
    """Fetch a batch and keep what came of it, also where the source breaks off amid it."""
    state = holdings.state
    before = set(state.put_off)
    fetched: list[Title] = []
    gone: list[str] = []
    put_off: list[str] = []

    async def fetched_one(number: Numbered) -> None:
        try:
            title = await source.title(number)
        except MalformedRow as error:
            outcome.refused.append((number.id, str(error)))
        except SourceForbidden:
            raise
        except SourceUnavailable:
            put_off.append(number.id)
            if len(set(put_off) - before) > _MOST_PUT_OFF:
                raise
        except SourceFault as error:
            outcome.refused.append((number.id, str(error)))
        else:
            fetched.append(title) if title is not None else gone.append(number.id)

    try:
        await all_of([fetched_one(number) for number in batch])
    finally:
        holdings.append(fetched)
        outcome.taken += len(fetched)
    outcome.gone += [name for name in gone if name not in holdings]
    state.gone += [name for name in gone if name in holdings]
    asked = {number.id for number in batch}
    state.put_off = [*(name for name in state.put_off if name not in asked), *put_off]


def _numbered(title_id: str) -> Numbered:
    _, media_type, number = title_id.split(":")
    return Numbered(MediaType(media_type), int(number))
