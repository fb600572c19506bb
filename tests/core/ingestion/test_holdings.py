"""What was taken in survives kills, full disks and two processes at once."""

import errno
import json
import os
from pathlib import Path

import pytest

from core.catalog.reader import read_catalogue
from core.catalog.rows import title_from_row
from core.domain import MediaType, Title
from core.errors import CatalogueBusy, CatalogueError, ConfigurationError, DiskFull
from core.ingestion.holdings import FETCHED, JOURNAL, STATE, Holdings, State, taken_in


def title(number: int, name: str = "Amber", as_of: str = "2025-01-01", asked: tuple[str, ...] = ()) -> Title:
    return title_from_row({"type": "movie", "title": name, "tmdb": number, "as_of": as_of, "asked": asked})


def names_in(folder: Path) -> set[str]:
    return {one.name for one in read_catalogue(taken_in(folder)).titles}


def test_what_is_appended_is_a_catalogue_once_it_is_folded(tmp_path: Path) -> None:
    with Holdings(tmp_path) as holdings:
        holdings.append([title(1, asked=("DE",)), title(2, "Birch", asked=("US",))])
        assert taken_in(tmp_path) == ()
        holdings.fold()
        assert names_in(tmp_path) == {"Amber", "Birch"}
        assert not (tmp_path / JOURNAL).exists()
        assert len(holdings) == 2
        assert holdings.regions("tmdb:movie:1") == {"DE"}
        assert holdings.all_regions == {"DE", "US"}
        assert holdings.held(MediaType.MOVIE)[1].id == "tmdb:movie:2"
    with Holdings(tmp_path) as again:
        assert again.as_of("tmdb:movie:2") == "2025-01-01"
        assert again.regions("tmdb:movie:2") == {"US"}


def test_a_later_title_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    with Holdings(tmp_path) as holdings:
        holdings.append([title(1)])
        holdings.append([title(1, "Amber Again")])
        holdings.fold()
    assert names_in(tmp_path) == {"Amber Again"}


def test_what_is_gone_is_dropped_and_remembered_until_it_comes_back(tmp_path: Path) -> None:
    with Holdings(tmp_path) as holdings:
        holdings.append([title(1), title(2, "Birch")])
        holdings.append([], gone=["tmdb:movie:1", "tmdb:movie:77"])
        holdings.fold()
        assert holdings.state.removed == ["tmdb:movie:1"]
    assert names_in(tmp_path) == {"Birch"}
    with Holdings(tmp_path) as holdings:
        holdings.append([title(1)])
        holdings.fold()
        assert holdings.state.removed == []


@pytest.mark.parametrize("cut", [2, 20, 60])
def test_a_kill_amid_a_batch_loses_no_earlier_one(tmp_path: Path, cut: int) -> None:
    """The journal ends in half a line; the next process folds what is whole."""
    with Holdings(tmp_path) as holdings:
        holdings.state.wanted = ["tmdb:movie:1", "tmdb:movie:2", "tmdb:movie:3"]
        holdings.state.put_off = ["tmdb:movie:1", "tmdb:movie:3"]
        holdings.write_state()
        holdings.append([title(1)])
        holdings.append([title(2, "Birch")])
    journal = tmp_path / JOURNAL
    os.truncate(journal, journal.stat().st_size - cut)
    with Holdings(tmp_path) as after:
        assert after.state.wanted == ["tmdb:movie:2", "tmdb:movie:3"]
        assert after.state.put_off == ["tmdb:movie:3"]
    assert names_in(tmp_path) == {"Amber"}


def test_a_kill_between_the_new_file_and_the_end_of_the_journal_does_no_harm(tmp_path: Path) -> None:
    with Holdings(tmp_path) as holdings:
        holdings.append([title(1), title(2, "Birch")])
        holdings.append([], gone=["tmdb:movie:1"])
        journal = (tmp_path / JOURNAL).read_bytes()
        holdings.fold()
    (tmp_path / JOURNAL).write_bytes(journal)
    with Holdings(tmp_path) as after:
        assert after.state.removed == ["tmdb:movie:1"]
    assert names_in(tmp_path) == {"Birch"}


def test_the_same_titles_make_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for place, order in enumerate([(1, 2), (2, 1)]):
        with Holdings(tmp_path / str(place)) as holdings:
            for number in order:
                holdings.append([title(number, f"Title {number}")])
            holdings.fold()
        made.append((tmp_path / str(place) / FETCHED).read_bytes())
    assert made[0] == made[1]


def test_two_at_once_are_one_and_a_clear_refusal(tmp_path: Path) -> None:
    with Holdings(tmp_path), pytest.raises(CatalogueBusy, match="another process takes in titles"):
        Holdings(tmp_path).__enter__()
    with Holdings(tmp_path):
        pass


def test_a_disk_that_is_full_amid_a_batch_keeps_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with Holdings(tmp_path) as holdings:
        holdings.append([title(1)])
        holdings.fold()
        holdings.append([title(2, "Birch")])
        before = (tmp_path / JOURNAL).read_bytes()
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(DiskFull, match="what was taken in before is kept"):
            holdings.append([title(3, "Cedar")])
        assert (tmp_path / JOURNAL).read_bytes() == before
        with pytest.raises(DiskFull):
            holdings.fold()
        with pytest.raises(DiskFull):
            holdings.write_state()
        assert list(tmp_path.glob("*.tmp")) == []
        assert names_in(tmp_path) == {"Amber"}
        monkeypatch.undo()
        holdings.fold()
    assert names_in(tmp_path) == {"Amber", "Birch"}


def test_a_folder_that_cannot_be_made_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "catalogue").write_text("a file stands there", "utf-8")
    with pytest.raises(ConfigurationError, match="MATINEE_DATA_DIR"):
        Holdings(tmp_path / "catalogue").__enter__()


def test_a_damaged_file_is_named_and_the_lock_is_free_again(tmp_path: Path) -> None:
    with Holdings(tmp_path) as holdings:
        holdings.append([title(1)])
        holdings.fold()
    whole = (tmp_path / FETCHED).read_bytes()
    (tmp_path / FETCHED).write_bytes(whole[: len(whole) // 2])
    for _ in range(2):
        with pytest.raises(CatalogueError, match=r"tmdb\.jsonl\.gz"):
            Holdings(tmp_path).__enter__()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"wanted": 3}', '{"request": null}', '{"new": 1}'])
def test_a_damaged_state_is_an_empty_one(tmp_path: Path, content: str) -> None:
    (tmp_path / STATE).write_text(content, "utf-8")
    assert State.read(tmp_path / STATE) == State()


def test_a_state_of_an_older_version_is_read(tmp_path: Path) -> None:
    older = {"request": "chosen", "wanted": ["tmdb:movie:1"], "updated_to": "2025-01-01", "removed": []}
    (tmp_path / STATE).write_text(json.dumps(older), "utf-8")
    state = State.read(tmp_path / STATE)
    assert (state.request, state.wanted, state.updated_to) == ("chosen", ["tmdb:movie:1"], "2025-01-01")
    assert (state.planned, state.put_off, state.gone, state.unknown) == ("", [], [], {})


def test_titles_of_dumps_have_a_file_of_their_own(tmp_path: Path) -> None:
    with Holdings(tmp_path) as holdings:
        holdings.append([title(1)])
        holdings.fold()
        imported = title_from_row({"type": "tv", "title": "Dahlia", "year": 1999})
        holdings.write_imported([imported])
        assert holdings.imported() == (imported,)
    assert names_in(tmp_path) == {"Amber", "Dahlia"}
    rows = read_catalogue(taken_in(tmp_path))
    assert rows.report.refused == []
    assert json.loads((tmp_path / STATE).read_text("utf-8"))["removed"] == []
