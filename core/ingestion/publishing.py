"""Bringing an index on a server in line with the titles: only what differs is stored, or deleted."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from core.catalog.reader import counted, fingerprint
from core.domain import MediaType, SearchFilters, Title, key_of
from core.library import Recipe, fill
from core.ports import Progress, TitleIndex

__all__ = ["publish", "seed"]

# Payloads read in one round trip.
_AT_ONCE = 500


async def seed(
    index: TitleIndex,
    recipe: Recipe,
    media_types: Collection[MediaType],
    progress: Progress,
    notice: Callable[[str], None],
    mark: Path | None = None,
) -> None:
    """Store what an index on a server lacks: because it is new, because an earlier seeding broke off, or
    because the catalogue was changed since the last start here. Nothing is deleted, and where this machine
    has not seeded before, a full index stays as it is: another one may know its titles better.

    Args:
        index: Of the server.
        recipe: The catalogue, with its encoders and vectors.
        media_types: Those whose collection is ours to write.
        progress: Told of every batch.
        notice: Told, in one line, what is being done and why.
        mark: File of this machine that says which catalogue was seeded last; without one only the numbers
            of titles are compared.
    """
    if not media_types:
        return
    current = await asyncio.to_thread(fingerprint, recipe.files)
    catalogue = await asyncio.to_thread(recipe.read)
    titles = [title for title in catalogue.titles if title.media_type in media_types]
    stored = sum([await index.count(SearchFilters(media_type=each)) for each in media_types])
    before = await asyncio.to_thread(_marked, mark)
    if stored < len(titles):
        notice(f"the server holds {stored:,} of {counted(len(titles), 'title')}; storing the others")
    elif before not in ("", current):
        notice("the catalogue was changed since the last start here; comparing it with the server's titles")
    if stored < len(titles) or before not in ("", current):
        await publish(index, titles, (), media_types, recipe, progress)
    if mark is not None and before != current:
        with suppress(OSError):  # read-only, or full: the next start compares again
            await asyncio.to_thread(_write_mark, mark, current)


def _write_mark(mark: Path, text: str) -> None:
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(text, "ascii")


def _marked(mark: Path | None) -> str:
    try:
        return mark.read_text("ascii").strip() if mark is not None else ""
    except (OSError, ValueError):
        return ""


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
    outdated = [name for name in removed if name.split(":")[1] in media_types]
    for start in range(0, len(ours), _AT_ONCE):
        chunk = ours[start : start + _AT_ONCE]
        stored = await index.fetch([key_of(name) for title in chunk for name in title.ids])
        changed += [title for title in chunk if stored.get(title.key) != title]
        outdated += [name for title in chunk for name in title.other_ids if key_of(name) in stored]
        progress("comparing", start + len(chunk), len(ours))
    outdated = [name for name in outdated if name not in current]
    if changed:
        await fill(index, changed, recipe, progress)
    if outdated:
        await index.delete(outdated)
    return len(changed), len(outdated)
