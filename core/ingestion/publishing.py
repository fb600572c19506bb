"""Bringing an index on a server in line with the titles: only what differs is stored, or deleted."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.catalog.reader import counted, fingerprint
from core.catalog.rows import made_up_id
from core.domain import MediaType, SearchFilters, Title, key_of
from core.library import Recipe, fill
from core.ports import Progress, TitleIndex

__all__ = ["Mark", "publish", "seed"]

# Payloads read in one round trip.
_AT_ONCE = 500


async def seed(
    index: TitleIndex,
    recipe: Recipe,
    media_types: Collection[MediaType],
    progress: Progress,
    notice: Callable[[str], None],
    mark: "Mark | None" = None,
    before: Sequence[Title] = (),
) -> None:
    """Store what an index on a server lacks: because it is new, because an earlier seeding broke off, or
    because the catalogue was changed since this machine stored it. Nothing is deleted, and where this machine
    has stored nothing before, a full index stays as it is: another one may know its titles better.

    Args:
        index: Of the server.
        recipe: The catalogue, with its encoders and vectors.
        media_types: Those whose collection is ours to write.
        progress: Told of every batch.
        notice: Told, in one line, what is being done and why.
        mark: Says which catalogue this machine stored last; without one only numbers of titles are compared.
        before: Titles of the index that this one replaces; what they tell beyond the catalogue goes along.
    """
    if not media_types:
        return
    catalogue = await asyncio.to_thread(recipe.read)
    theirs = _beyond(catalogue.titles, before)
    if theirs:
        notice(f"{counted(len(theirs), 'title')} that other machines took in went along")
    titles = tuple({title.id: title for title in (*catalogue.titles, *theirs)}.values())
    lacking = False
    for kind in sorted(media_types):
        wanted = sum(title.media_type is kind for title in titles)
        stored = await index.count(SearchFilters(media_type=kind))
        if stored < wanted:
            notice(f"the server holds {stored:,} of {wanted:,} titles of type {kind}; storing the others")
            lacking = True
    changed = mark is not None and await asyncio.to_thread(mark.differs, recipe)
    if changed and not lacking:
        notice("the catalogue was changed since it was stored; comparing it with the server's titles")
    if lacking or changed:
        await publish(index, titles, (), media_types, recipe, progress)
        if mark is not None:
            await asyncio.to_thread(mark.write, recipe)


def _beyond(catalogue: Sequence[Title], before: Sequence[Title]) -> list[Title]:
    """What an index held beyond the catalogue, or as of later than that: what other machines took in."""
    known = {name: title.as_of or "" for title in catalogue for name in title.ids}
    return [
        title
        for title in before
        if all(name not in known or known[name] < (title.as_of or "") for name in title.ids)
    ]


@dataclass(frozen=True, slots=True)
class Mark:
    """A file of this machine that says which catalogue it stored last on a server."""

    path: Path

    def differs(self, recipe: Recipe) -> bool:
        """Whether another catalogue than the recipe's was stored; not where none was."""
        try:
            return self.path.read_text("ascii").strip() != fingerprint(recipe.files)
        except (OSError, ValueError):
            return False

    def write(self, recipe: Recipe) -> None:
        """Note that the recipe's catalogue is stored. Where it cannot be written, the next change of the
        catalogue goes unnoticed, as on a machine that stored nothing.
        """
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(fingerprint(recipe.files), "ascii")


async def publish(
    index: TitleIndex,
    titles: Sequence[Title],
    removed: Iterable[str],
    media_types: Collection[MediaType],
    recipe: Recipe,
    progress: Progress,
) -> tuple[int, int]:
    """Compare with what is stored, then store and delete. Broken off, it is done again from the start, and
    what was stored by then differs no more.

    Args:
        index: Of the server.
        titles: All that it should hold.
        removed: Ids that it should not hold any more, unless one of the titles has them.
        media_types: Those whose collection is ours to write.
        recipe: Its encoders and vectors.
        progress: Told of every batch.

    Returns:
        How many were stored, and how many ids deleted.
    """
    ours = [title for title in titles if title.media_type in media_types]
    current = {title.id for title in ours}
    changed: list[Title] = []
    gone = [name for name in removed if name.split(":")[1] in media_types]
    outdated = await _stored(index, gone)
    for start in range(0, len(ours), _AT_ONCE):
        chunk = ours[start : start + _AT_ONCE]
        former = {title.id: (*title.other_ids, *_made_up(title)) for title in chunk}
        names = [name for title in chunk for name in (title.id, *former[title.id])]
        stored = await index.fetch([key_of(name) for name in names])
        changed += [title for title in chunk if stored.get(title.key) != title]
        outdated += [name for title in chunk for name in former[title.id] if key_of(name) in stored]
        progress("comparing", start + len(chunk), len(ours))
    outdated = [name for name in dict.fromkeys(outdated) if name not in current]
    if changed:
        await fill(index, changed, recipe, progress)
    if outdated:
        await index.delete(outdated)
    return len(changed), len(outdated)


async def _stored(index: TitleIndex, ids: Sequence[str]) -> list[str]:
    """Those of the ids that the index holds."""
    found: list[str] = []
    for start in range(0, len(ids), _AT_ONCE):
        chunk = ids[start : start + _AT_ONCE]
        stored = await index.fetch([key_of(name) for name in chunk])
        found += [name for name in chunk if key_of(name) in stored]
    return found


def _made_up(title: Title) -> tuple[str, ...]:
    """Ids that a title had before a catalogue gave it one."""
    if title.id.startswith("matinee:"):
        return ()
    return tuple(made_up_id(title.media_type, title.name, year) for year in (title.year, None))
