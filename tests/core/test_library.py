"""Opening, building and mending the local index."""

import asyncio
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from filelock import FileLock

from core.catalog.vectors import VectorCache
from core.domain import SearchFilters, Title
from core.errors import CatalogueError, ConfigurationError, DiskFull
from core.library import BYTES_AT_REST, MANIFEST, ROSTER, Library, Recipe
from core.ports import IndexQuery, Rankings
from core.providers.qdrant.edge import EdgeStore
from tests.scripted import HashEncoder, WordEncoder

ROOT = Path(__file__).parents[2]
NAMES = ("Amber", "Birch", "Cedar", "Dahlia", "Elder")


def catalogue_file(folder: Path, names: tuple[str, ...] = NAMES) -> Path:
    path = folder / "titles.jsonl"
    rows = [
        {"type": "movie", "title": name, "year": 2000, "tmdb": place + 1, "overview": f"All about {name}."}
        for place, name in enumerate(names)
    ]
    text = "\n".join(json.dumps(row) for row in rows)
    if not path.exists() or path.read_text("utf-8") != text:  # two processes must not write it at once
        path.write_text(text, "utf-8")
    return path


class Shelf:
    """A library in a temporary folder, and what it said."""

    def __init__(self, folder: Path, names: tuple[str, ...] = NAMES) -> None:
        self.encoder = HashEncoder()
        self.said: list[str] = []
        cache = VectorCache(self.encoder, folder / "vectors.f16")
        recipe = Recipe((catalogue_file(folder, names),), self.encoder, WordEncoder(), cache)
        self.library = Library(folder / "index", recipe, EdgeStore(), notice=self.said.append)

    async def search(self, text: str) -> Rankings:
        dense = await self.encoder.encode_query(text)
        return await self.library.search(IndexQuery(dense, WordEncoder().encode_query(text)))

    async def found(self, text: str) -> set[str]:
        rankings = await self.search(text)
        titles = await self.library.fetch([hit.key for hit in rankings.dense])
        return {title.name for title in titles.values()}


async def test_the_first_start_builds_and_the_next_one_only_opens(tmp_path: Path) -> None:
    first = Shelf(tmp_path)
    async with first.library:
        assert await first.found("amber") == set(NAMES)
    assert first.said == ["first start; building the search index of 5 titles"]
    second = Shelf(tmp_path)
    async with second.library:
        assert await second.found("amber") == set(NAMES)
    assert second.said == []
    assert second.encoder.encoded == ["amber"]


async def test_the_names_are_kept_beside_the_index_and_read_again(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    async with shelf.library:
        assert {entry.name for entry in await shelf.library.roster()} == set(NAMES)
    file = shelf.library.folder / ROSTER
    for content in (None, "", "5\n", '1\n["Amber"]\n', "{", "[]\n"):
        if content is None:
            file.unlink()
        else:
            file.write_text(content, "utf-8")
        again = Shelf(tmp_path)
        async with again.library:
            assert {entry.name for entry in await again.library.roster()} == set(NAMES)
        assert again.said == []


async def test_what_is_stored_later_is_named_too(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    async with shelf.library as library:
        await library.roster()
        await library.delete(["tmdb:movie:1"])
        assert len(await library.roster()) == await library.count()


async def test_a_changed_catalogue_rebuilds_but_encodes_only_what_is_new(tmp_path: Path) -> None:
    async with Shelf(tmp_path).library:
        pass
    changed = Shelf(tmp_path, (*NAMES, "Fern"))
    async with changed.library:
        assert await changed.library.count() == 6
    assert changed.said == [
        "the catalogue, the encoder or this version is new; rebuilding the search index of 6 titles"
    ]
    assert [text for text in changed.encoder.encoded if "Fern" not in text] == []
    assert sum(path.is_dir() for path in (tmp_path / "index").iterdir()) == 1


async def test_an_index_of_another_version_is_left_aside_and_rebuilt(tmp_path: Path) -> None:
    older = Shelf(tmp_path)
    store = EdgeStore()
    store.layout = "an older layout"
    older.library = Library(tmp_path / "index", older.library._recipe, store)
    async with older.library:
        pass
    now = Shelf(tmp_path)
    async with now.library:
        assert await now.found("amber") == set(NAMES)
    assert "this version is new" in now.said[0]


async def test_a_truncated_file_is_noticed_at_the_start_and_rebuilt(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    async with shelf.library:
        pass
    (vectors,) = shelf.library.folder.rglob("chunk_0.mmap")
    os.truncate(vectors, vectors.stat().st_size // 2)
    mended = Shelf(tmp_path)
    async with mended.library:
        assert await mended.found("amber") == set(NAMES)
    assert mended.said == ["the search index is damaged or unfinished; rebuilding it of 5 titles"]


@pytest.mark.parametrize("content", ["", "{", '{"files": 3}', '{"files": {"gone": 1}}', "[]"])
async def test_a_broken_manifest_means_a_rebuild(tmp_path: Path, content: str) -> None:
    shelf = Shelf(tmp_path)
    async with shelf.library:
        pass
    (shelf.library.folder / MANIFEST).write_text(content, "utf-8")
    mended = Shelf(tmp_path)
    async with mended.library:
        assert await mended.found("amber") == set(NAMES)


async def test_a_folder_that_the_engine_cannot_open_is_rebuilt(tmp_path: Path) -> None:
    """All sizes are right, the content is not."""
    shelf = Shelf(tmp_path)
    async with shelf.library:
        pass
    for file in shelf.library.folder.rglob("*.json"):
        if file.name != MANIFEST:
            file.write_bytes(b"\0" * file.stat().st_size)
    mended = Shelf(tmp_path)
    async with mended.library:
        assert await mended.found("amber") == set(NAMES)
    assert "rebuilding" in mended.said[0]


async def test_damage_that_a_query_meets_is_mended_and_the_query_answered(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    async with shelf.library:
        (payloads,) = shelf.library.folder.rglob("payload_storage/page_0.dat")
        with payloads.open("r+b") as file:
            file.write(b"\xff" * 4096)
        answers = await asyncio.gather(*(shelf.found(f"wish {number}") for number in range(5)))
        assert all(names == set(NAMES) for names in answers)
        assert await shelf.library.count(SearchFilters(year_from=2001)) == 0
    assert sum("the index is damaged" in line for line in shelf.said) == 1


async def test_many_searches_at_once_are_all_answered(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    async with shelf.library:
        answers = await asyncio.gather(*(shelf.found(f"wish {number}") for number in range(40)))
    assert all(names == set(NAMES) for names in answers)


async def test_a_full_disk_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Shelf(tmp_path).library:
        pass
    usage = shutil.disk_usage(tmp_path)._replace(free=BYTES_AT_REST // 2)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DiskFull, match="MATINEE_DATA_DIR"):
        async with Shelf(tmp_path, (*NAMES, "Fern")).library:
            pass
    monkeypatch.undo()
    same = Shelf(tmp_path)
    async with same.library:
        assert await same.library.count() == 5
    assert same.said == [], "the old index was lost"


async def test_a_disk_that_fills_while_building_is_said_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Shelf(tmp_path).library:
        pass

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(VectorCache, "_append", full)
    with pytest.raises(DiskFull, match="what was there is untouched"):
        async with Shelf(tmp_path, (*NAMES, "Fern")).library:
            pass
    monkeypatch.undo()
    assert list((tmp_path / "index").glob("building-*")) == []
    same = Shelf(tmp_path)
    async with same.library:
        assert await same.library.count() == 5
    assert same.said == []


async def test_vectors_that_find_no_room_say_so_by_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a library around them, as where the index is on a server."""
    cache = VectorCache(HashEncoder(), tmp_path / "vectors.f16")

    def refused(number: int) -> None:
        def opened(*_: object, **__: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(Path, "open", opened)

    refused(errno.ENOSPC)
    with pytest.raises(DiskFull, match="what was there is untouched"):
        await cache.encode(["amber"])
    refused(errno.EACCES)
    with pytest.raises(ConfigurationError, match=r"MATINEE_DATA_DIR.*Permission denied"):
        await cache.encode(["amber"])


async def test_a_folder_that_cannot_be_made_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file stands where the folder should be", "utf-8")
    with pytest.raises(ConfigurationError, match="MATINEE_DATA_DIR"):
        async with Shelf(tmp_path).library:
            pass


async def test_waiting_for_another_builder_is_said_and_can_be_broken_off(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    (tmp_path / "index").mkdir()
    with FileLock(tmp_path / "index" / "index.lock"), pytest.raises(TimeoutError):
        await asyncio.wait_for(shelf.library.__aenter__(), timeout=0.5)
    assert shelf.said == ["another process is building the search index; waiting for it"]
    async with shelf.library:
        assert await shelf.library.count() == 5


async def test_a_write_that_meets_damage_mends_it_first(tmp_path: Path) -> None:
    """Mending takes the lock that the write already holds."""
    shelf = Shelf(tmp_path)
    async with shelf.library:
        inner = shelf.library._open_index()
        inner.close()
        await shelf.library.delete(["tmdb:movie:1"])
        assert await shelf.found("x") == set(NAMES[1:])


async def test_a_catalogue_that_cannot_be_read_leaves_the_index_alone(tmp_path: Path) -> None:
    async with Shelf(tmp_path).library:
        pass
    broken = Shelf(tmp_path)
    (tmp_path / "titles.jsonl").write_text("no titles here", "utf-8")
    broken.library.folder = tmp_path / "index" / "other"
    with pytest.raises(CatalogueError):
        async with broken.library:
            pass
    same = Shelf(tmp_path)
    async with same.library:
        assert same.said == []


async def test_what_is_stored_and_removed_later_survives_a_restart(tmp_path: Path) -> None:
    from core.ports import IndexedTitle

    shelf = Shelf(tmp_path)
    async with shelf.library:
        title = (await shelf.library.named(["amber"]))[0].title
        new = Title("tmdb:movie:99", title.media_type, "Fern")
        vector = await shelf.encoder.encode_query("fern")
        await shelf.library.upsert([IndexedTitle(new, vector, WordEncoder().encode_query("fern"))])
        await shelf.library.delete([title.id])
    again = Shelf(tmp_path)
    async with again.library:
        assert await again.found("x") == {*NAMES[1:], "Fern"}
    assert again.said == []


BUILDER = """
    import asyncio, sys
    from pathlib import Path
    from core import library
    from tests.core.test_library import Shelf

    async def main(folder):
        shelf = Shelf(folder)
        if "--in-pairs" in sys.argv:
            library.ENCODED_AT_ONCE = library.STORED_AT_ONCE = 2
            encode = shelf.encoder.encode_documents
            async def slow(texts):
                if len(shelf.encoder.encoded) == 4:
                    print("the third batch", flush=True)
                    await asyncio.sleep(60)
                return await encode(texts)
            shelf.encoder.encode_documents = slow
        async with shelf.library:
            print(await shelf.library.count(), *shelf.said, sep="|", flush=True)

    asyncio.run(main(Path(sys.argv[1])))
"""


def builder(folder: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(BUILDER), str(folder), *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def test_a_build_that_is_killed_loses_one_batch_and_leaves_nothing_that_hurts(tmp_path: Path) -> None:
    with builder(tmp_path, "--in-pairs") as process:
        assert process.stdout
        assert process.stdout.readline() == "the third batch\n"
        process.send_signal(signal.SIGKILL)
    assert list((tmp_path / "index").glob("building-*")), "it was killed while building"
    after = Shelf(tmp_path)
    async with after.library:
        assert len(after.encoder.encoded) == len(NAMES) - 4
        assert await after.found("amber") == set(NAMES)
    assert list((tmp_path / "index").glob("building-*")) == []


def test_two_processes_at_once_build_once_and_both_open(tmp_path: Path) -> None:
    catalogue_file(tmp_path)
    with builder(tmp_path) as first, builder(tmp_path) as second:
        answers = sorted(process.communicate(timeout=60)[0].strip() for process in (first, second))
    built = "5|first start; building the search index of 5 titles"
    waited = "5|another process is building the search index; waiting for it"
    assert built in answers
    assert set(answers) <= {built, waited, "5"}
    assert len(set(answers)) == 2
