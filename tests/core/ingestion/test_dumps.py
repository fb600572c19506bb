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

from core.catalog.bundle import bundled_files
from core.catalog.reader import lines_of
from core.catalog.rows import row_of, title_from_row
from core.domain import Availability, MediaType, Rating, Title
from core.errors import CatalogueError, MalformedRow
from core.ingestion.dumps import DumpReport, read_dump
from core.ingestion.guessing import guessed
from core.ingestion.records import Broken, Record, records_of
from tests.conftest import SHARED

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
        (b"[]", "no title in .*it has no entries"),
        (b"title,year\n", "no title in .*it has no entries"),
        (b'{"results": [\n  {"title": "A"},\n  {"title": ', "no title in .*line 1: not JSON"),
        (b'title,"year\nAmber,1990\n', "no title in .*the header is not whole"),
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
ENTRIES = st.dictionaries(st.text(max_size=5), JSON, max_size=3)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(ENTRIES, st.none() | st.integers(1, 9)), min_size=2, max_size=6))
def test_lines_of_json_that_are_cut_short_cost_no_other(
    tmp_path: Path, entries: list[tuple[dict[str, Any], int | None]]
) -> None:
    """Wherever in the file they stand, and however much of their ends is missing."""
    lines = [
        json.dumps(entry) if less is None else json.dumps(entry)[:-less] or "{" for entry, less in entries
    ]
    found = {one.line: one for one in records_of(written(tmp_path / "d.jsonl", "\n".join(lines)))}
    assert sorted(found) == list(range(1, len(lines) + 1))
    for number, (entry, less) in enumerate(entries, start=1):
        record = found[number]
        assert isinstance(record, Broken if less else Record)
        assert not isinstance(record, Record) or json.dumps(record.values) == json.dumps(entry)


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


TMDB_SERIES_OF_KAGGLE = (
    "id,name,number_of_seasons,number_of_episodes,original_language,vote_count,vote_average,overview,adult,"
    "backdrop_path,first_air_date,last_air_date,homepage,in_production,original_name,popularity,poster_path,"
    "type,status,tagline,genres,created_by,languages,networks,origin_country,spoken_languages,"
    "production_companies,production_countries,episode_run_time"
)
TMDB_FILMS_OF_KAGGLE = (
    "id,title,vote_average,vote_count,status,release_date,revenue,runtime,adult,backdrop_path,budget,"
    "homepage,imdb_id,original_language,original_title,overview,popularity,poster_path,tagline,genres,"
    "production_companies,production_countries,spoken_languages,keywords"
)


def one_row(header: str, **values: str) -> str:
    """A table of one row, in which what is not given is empty."""
    names = header.split(",")
    assert values.keys() <= set(names)
    return table([names, [values.get(name, "") for name in names]])


def kaggle_series(**values: str) -> str:
    return one_row(
        TMDB_SERIES_OF_KAGGLE,
        **{
            "id": "900001",
            "name": "Amber Bay",
            "number_of_seasons": "3",
            "original_language": "en",
            "vote_count": "812",
            "vote_average": "7.45",
            "adult": "False",
            "first_air_date": "2011-04-17",
            "original_name": "Amber Bay",
            "popularity": "12.5",
            "poster_path": "/amber.jpg",
            "type": "Scripted",
            "genres": "Sci-Fi & Fantasy, Drama",
            "created_by": "Ada One, Bo Two",
            "origin_country": "GB",
            "production_countries": "United Kingdom",
            "episode_run_time": "52",
        }
        | values,
    )


def test_kaggles_series_are_series_whatever_their_kind(tmp_path: Path) -> None:
    """TMDB's `type` of a series is Scripted, Miniseries, Reality…, which names neither films nor series."""
    for kind in ("Scripted", "Miniseries", "Documentary", "Reality", "Talk Show", "News", "Video"):
        dump = written(tmp_path / "TMDB_tv_dataset_v3.csv", kaggle_series(type=kind))
        (title,), report = read(dump)
        assert title.id == "tmdb:tv:900001"
        assert (title.label, title.seasons, title.runtime_minutes) == ("Amber Bay (2011)", 3, 52)
        assert title.genres == ("Science Fiction", "Fantasy", "Drama")
        assert title.creators == ("Ada One", "Bo Two")
        assert title.countries == ("GB",)
        assert title.language == "en"
        assert title.rating == Rating(7.45, 812, "TMDB")
        assert title.poster_url == "https://image.tmdb.org/t/p/w500/amber.jpg"
        assert report.refused == []


def test_kaggles_films_are_known(tmp_path: Path) -> None:
    content = one_row(
        TMDB_FILMS_OF_KAGGLE,
        id="900002",
        title="Birch Road",
        vote_average="8.1",
        vote_count="3400",
        status="Released",
        release_date="2010-07-15",
        runtime="148",
        adult="False",
        imdb_id="tt9000002",
        original_language="en",
        genres="Action, Science Fiction",
        production_countries="United Kingdom, United States of America",
        keywords="dream, heist",
    )
    (title,), report = read(written(tmp_path / "TMDB_movie_dataset_v11.csv", content))
    assert title.ids == ("tmdb:movie:900002", "imdb:tt9000002")
    assert (title.label, title.runtime_minutes) == ("Birch Road (2010)", 148)
    assert title.genres == ("Action", "Science Fiction")
    assert title.countries == ("GB", "US")
    assert title.keywords == ("dream", "heist")
    assert title.rating == Rating(8.1, 3_400, "TMDB")
    assert report.refused == []


def test_what_is_constant_is_read_from_no_column(tmp_path: Path) -> None:
    dump = written(tmp_path / "d.csv", "title,type,language\nAmber,Kurzserie,de\n")
    columns = written(tmp_path / "c.toml", '[constants]\ntype = "tv"\nlanguage = "fr"\n')
    (title,), _ = read(dump, columns)
    assert title.media_type is MediaType.TV
    assert title.language == "fr"


def test_a_column_that_is_named_is_read_for_that_field_alone(tmp_path: Path) -> None:
    dump = written(tmp_path / "d.csv", "title,rating\nAmber,8.5\nBirch,7\n")
    columns = written(tmp_path / "c.toml", '[columns]\nvote_average = "rating"\n')
    (amber, _), report = read(dump, columns)
    assert amber.rating == Rating(8.5, None, "TMDB")
    assert report.notes == []


FOREIGN = {
    "type": "movie",
    "title": "Amber",
    "release_year": 1990,
    "tmdb_id": 7,
    "description": "Slow.",
    "director": "Ada One",
}


@pytest.mark.parametrize(
    "first", [{}, {"type": "movie", "title": "Birch", "year": 1991, "genres": ["Drama"]}]
)
def test_rows_with_our_kinds_and_foreign_names_lose_nothing(tmp_path: Path, first: dict[str, Any]) -> None:
    rows = [row for row in (first, FOREIGN) if row]
    titles, report = read(written(tmp_path / "d.json", json.dumps(rows)))
    title = titles[-1]
    assert title.id == "tmdb:movie:7"
    assert title.label == "Amber (1990)"
    assert title.overview == "Slow."
    assert title.directors == ("Ada One",)
    assert [one.year for one in titles[:-1]] == [1991] * (len(titles) - 1)
    assert report.lines() == []


def test_a_table_with_our_kinds_and_foreign_names_is_read(tmp_path: Path) -> None:
    (title,), _ = read(written(tmp_path / "d.csv", "type,name,release_year\nmovie,Amber,1990\n"))
    assert title.label == "Amber (1990)"


def test_films_and_series_of_one_list_have_names_of_their_own(tmp_path: Path) -> None:
    """As TMDB's search over both gives them."""
    rows = [
        {"media_type": "movie", "title": "Amber", "release_date": "1990-01-01", "original_title": "Ambre"},
        {"media_type": "tv", "name": "Birch", "first_air_date": "1991-01-01", "original_name": "Bouleau"},
    ]
    titles, _ = read(written(tmp_path / "d.json", json.dumps({"results": rows})))
    assert [(one.media_type, one.label) for one in titles] == [
        (MediaType.MOVIE, "Amber (1990)"),
        (MediaType.TV, "Birch (1991)"),
    ]


def test_every_row_of_ours_is_the_same_title_as_a_dump() -> None:
    for file in bundled_files():
        rows = [json.loads(line) for _, line in lines_of(file)]
        for row in rows:
            as_dump = guessed(row, "dump.jsonl", [row]).row(row)
            assert title_from_row(as_dump) == title_from_row(row)


def test_a_title_written_out_comes_back_as_a_dump() -> None:
    """With every field that a row of ours has."""
    row = {
        "type": "tv",
        "title": "Amber",
        "year": 1990,
        "tmdb": 7,
        "imdb": "tt0000007",
        "tmdb_by": "unique-title",
        "genres": ["Drama"],
        "moods": ["dry"],
        "overview": "Slow.",
        "tagline": "Slower.",
        "directors": ["Ada One"],
        "creators": ["Bo Two"],
        "cast": ["Cy Three"],
        "runtime": 50,
        "seasons": 2,
        "countries": ["FR"],
        "language": "fr",
        "keywords": ["rain"],
        "services": [{"name": "Netflix", "region": "FR", "as_of": "2024-05-01"}],
        "certification": "TV-14",
        "popularity": 3.5,
        "poster_path": "/a.jpg",
        "trailer": "https://www.youtube.com/watch?v=abcdefg",
        "as_of": "2024-05-01",
        "asked": ["FR"],
        "vote_average": 7.5,
        "vote_count": 10,
    }
    columns = guessed(row, "dump.jsonl", [row])
    assert row_of(title_from_row(columns.row(row))) == row_of(title_from_row(row)) == row
    assert columns.notes == ()


def test_what_is_not_read_is_told(tmp_path: Path) -> None:
    dump = written(tmp_path / "d.csv", ",title,year,budget,Kritik\n0,Amber,1990,7,gut\n")
    _, report = read(dump)
    assert report.lines() == ["not read: budget, Kritik"]


def test_a_film_called_unknown_keeps_its_name(tmp_path: Path) -> None:
    (title,), _ = read(written(tmp_path / "d.csv", "title,year,director\nUnknown,2011,unknown\n"))
    assert (title.label, title.directors) == ("Unknown (2011)", ())


def test_a_name_that_is_a_year_in_brackets_stays(tmp_path: Path) -> None:
    (title,), _ = read(written(tmp_path / "d.csv", "title,year\n(1999),2001\n"))
    assert title.label == "(1999) (2001)"


def test_a_broken_first_line_costs_no_other(tmp_path: Path) -> None:
    lines = ['{"title": "Amber", "year": ', '{"title": "Birch"}', "", "{oh", '{"title": "Cedar"},', '["x"]']
    titles, report = read(written(tmp_path / "d.jsonl", "\n".join(lines) + "\n"))
    assert [title.name for title in titles] == ["Birch", "Cedar"]
    assert [line for line, _ in report.refused] == [1, 4, 6]


def test_objects_over_several_lines_may_follow_one_another(tmp_path: Path) -> None:
    content = "".join(json.dumps({"title": name}, indent=2) + "\n" for name in ("Amber", "Birch"))
    assert [title.name for title in read(written(tmp_path / "d.json", content))[0]] == ["Amber", "Birch"]


@pytest.mark.parametrize("indent", [None, 2])
def test_an_object_is_a_title_or_holds_a_list_of_them(tmp_path: Path, indent: int | None) -> None:
    """Whatever else it holds: the longest list of a title is its companies, that of a page its languages."""
    one = {"name": "Amber", "genres": [{"name": "Drama"}], "networks": [{"name": "A"}, {"name": "B"}]}
    page = {"page": 1, "languages": ["en", "fr", "de"], "results": [one, one | {"name": "Birch"}]}
    for content, names in ((one, ["Amber"]), (page, ["Amber", "Birch"])):
        titles, _ = read(written(tmp_path / "d.json", json.dumps(content, indent=indent)))
        assert [title.name for title in titles] == names


@pytest.mark.parametrize(
    ("form", "label", "identifier"),
    [
        ("movie-details", "Fight Club (1999)", "tmdb:movie:550"),
        ("tv-details", "Game of Thrones (2011)", "tmdb:tv:1399"),
    ],
)
def test_tmdbs_own_answers_are_read(form: str, label: str, identifier: str) -> None:
    path = SHARED / "tmdb_responses" / f"{form}.json"
    if not path.is_file():
        pytest.skip("no captured responses here")
    (title,), _ = read(path)
    assert (title.label, title.id) == (label, identifier)
    assert title.genres
    assert title.countries
    assert title.rating
    assert title.media_type is MediaType.MOVIE or title.seasons == 8


@pytest.mark.parametrize(
    "content",
    [
        {
            "id": 1,
            "cast": [{"id": 2, "name": "Ada", "original_name": "Ada", "popularity": 3, "adult": False}],
        },
        {"genres": [{"id": 28, "name": "Action"}]},
        {"results": [{"id": 3, "name": "Trailer 2", "type": "Trailer", "site": "YouTube"}]},
    ],
)
def test_names_of_people_genres_and_trailers_are_no_titles(tmp_path: Path, content: dict[str, Any]) -> None:
    with pytest.raises(CatalogueError, match="is known to hold titles"):
        read(written(tmp_path / "d.json", json.dumps(content)))


@pytest.mark.parametrize(
    ("file_name", "service"),
    [
        ("amazon_prime_titles.csv", "Amazon Prime Video"),
        ("netflix_titles.csv", "Netflix"),
        ("disney_plus_titles.csv", "Disney Plus"),
        ("hulu_titles.csv", "Hulu"),
    ],
)
def test_a_list_without_dates_is_of_the_year_it_was_made_in(
    tmp_path: Path, file_name: str, service: str
) -> None:
    header = "show_id,type,title,country,date_added,release_year,rating,duration,listed_in,description"
    content = one_row(header, show_id="s1", type="Movie", title="Amber", release_year="2014", rating="13+")
    (title,), _ = read(written(tmp_path / file_name, content))
    assert title.availability == (Availability(service, "US", "2021"),)
    assert title.certification == "13+"


@pytest.mark.parametrize(
    ("constants", "message"),
    [
        ('service = "Netlix"\nas_of = "2024"', "no streaming service 'Netlix'"),
        ('service = "Netflix"', "needs as_of"),
        ('service = "Netflix"\nas_of = "May 2024"', "needs as_of"),
    ],
)
def test_a_service_that_could_not_be_kept_is_told(tmp_path: Path, constants: str, message: str) -> None:
    dump = written(tmp_path / "d.csv", "title\nAmber\n")
    with pytest.raises(CatalogueError, match=message):
        read(dump, written(tmp_path / "c.toml", f"[constants]\n{constants}\n"))


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("/123.jpg", "/123.jpg"),
        ("https://image.tmdb.org/t/p/original/123.jpg", "/123.jpg"),
        ("https://example.com/posters/123.jpg", None),
        ("https://example.com/image.tmdb.org/t/p/w500/123.jpg", None),
        ("https://image.tmdb.org.example.com/t/p/w500/123.jpg", None),
        ("posters/123.jpg", None),
        ("/home/me/123.jpg", None),
    ],
)
def test_a_poster_is_taken_from_where_tmdb_has_it_alone(
    tmp_path: Path, address: str, taken: str | None
) -> None:
    (title,), _ = read(written(tmp_path / "d.csv", f"title,poster\nAmber,{address}\n"))
    assert title.poster_url == (taken and f"https://image.tmdb.org/t/p/w500{taken}")


def test_a_rating_in_numbers_is_left_out_with_a_word(tmp_path: Path) -> None:
    """A mean of 0 to 5, to 10 or to 100 looks alike, and none of them is for an age."""
    (title, _), report = read(written(tmp_path / "d.csv", "title,rating\nAmber,4.5\nBirch,\n"))
    assert title.rating is None
    assert report.lines() == [
        "left out: column 'rating', which holds numbers; if they are means of 0 to 10, give --columns a "
        'TOML file with vote_average = "rating" under [columns]'
    ]
    assert report.summary() == "2 titles from 2 records"
    (title, _), report = read(written(tmp_path / "e.csv", "title,rating\nAmber,PG-13\nBirch,12\n"))
    assert (title.certification, report.lines()) == ("PG-13", [])


def test_an_id_of_imdb_is_no_score(tmp_path: Path) -> None:
    (title,), _ = read(written(tmp_path / "d.csv", "title,imdb\nAmber,tt0000009\n"))
    assert (title.id, title.rating) == ("imdb:tt0000009", None)


PLAIN = 'TITLE,Year,Overview\nAmélie,2001,"Two\nlines, and ""more"""\nBirch,1990,plain\n'


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        b"\n" + PLAIN.encode(),
        b"\n\n \n" + PLAIN.encode(),
        b"\r\n" + PLAIN.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.encode("cp1252"),
        PLAIN.encode("utf-16"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        PLAIN.replace("\n", "\r\n").encode("utf-16"),
        PLAIN.replace("\n", "\r\n").encode("cp1252"),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace("\n", "\r").replace("Two\r", "Two\n").encode(),
        PLAIN.replace("\n", "\r").encode("utf-16"),
        PLAIN.replace(",", ";").replace("lines;", "lines,").encode(),
        PLAIN.replace(",", "\t").replace("lines\t", "lines,").encode(),
        PLAIN.replace("Overview", '"Overview"').encode(),
        PLAIN.replace("Overview", '" Overview\n"').encode(),
        PLAIN.replace(",", ";").replace("lines;", "lines,").replace("Year", '"Year"').encode(),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_odd_forms_of_a_table_hold_the_same(tmp_path: Path, content: bytes, zipped: bool) -> None:
    path = written(tmp_path / "d.csv", gzip.compress(content) if zipped else content)
    (first, second), report = read(path)
    assert (first.label, second.label) == ("Amélie (2001)", "Birch (1990)")
    assert first.overview == 'Two lines, and "more"'
    assert report.lines() == []


def test_commas_within_a_columns_name_do_not_part_it(tmp_path: Path) -> None:
    dump = written(tmp_path / "d.csv", 'title;year;"a, b, c, d"\nAmber;1990;x\n')
    assert [title.label for title in read(dump)[0]] == ["Amber (1990)"]
