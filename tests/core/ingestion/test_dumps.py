"""Dumps as they are: every form, every dirt, and each line accounted for."""

import csv
import gzip
import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.catalog.rows import title_from_row
from core.domain import Availability, MediaType, Rating, Title
from core.errors import CatalogueError, MalformedRow
from core.ingestion.columns import guessed
from core.ingestion.dumps import DumpReport, read_dump
from core.ingestion.records import Broken, Record, records_of

TMDB_5000 = (
    ("id", "title", "original_language", "vote_count", "genres", "keywords", "overview", "release_date"),
    (
        "19995",
        "Avatar",
        "en",
        "11800",
        '[{"id": 28, "name": "Action"}]',
        '[{"id": 1463, "name": "culture clash"}]',
        'A "paraplegic" Marine,\nfar away.',
        "2009-12-10",
    ),
)


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def table(rows: Any, delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()


def read(path: Path, columns: Path | None = None) -> tuple[list[Title], DumpReport]:
    return read_dump(path, columns)


@pytest.mark.parametrize("form", ["csv", "tsv", "semicolons", "json", "object", "jsonl"])
@pytest.mark.parametrize("zipped", [False, True])
def test_the_same_titles_come_of_every_form(tmp_path: Path, form: str, zipped: bool) -> None:
    header, *rows = TMDB_5000
    objects = [dict(zip(header, row, strict=True)) for row in rows]
    content = {
        "csv": table(TMDB_5000),
        "tsv": table(TMDB_5000, "\t"),
        "semicolons": table(TMDB_5000, ";"),
        "json": json.dumps(objects, indent=1),
        "object": json.dumps({"results": objects, "page": 1}, indent=1),
        "jsonl": "\n".join(map(json.dumps, objects)),
    }[form].encode()
    path = written(tmp_path / "dump", gzip.compress(content) if zipped else content)
    (title,), report = read(path)
    assert title.id == "tmdb:movie:19995"
    assert title.year == 2009
    assert title.genres == ("Action",)
    assert title.keywords == ("culture clash",)
    assert title.overview == 'A "paraplegic" Marine, far away.'
    assert report.summary() == "1 title from 1 record"


def test_films_and_their_credits_are_joined_by_tmdbs_id(tmp_path: Path) -> None:
    """TMDB 5000 comes in two files; the second has people alone."""
    credit = [("movie_id", "title", "cast", "crew")]
    people = '[{"name": "Sam Worthington"}, {"name": "Zoe Saldana"}]'
    crew = '[{"job": "Editor", "name": "E"}, {"job": "Director", "name": "James Cameron"}]'
    path = written(tmp_path / "tmdb_5000_credits.csv", table([*credit, ("19995", "Avatar", people, crew)]))
    (title,), _ = read(path)
    assert title.id == "tmdb:movie:19995"
    assert title.stars == ("Sam Worthington", "Zoe Saldana")
    assert title.directors == ("James Cameron",)


def test_a_streaming_services_list_is_known_by_its_columns_and_its_name(tmp_path: Path) -> None:
    content = (
        "show_id,type,title,director,cast,country,date_added,release_year,rating,duration,listed_in,description\n"
        's2,TV Show,Blood & Water,,"Ama Qamata, Khosi Ngema",South Africa,"September 24, 2021",2021,TV-MA,'
        '2 Seasons,"International TV Shows, TV Dramas",She crosses paths\n'
    )
    (title,), _ = read(written(tmp_path / "netflix_titles.csv", content))
    assert title.media_type is MediaType.TV
    assert title.seasons == 2
    assert title.runtime_minutes is None
    assert title.certification == "TV-MA"
    assert title.stars == ("Ama Qamata", "Khosi Ngema")
    assert title.availability == (Availability("Netflix", "US", "2021-09-24"),)


def test_a_list_with_a_column_for_each_service_is_known(tmp_path: Path) -> None:
    content = (
        ",ID,Title,Year,Age,IMDb,Rotten Tomatoes,Netflix,Hulu,Prime Video,Disney+,Type\n"
        "0,1,Breaking Bad,2008,18+,9.4/10,100/100,1,0,1,0,1\n"
    )
    (title,), _ = read(written(tmp_path / "tv_shows.csv", content))
    assert title.media_type is MediaType.TV
    assert title.rating == Rating(9.4, None, "IMDb")
    assert [item.service for item in title.availability] == ["Netflix", "Amazon Prime Video"]


def test_imdbs_tables_and_movielens_are_known(tmp_path: Path) -> None:
    basics = (
        "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres\n"
        'tt0133093\tmovie\t"The Matrix\tThe Matrix\t0\t1999\t\\N\t136\tAction,Sci-Fi\n'
        "tt0000001\tshort\tCarmencita\tCarmencita\t0\t1894\t\\N\t1\tShort\n"
        "tt0000002\tmovie\tNot for all\tNot for all\t1\t1999\t\\N\t90\tDrama\n"
    )
    (title,), report = read(written(tmp_path / "title.basics.tsv", basics))
    assert title.id == "imdb:tt0133093"
    assert title.runtime_minutes == 136
    assert title.genres == ("Action", "Science Fiction")
    assert [(line, reason.split(";")[0]) for line, reason in report.refused] == [
        (3, "type is 'short'"),
        (4, "it is marked as for adults"),
    ]
    films = 'movieId,title,genres\n1,Toy Story (1995),Adventure|Animation\n2,"Matrix, The (1999)",Action\n'
    titles, _ = read(written(tmp_path / "movies.csv", films))
    assert [(one.name, one.year) for one in titles] == [("Toy Story", 1995), ("The Matrix", 1999)]


def test_the_bundled_form_is_read_as_it_is(tmp_path: Path) -> None:
    row = {
        "type": "tv",
        "title": "A",
        "moods": ["dry"],
        "providers": ["Netflix"],
        "tmdb_by": "x",
        "imdb": "tt0000009",
    }
    (title,), _ = read(written(tmp_path / "a.jsonl", json.dumps(row)))
    assert title.moods == ("dry",)
    assert [item.service for item in title.availability] == ["Netflix"]


def test_columns_of_ones_own_are_named_in_a_small_file(tmp_path: Path) -> None:
    dump = written(
        tmp_path / "d.csv", "Film;Premiere;Wer;Dauer\nDas Boot;17.9.1981;Prochnow + Grönemeyer;2h 29m\n"
    )
    columns = written(
        tmp_path / "c.toml",
        'separator = "+"\n[columns]\ntitle = "Film"\nyear = "Premiere"\ncast = "Wer"\nruntime = "Dauer"\n'
        '[constants]\ntype = "movie"\nlanguage = "German"\nservice = "MUBI"\nregion = "DE"\n'
        'as_of = "2024-05"\n',
    )
    (title,), _ = read(dump, columns)
    assert title.label == "Das Boot (1981)"
    assert title.stars == ("Prochnow", "Grönemeyer")
    assert title.runtime_minutes == 149
    assert title.language == "de"
    assert title.availability == (Availability("MUBI", "DE", "2024-05"),)


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[columns", "cannot read the columns"),
        ('[columns]\ntitel = "Film"', "there is no field 'titel'"),
        ('[columns]\ntitle = "Movie"', "has no column 'Movie'; it has Film"),
        ("columns = 3", "must be tables"),
        ('[constants]\ntype = "movie"', "known to hold titles"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_told(tmp_path: Path, toml: str, message: str) -> None:
    dump = written(tmp_path / "d.csv", "Film\nDas Boot\n")
    with pytest.raises(CatalogueError, match=message):
        read(dump, written(tmp_path / "c.toml", toml))


def test_each_line_is_accounted_for(tmp_path: Path) -> None:
    """Broken quotes, too few fields, other encodings, nulls and doubles: the lines around them come in."""
    lines = [
        b"\xef\xbb\xbftitle,year,imdb_id,overview",
        b"Amber,1990,tt0000001,plain",
        b'Birch,1991,tt0000002,"never closed',
        b"Cedar,1992,tt0000003,caf\xe9 in cp1252",
        "Dahlia,1993,tt0000004,café in UTF-8".encode(),
        b"Elder,1994",
        b'Fern,1995,tt0000006,"said ""so"", twice"',
        b"AMBER,1990,,the same by name and year",
        b"Gorse,n/a,tt0000001,the same by IMDb",
        b",1999,,no title",
        b"",
        b"Hazel\x00,NaN,null,\\N",
    ]
    titles, report = read(written(tmp_path / "d.csv", b"\r\n".join(lines) + b"\r\n"))
    assert [title.name for title in titles] == ["Amber", "Cedar", "Dahlia", "Fern", "Hazel"]
    assert titles[1].overview == "café in cp1252"
    assert titles[2].overview == "café in UTF-8"
    assert titles[3].overview == 'said "so", twice'
    assert titles[4] == Title("matinee:movie:hazel", MediaType.MOVIE, "Hazel")
    assert report.lines() == [
        "line 3: refused: a quotation mark is not closed where a field ends",
        "line 6: refused: 2 fields where the header has 4",
        "line 8: merged into Amber (1990)",
        "line 9: merged into Amber (1990)",
        "line 10: refused: no title",
    ]
    assert report.summary() == "5 titles from 10 records, 2 merged, 3 refused"


def test_wide_characters_are_read(tmp_path: Path) -> None:
    (title,), _ = read(written(tmp_path / "d.csv", "title,year\nAmélie,2001\n".encode("utf-16")))
    assert title.label == "Amélie (2001)"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"\x00\x01\x02", "is no text"),
        (b"<html><body>Sign in</body></html>", "is a web page"),
        (b"a,b\n1,2\n", "no column of dump is known to hold titles"),
        (b"[]", "no title in"),
        (b"{", "no title in .* not JSON"),
        (b'[{"type": "movie", "title": ""}]', "no title in .*line 1: no title"),
        (gzip.compress(b"title,year\n" + b"A,1999\n" * 9_000, mtime=0)[:60], "truncated or damaged gzip"),
        (gzip.compress(b"title\nA\n", mtime=0)[:-3], "truncated or damaged gzip"),
        (b"\x1f\x8bno gzip at all", "truncated or damaged gzip"),
    ],
)
def test_a_file_that_is_no_dump_has_a_clear_outcome(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(CatalogueError, match=message):
        read(written(tmp_path / "dump", content))


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(CatalogueError, match="cannot read"):
            read(path)


def test_an_array_cut_short_gives_what_was_whole_and_says_where_it_ends(tmp_path: Path) -> None:
    text = '[\n {"title": "A", "type": "movie"},\n {"title": "B", "type": "movie"},\n 7,\n {"title": "C'
    titles, report = read(written(tmp_path / "d.json", text))
    assert [title.name for title in titles] == ["A", "B"]
    assert [line for line, _ in report.refused] == [4, 5]


CELLS = st.text(st.characters(exclude_characters="\0\r", codec="utf-8"), max_size=12)
TABLES = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6)
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TABLES)
def test_whatever_a_table_holds_comes_back_as_it_was(tmp_path: Path, rows: list[list[str]]) -> None:
    """Any text in any field, as the standard library writes it."""
    header = [f"column {place}" for place in range(len(rows[0]))]
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([header, *rows])
    path = written(tmp_path / "d.csv", text.getvalue())
    found = list(records_of(path))
    assert [list(record.values.values()) for record in found if isinstance(record, Record)] == rows


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_records_or_an_error_of_ours(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path / "d", b"title,year\nA,1\n" + content)
    for record in records_of(path):
        assert isinstance(record, (Record, Broken))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3)
    ),
    max_leaves=6,
)
COLUMNS = st.sampled_from(
    (
        "title",
        "type",
        "id",
        "imdb_id",
        "genres",
        "cast",
        "crew",
        "runtime",
        "release_date",
        "rating",
        "Netflix",
    )
)


@given(st.dictionaries(COLUMNS, JSON))
def test_any_record_is_a_row_or_a_malformed_one(values: dict[str, Any]) -> None:
    columns = guessed(["title", *values], "dump.json")
    with suppress(MalformedRow):
        assert title_from_row(columns.row(values)).name
