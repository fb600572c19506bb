"""Every row of the bundled catalogue."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from core.answering.text import sentences_of
from core.catalog.bundle import CURATED, DATA, FACTS, bundled_files, refreshed
from core.catalog.documents import dense_document
from core.catalog.reader import read_catalogue
from core.catalog.rows import title_from_row
from core.catalog.vectors import VectorCache, vector_file
from core.domain import MediaType
from core.providers.fastembed_encoder import load_bundled
from core.vocabulary.certifications import CERTIFICATIONS
from core.vocabulary.genres import GENRES
from core.vocabulary.places import countries, languages
from core.vocabulary.services import SERVICES
from tests.conftest import SHARED_DUMP

Row = dict[str, Any]


def rows_of(path: Any) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


CURATED_ROWS = rows_of(CURATED)
FACTS_ROWS = rows_of(FACTS)
ALL_ROWS = [*CURATED_ROWS, *FACTS_ROWS]

# key → (type, required of every row)
SCHEMA: dict[str, tuple[type | tuple[type, ...], bool]] = {
    "type": (str, True),
    "title": (str, True),
    "year": (int, True),
    "tmdb": (int, False),
    "imdb": (str, False),
    "tmdb_by": (str, False),
    "genres": (list, True),
    "moods": (list, False),
    "overview": (str, False),
    "directors": (list, False),
    "creators": (list, False),
    "cast": (list, False),
    "runtime": (int, False),
    "seasons": (int, False),
    "certification": (str, False),
    "countries": (list, False),
    "language": (str, False),
    "keywords": (list, False),
    "services": (list, False),
    "popularity": ((int, float), False),
    "vote_average": ((int, float), False),
    "vote_count": (int, False),
    "imdb_score": ((int, float), False),
    "imdb_votes": (int, False),
    "poster_path": (str, False),
}


def words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower())


def runs(text: str, length: int = 8) -> Iterator[tuple[str, ...]]:
    found = words(text)
    return (tuple(found[start : start + length]) for start in range(len(found) - length + 1))


def label(row: Row) -> str:
    return f"{row.get('title')} ({row.get('year')})"


def test_there_are_enough_titles_of_each_kind() -> None:
    kinds = Counter(row["type"] for row in CURATED_ROWS)
    assert kinds["movie"] >= 700
    assert kinds["tv"] >= 300
    assert len(FACTS_ROWS) >= 5_000


def test_every_row_has_the_keys_of_the_schema_with_their_types() -> None:
    for row in ALL_ROWS:
        assert row.keys() <= SCHEMA.keys(), label(row)
        for key, (kind, required) in SCHEMA.items():
            assert not required or key in row, (label(row), key)
            assert key not in row or (isinstance(row[key], kind) and row[key] not in ("", [])), (
                label(row),
                key,
            )


def test_every_value_is_in_range_and_every_name_in_its_closed_list() -> None:
    for row in ALL_ROWS:
        assert row["type"] in {str(kind) for kind in MediaType}, label(row)
        assert 1890 <= row["year"] <= 2026, label(row)
        assert 1 <= row.get("runtime", 1) <= 600, label(row)
        assert 1 <= row.get("seasons", 1) <= 60, label(row)
        assert 0 < row.get("vote_average", 5) <= 10, label(row)
        assert 0 < row.get("imdb_score", 5) <= 10, label(row)
        assert set(row["genres"]) <= set(GENRES.canonical), label(row)
        assert row.get("certification", "R") in CERTIFICATIONS.canonical, label(row)
        assert set(row.get("countries", ())) <= set(countries().canonical), label(row)
        assert row.get("language", "en") in languages().canonical, label(row)
        for service in row.get("services", ()):
            assert service.keys() == {"name", "region", "as_of"}, label(row)
            assert service["name"] in SERVICES.canonical, label(row)
            assert re.fullmatch(r"\d{4}(-\d\d){0,2}", service["as_of"]), label(row)


def test_ids_are_unique_and_rows_describe_distinct_titles() -> None:
    ids = Counter(identifier for row in ALL_ROWS for identifier in title_from_row(row).ids)
    assert [identifier for identifier, count in ids.items() if count > 1] == []
    catalogue = read_catalogue(bundled_files())
    assert catalogue.report.merged == 0
    assert catalogue.report.refused == []


def test_every_curated_row_has_two_to_four_sentences_and_moods() -> None:
    for row in CURATED_ROWS:
        assert 30 <= len(words(row["overview"])) <= 85, label(row)
        assert 3 <= len(row["moods"]) <= 8, label(row)
        assert all(mood == mood.lower() for mood in row["moods"]), label(row)


def test_every_sentence_of_an_overview_says_something() -> None:
    """No stub is left of "J. Robert" or "Paris, 1899.", since a reason may be one sentence."""
    for row in CURATED_ROWS:
        sentences = sentences_of(row["overview"])
        assert " ".join(sentences) == row["overview"], label(row)
        assert all(len(sentence.split()) >= 8 for sentence in sentences), (label(row), sentences)


def test_facts_only_rows_hold_no_sentences() -> None:
    for row in FACTS_ROWS:
        assert not {"overview", "moods", "tagline"} & row.keys(), label(row)


def test_no_two_overviews_are_alike() -> None:
    """None shares a run of eight words with another, and no opening word begins a sixth of them."""
    seen: dict[tuple[str, ...], str] = {}
    for row in CURATED_ROWS:
        for run in set(runs(row["overview"])):
            assert run not in seen, (label(row), seen[run], " ".join(run))
        seen.update(dict.fromkeys(runs(row["overview"]), label(row)))
    openings = Counter(words(row["overview"])[0] for row in CURATED_ROWS)
    assert openings.most_common(1)[0][1] < len(CURATED_ROWS) / 6


@pytest.mark.skipif(not SHARED_DUMP.exists(), reason="the dump is not on this machine")
def test_no_overview_borrows_from_the_dump_and_facts_are_its_facts() -> None:
    """No run of eight words is in any text of the dump; what only a dump may give is as it gives it."""
    ours = {run: label(row) for row in CURATED_ROWS for run in runs(row["overview"])}
    with gzip.open(SHARED_DUMP, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            for key in ("overview", "tagline", "wiki_extract"):
                borrowed = [run for run in runs(row.get(key) or "") if run in ours]
                assert not borrowed, (ours[borrowed[0]], " ".join(borrowed[0]))
    assert refreshed(read_catalogue([SHARED_DUMP]).titles) == CURATED_ROWS


async def test_the_shipped_vectors_belong_to_the_catalogue_and_the_encoder(tmp_path: Any) -> None:
    """Every document is found by its content; so a first start encodes nothing."""
    encoder = load_bundled()
    cache = VectorCache(encoder, tmp_path / "own.f16", shipped=[vector_file(DATA, encoder)])
    titles = read_catalogue(bundled_files()).titles
    missing = [title.label for title in titles if dense_document(title) not in cache]
    assert missing == []
    sample = [dense_document(title) for title in titles[::900]]
    again = await encoder.encode_documents(sample)
    assert (again * await cache.encode(sample)).sum(axis=1) == pytest.approx([1.0] * len(sample), abs=0.01)
