"""Rows of dumps → titles."""

import gzip
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog.reader import fingerprint, merge_duplicates, read_catalogue
from core.catalog.rows import clean, made_up_id, row_of, title_from_row
from core.domain import Availability, MediaType, Rating, Title
from core.errors import CatalogueError, MalformedRow

DIRTY = {
    "type": "movie",
    "title": "  Am&eacute;lie\u0000\n ",
    "year": "2001.0",
    "imdb": "tt0211915",
    "tmdb": "194",
    "overview": "She  decides\tto help.",
    "genres": ["scifi", "Comedy", "european", "comedy", "Sci-Fi & Fantasy"],
    "cast": ["Audrey Tautou", "Audrey Tautou", " "],
    "runtime": "122",
    "certification": "90 min",
    "countries": ["France", "West Germany", "XX"],
    "language": "French",
    "providers": ["HBO Max"],
    "providers_2021": ["Hulu", "Netflix"],
    "popularity": "n/a",
    "vote_average": "7.9",
    "vote_count": "10,000",
    "imdb_score": "8.3",
    "imdb_votes": "776000.0",
    "poster_path": "/a.jpg",
}


def test_dirty_values_are_cleaned_or_left_out() -> None:
    title = title_from_row(DIRTY)
    assert title.name == "Amélie"
    assert title.id == "tmdb:movie:194"
    assert title.other_ids == ("imdb:tt0211915",)
    assert title.year == 2001
    assert title.overview == "She decides to help."
    assert title.genres == ("Science Fiction", "Comedy", "Fantasy")
    assert title.stars == ("Audrey Tautou",)
    assert title.certification is None
    assert title.countries == ("FR", "DE")
    assert title.language == "fr"
    assert title.popularity is None
    assert title.poster_url == "https://image.tmdb.org/t/p/w500/a.jpg"


def test_the_rating_with_more_weight_of_votes_is_taken_as_a_pair() -> None:
    assert title_from_row(DIRTY).rating == Rating(8.3, 776_000, "IMDb")
    fewer = DIRTY | {"vote_count": "20000", "imdb_votes": "1000"}
    assert title_from_row(fewer).rating == Rating(7.9, 20_000, "TMDB")


def test_a_newer_list_of_services_overrules_an_older_one_where_it_asked() -> None:
    """JustWatch's list knows Netflix and does not name it: it is gone. It does not know Hulu: it stays."""
    assert title_from_row(DIRTY).availability == (
        Availability("Hulu", "US", "2021"),
        Availability("HBO Max", "US", "2022"),
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"type": "movie"}, "no title"),
        ({"type": "radio", "title": "X"}, "type is 'radio'"),
        ({"title": "X"}, "type is None"),
        ({"type": "tv", "title": "x" * 301}, "301 characters"),
        (["a"], "must be an object"),
    ],
)
def test_what_cannot_be_a_title_says_why(row: Any, reason: str) -> None:
    with pytest.raises(MalformedRow, match=reason):
        title_from_row(row)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(sorted({*DIRTY, "services", "moods", "seasons"})), json_values))
def test_any_row_is_a_title_or_a_malformed_row(row: dict[str, Any]) -> None:
    try:
        title = title_from_row({"type": "movie", "title": "A", **row})
    except MalformedRow:
        return
    assert title.name == clean(title.name) != ""


@given(st.text())
def test_cleaning_is_idempotent_and_leaves_no_control_characters(text: str) -> None:
    once = clean(text)
    assert all(char.isprintable() for char in once.replace("\u3000", " "))
    assert clean(once.replace("&", "")) == once.replace("&", "").strip() or "  " in once.replace("&", "")


def test_slugs_fold_accents() -> None:
    assert made_up_id(MediaType.TV, "Shōgun: Part 1", 2024) == "matinee:tv:shogun-part-1-2024"


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return path


def test_broken_rows_are_counted_with_their_line(tmp_path: Path) -> None:
    path = write(
        tmp_path / "c.jsonl",
        [{"type": "movie", "title": "A", "year": 1}, "", "{broken", {"type": "movie"}, "[]"],
    )
    catalogue = read_catalogue([path])
    assert [title.name for title in catalogue.titles] == ["A"]
    assert [(name, line) for name, line, _ in catalogue.report.refused] == [
        ("c.jsonl", 3),
        ("c.jsonl", 4),
        ("c.jsonl", 5),
    ]
    assert catalogue.report.summary(1) == "1 title from 4 rows, 3 broken rows left out"


def test_duplicates_merge_by_id_by_name_and_year_and_series_by_cast(tmp_path: Path) -> None:
    cast = ["Bryan Cranston", "Aaron Paul", "Anna Gunn"]
    path = write(
        tmp_path / "c.jsonl",
        [
            {"type": "movie", "title": "Heat", "year": 1995, "tmdb": 949},
            {"type": "movie", "title": "HEAT", "year": 1995, "imdb": "tt0113277", "runtime": 170},
            {"type": "movie", "title": "Heat", "year": 1986, "tmdb": 1},
            {"type": "tv", "title": "Breaking Bad", "year": 2008, "cast": cast, "imdb": "tt0903747"},
            {"type": "tv", "title": "Breaking Bad", "year": 2013, "cast": cast[:2], "certification": "TV-MA"},
        ],
    )
    heat, older, series = read_catalogue([path]).titles
    assert (heat.id, heat.other_ids, heat.runtime_minutes) == ("tmdb:movie:949", ("imdb:tt0113277",), 170)
    assert older.year == 1986
    assert (series.year, series.certification, series.media_type) == (2008, "TV-MA", MediaType.TV)


def test_namesakes_with_other_ids_stay_apart(tmp_path: Path) -> None:
    rows = [{"type": "movie", "title": "Pulse", "year": 2001, "tmdb": number} for number in (1, 2)]
    assert len(read_catalogue([write(tmp_path / "c.jsonl", rows)]).titles) == 2


def test_an_inferred_id_stands_back() -> None:
    """The dump marks TMDB ids that it inferred from the title alone: they match, but lead nowhere."""
    title = title_from_row(DIRTY | {"tmdb_by": "unique-title"})
    assert (title.id, title.other_ids) == ("imdb:tt0211915", ("tmdb:movie:194",))
    assert title.url == "https://www.imdb.com/title/tt0211915/"


def test_services_without_a_date_or_a_country_are_left_out() -> None:
    given = [
        {"name": "Netflix", "region": "US", "as_of": "2022-07"},
        {"name": "Hulu", "region": "\ud800", "as_of": "2022"},
        {"name": "Hulu", "as_of": "2022|x"},
        {"name": "Nobody's", "as_of": "2022"},
        "Netflix",
    ]
    title = title_from_row(DIRTY | {"services": given})
    assert title.availability == (Availability("Netflix", "US", "2022-07"),)


def test_a_mark_of_byte_order_and_a_huge_number_are_no_end_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    huge = '{"year": ' + "9" * 5000 + "}"
    rows = ['{"type": "movie", "title": "A"}', huge, '{"type": "movie", "title": "B"}']
    path.write_text("\ufeff" + "\n".join(rows), "utf-8")
    catalogue = read_catalogue([path])
    assert [title.name for title in catalogue.titles] == ["A", "B"]
    assert [line for _, line, _ in catalogue.report.refused] == [2]


def test_a_gzip_file_cut_short_is_an_error_not_a_short_catalogue(tmp_path: Path) -> None:
    whole = gzip.compress(b'{"type": "movie", "title": "A"}\n' * 2000)
    path = tmp_path / "c.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CatalogueError, match="truncated or damaged"):
        read_catalogue([path])


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"not json\n"])
def test_a_file_without_titles_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(content)
    with pytest.raises(CatalogueError, match="no title in"):
        read_catalogue([path])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="nowhere"):
        fingerprint([tmp_path / "nowhere.jsonl"])


def catalogue_row(**values: Any) -> dict[str, Any]:
    return {"type": "movie", "title": "Amber", "year": 2001, **values}


@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["movie", "tv"]), "title": st.text(min_size=1, max_size=20)},
        optional={
            "year": st.integers(1870, 2100),
            "tmdb": st.integers(1, 10**6),
            "imdb": st.from_regex(r"\Att[0-9]{7}\Z"),
            "tmdb_by": st.just("unique-title"),
            "genres": st.lists(st.sampled_from(["Drama", "scifi", "Sci-Fi & Fantasy"])),
            "moods": st.lists(st.text(max_size=8), max_size=3),
            "overview": st.text(max_size=40),
            "tagline": st.text(max_size=20),
            "keywords": st.lists(st.text(max_size=8), max_size=3),
            "cast": st.lists(st.text(max_size=8), max_size=3),
            "runtime": st.integers(-5, 2_000),
            "countries": st.lists(st.sampled_from(["France", "US", "XX"]), max_size=3),
            "language": st.sampled_from(["French", "cn", "?"]),
            "certification": st.sampled_from(["R", "pg13", "90 min"]),
            "providers": st.lists(st.sampled_from(["Netflix", "HBO Max"]), max_size=2),
            "vote_average": st.floats(0, 10),
            "vote_count": st.integers(0, 10**6),
            "imdb_score": st.floats(0, 10),
            "popularity": st.floats(0, 100),
            "poster_path": st.sampled_from(["/a.jpg", "b.jpg"]),
            "trailer": st.sampled_from(["https://www.youtube.com/watch?v=BdJKm16Co6M", "javascript:x"]),
            "as_of": st.sampled_from(["2025-06-15", "today"]),
            "asked": st.lists(st.sampled_from(["US", "Germany", "XX"]), max_size=3),
        },
    )
)
def test_a_title_comes_back_from_its_row(row: dict[str, Any]) -> None:
    """What is kept of a title is read as the same title, also by way of JSON."""
    with suppress(MalformedRow):
        title = title_from_row(row)
        again = title_from_row(json.loads(json.dumps(row_of(title))))
        assert again == title
        assert again.asked == title.asked


def test_what_tmdb_said_last_overrules_older_facts_but_not_our_texts() -> None:
    """The bundled row comes first; id, overview and moods stay, everything else is TMDB's."""
    bundled = title_from_row(
        catalogue_row(
            imdb="tt0000001",
            overview="Ours.",
            moods=["dry"],
            providers=["Hulu"],
            cast=["A"],
            vote_average=5.0,
            vote_count=9_000,
            directors=["B"],
        )
    )
    fetched = title_from_row(
        catalogue_row(
            year=2002,
            tmdb=7,
            imdb="tt0000001",
            overview="Theirs.",
            tagline="Theirs too.",
            services=[{"name": "Netflix", "region": "GB", "as_of": "2025-06-15"}],
            cast=["C"],
            vote_average=8.0,
            vote_count=20,
            trailer="https://www.youtube.com/watch?v=BdJKm16Co6M",
            as_of="2025-06-15",
            asked=["GB", "US"],
        )
    )
    (title,) = merge_duplicates([bundled, fetched])
    assert title.id == "imdb:tt0000001"
    assert title.other_ids == ("tmdb:movie:7",)
    assert (title.overview, title.moods, title.tagline) == ("Ours.", ("dry",), "Theirs too.")
    assert (title.year, title.stars, title.directors) == (2002, ("C",), ("B",))
    assert title.rating == Rating(8.0, 20, "TMDB")
    assert title.availability == (Availability("Netflix", "GB", "2025-06-15"),)
    assert title.trailer_url is not None
    assert title.as_of == "2025-06-15"
    (turned,) = merge_duplicates([fetched, bundled])
    assert (turned.overview, turned.rating, turned.availability) == (
        title.overview,
        title.rating,
        title.availability,
    )


def test_a_title_that_had_no_id_keeps_the_one_that_it_is_known_by() -> None:
    bundled = title_from_row(catalogue_row(overview="Ours.", moods=["dry"]))
    fetched = title_from_row(catalogue_row(tmdb=7, as_of="2025-06-15", title="AMBER"))
    (title,) = merge_duplicates([bundled, fetched])
    assert title.ids == ("matinee:movie:amber-2001", "tmdb:movie:7")
    assert title.url == "https://www.themoviedb.org/movie/7"


def test_only_lists_of_countries_that_tmdb_was_asked_for_are_overruled() -> None:
    """Where it was asked and told of no service, the title is on none."""

    def on_netflix(day: str, *regions: str, **more: Any) -> Title:
        services = [{"name": "Netflix", "region": region, "as_of": day} for region in regions]
        return title_from_row(catalogue_row(services=services, **more))

    older = on_netflix("2022", "US", "GB", "FR")
    fetched = on_netflix("2025-06-15", "DE", "GB", as_of="2025-06-15", asked=["DE", "FR", "GB"])
    for titles in ([older, fetched], [fetched, older]):
        (title,) = merge_duplicates(titles)
        services = {(item.region, item.as_of) for item in title.availability}
        assert services == {("US", "2022"), ("GB", "2025-06-15"), ("DE", "2025-06-15")}
        assert title.asked == ("DE", "FR", "GB")


def test_services_of_several_regions_stand_side_by_side() -> None:
    def on_netflix(*regions: str) -> Title:
        services = [{"name": "Netflix", "region": region, "as_of": "2024"} for region in regions]
        return title_from_row(catalogue_row(services=services))

    (title,) = merge_duplicates([on_netflix("US", "GB"), on_netflix("DE")])
    assert {item.region for item in title.availability} == {"US", "GB", "DE"}


def test_whoever_merges_can_be_told_which_rows_went_where() -> None:
    titles = [title_from_row(catalogue_row(title=name)) for name in ("Amber", "Birch", "amber")]
    told: list[tuple[int, str]] = []
    merge_duplicates(titles, lambda place, title: told.append((place, title.name)))
    assert told == [(2, "Amber")]
