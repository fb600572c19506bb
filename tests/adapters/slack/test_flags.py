"""Words and flags behind a command."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.flags import Wish, read_flags
from core.domain import SearchFilters
from core.errors import InvalidRequest
from core.vocabulary.genres import GENRES
from core.vocabulary.services import SERVICES


def test_words_and_every_common_flag() -> None:
    wish = read_flags(
        "dark comedies genre:comedy year:1990-1999 on:netflix rating:7 type:film lang:danish without:horror "
        'length:120 with:"Bill Murray" like:"In Bruges"'
    )
    assert wish.text == "dark comedies"
    assert wish.filters.as_dict() == {
        "media_type": "movie",
        "genres": ["Comedy"],
        "exclude_genres": ["Horror"],
        "providers": ["Netflix"],
        "year_from": 1990,
        "year_to": 1999,
        "max_runtime": 120,
        "min_rating": 7.0,
        "languages": ["da"],
        "people": ["Bill Murray"],
        "like_titles": ["In Bruges"],
    }
    assert not wish.private


@pytest.mark.parametrize(
    ("text", "words", "filters"),
    [
        ("", "", {}),
        ("something slow", "something slow", {}),
        ("genre:comedy,sci-fi", "", {"genres": ["Comedy", "Science Fiction"]}),
        ("genre:comedy genre:crime", "", {"genres": ["Comedy", "Crime"]}),
        ("comedies genre:comedy, nothing gory", "comedies nothing gory", {"genres": ["Comedy"]}),
        ('on:"Amazon Prime",hulu', "", {"providers": ["Amazon Prime Video", "Hulu"]}),
        ('with:"Bill Murray",“Tilda Swinton”', "", {"people": ["Bill Murray", "Tilda Swinton"]}),
        ('like:"Crazy, Stupid, Love"', "", {"like_titles": ["Crazy, Stupid, Love"]}),
        ("like:“Romeo &amp; Juliet” but happy", "but happy", {"like_titles": ["Romeo & Juliet"]}),
        ("year:1994", "", {"year_from": 1994, "year_to": 1994}),
        ("year:1990s", "", {"year_from": 1990, "year_to": 1999}),
        ("year:2010-", "", {"year_from": 2010}),
        ("year:-1950", "", {"year_to": 1950}),
        ('year:"since 2010"', "", {"year_from": 2010}),
        ("length:90-120", "", {"min_runtime": 90, "max_runtime": 120}),
        ("length:90-", "", {"min_runtime": 90}),
        ("length:100min", "", {"max_runtime": 100}),
        ("rating:7.5+", "", {"min_rating": 7.5}),
        ("TYPE:Series", "", {"media_type": "tv"}),
        ("age:pg13 country:usa", "", {"countries": ["US"], "max_certification": "PG-13"}),
        ("popularity:hidden_gems", "", {"popularity": "hidden_gems"}),
        ('not-with:"Adam Sandler"', "", {"exclude_people": ["Adam Sandler"]}),
        ("except:Fargo services:mubi by:Coen", "", {
            "exclude_titles": ["Fargo"], "providers": ["MUBI"], "people": ["Coen"],
        }),
        ("foo:bar at 20:30 https://a.b/genre:x", "foo:bar at 20:30 https://a.b/genre:x", {}),
        ('a "genre:comedy" (year:1990)', 'a "genre:comedy" (year:1990)', {}),
    ],
)  # fmt: skip
def test_what_people_write(text: str, words: str, filters: dict[str, Any]) -> None:
    wish = read_flags(text)
    assert wish.text == words
    assert wish.filters.as_dict() == filters


def test_an_answer_can_be_for_the_asker_alone() -> None:
    assert read_flags("comedies private:yes") == Wish("comedies", SearchFilters(), private=True)
    assert not read_flags("comedies private:no").private


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("genre:comdy", "genre: no genre is called 'comdy'; did you mean Comedy"),
        ("on:netflicks", "on: no service is called 'netflicks'; did you mean Netflix"),
        ("lang:klingonish", "lang: no language is called 'klingonish'"),
        ("year:ninety", "year cannot be 'ninety'; write it like year:1990-1999"),
        ("year:film", "year cannot be 'film'; write it like year:1990-1999"),
        ("year:3000", "year cannot be '3000'; write it like year:1990-1999"),
        ("year:1999-1990", "year: the earliest year 1999 is after the latest year 1990; swap them"),
        ("year:1990,1994", "year cannot be '1990,1994'; write it like year:1990-1999"),
        ("year:1990 years:1991", "years is given twice"),
        ("type:1990", "type cannot be '1990'; write it like type:film or type:series"),
        ("rating:good", "rating cannot be 'good'; write it like rating:7"),
        ("rating:11", "rating cannot be '11'; write it like rating:7 (from 0 to 10)"),
        ("length:short", "length cannot be 'short'; write it like length:120"),
        ("age:pg13,r", "age cannot be 'pg13,r'; write it like age:PG-13"),
        ("popularity:so-so", "popularity cannot be 'so-so'; write it like popularity:popular"),
        ("genre: comedy", "genre needs a value right behind it; write it like genre:comedy,crime"),
        ('with:""', 'with needs a value right behind it; write it like with:"Bill Murray"'),
        ('with:"Bill Murray', "with has a quotation mark that is not closed"),
        ('year:","', "year cannot be ','; write it like year:1990-1999"),
        ("private:maybe", "private cannot be 'maybe'; write it like private:yes"),
        ("genre:comedy without:comedies", "Comedy is both wanted and unwanted"),
    ],
)
def test_what_cannot_be_read_is_named_with_how_it_is_written(text: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_flags(f"a film {text}")
    assert words in str(refused.value)


PIECES = st.sampled_from(
    [
        *("genre:", "year:", "on:", "with:", "like:", "private:", "type:", "length:", "foo:"),
        *("comedy", "1990", "Bill Murray", "netflix", "film", "yes", "&amp;", "<https://a.b|x>"),
        *('"', "“", ",", " ", "-", ":", "7"),
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=40))
@settings(deadline=None)
def test_whatever_is_written_is_read_or_refused_in_words(text: str) -> None:
    try:
        wish = read_flags(text)
    except InvalidRequest:
        return
    assert wish.text == " ".join(wish.text.split())


@given(
    st.lists(st.sampled_from(GENRES.canonical), unique=True, max_size=3),
    st.lists(st.sampled_from(SERVICES.canonical), unique=True, max_size=3),
    st.integers(1900, 2030),
    st.sampled_from(["", "something slow", "a 7:30 film"]),
)
@settings(deadline=None)
def test_what_is_written_out_is_read_back(
    genres: list[str], services: list[str], year: int, words: str
) -> None:
    flags = [f'genre:"{genre}"' for genre in genres] + [f'on:"{service}"' for service in services]
    wish = read_flags(" ".join([*flags, words, f"year:{year}"]))
    expected = SearchFilters(genres=tuple(genres), providers=tuple(services), year_from=year, year_to=year)
    assert wish == Wish(words, expected)
