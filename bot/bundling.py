"""The `ingest bundle` command: facts of the bundled catalogue from a dump, and its vectors."""

from collections.abc import Callable
from pathlib import Path

from bot.settings import Settings
from bot.wiring import load_encoders
from core.catalog.bundle import CURATED, DATA, FACTS, bundled_files, chosen_facts, refreshed, write_rows
from core.catalog.documents import dense_document
from core.catalog.reader import read_catalogue
from core.catalog.vectors import VectorCache, vector_file
from core.library import ENCODED_AT_ONCE
from core.ports import Progress

__all__ = ["bundle"]


async def bundle(
    settings: Settings, dump: Path | None, progress: Progress, notice: Callable[[str], None]
) -> None:
    """Rewrite the bundled files in place: facts where a dump is given, vectors always.

    Raises:
        CatalogueError: the dump cannot be read.
    """
    if dump is not None:
        source = read_catalogue([dump])
        notice(source.report.summary(len(source.titles)))
        write_rows(CURATED, refreshed(source.titles))
        write_rows(FACTS, chosen_facts(source.titles, read_catalogue([CURATED]).titles))
    titles = read_catalogue(bundled_files()).titles
    encoder = load_encoders(settings).dense
    target = vector_file(DATA, encoder)
    scratch = target.with_suffix(".tmp")
    scratch.unlink(missing_ok=True)
    cache = VectorCache(encoder, scratch)
    for start in range(0, len(titles), ENCODED_AT_ONCE):
        batch = titles[start : start + ENCODED_AT_ONCE]
        await cache.encode([dense_document(title) for title in batch])
        progress("encoding", start + len(batch), len(titles))
    for old in DATA.glob("vectors-*.f16"):
        old.unlink()
    scratch.replace(target)
    notice(f"{len(titles):,} titles bundled, {target.stat().st_size / 1e6:.1f} MB of vectors")
