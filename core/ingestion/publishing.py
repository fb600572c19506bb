"""Bringing an index on a server in line with the titles: only what differs is stored, or deleted."""

from collections.abc import Collection, Iterable, Sequence

from core.domain import MediaType, Title, key_of
from core.library import Recipe, fill
from core.ports import Progress, TitleIndex

__all__ = ["publish"]

# Payloads read in one round trip.
_AT_ONCE = 500


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
