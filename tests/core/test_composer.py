"""The answer without a model."""

from typing import Any

import pytest

from core.answering.composer import chosen, escaped, filter_chips, opening, reason, sentences_of
from core.domain import (
    Intent,
    MediaType,
    Popularity,
    RankedTitle,
    ScoreBreakdown,
    SearchFilters,
    Title,
    Understanding,
)
from core.retrieval import RELAXATION_ORDER
from tests.scripted import films


def understood(text: str, **filters: object) -> Understanding:
    return Understanding(Intent.RECOMMEND, SearchFilters(**filters), text, text)  # type: ignore[arg-type]


def film(**facts: Any) -> Title:
    return Title("x", MediaType.MOVIE, "X", **facts)


def ranked(title: Title, relevance: float) -> RankedTitle:
    return RankedTitle(title, ScoreBreakdown(relevance, 0, 0, 0, relevance))


@pytest.mark.parametrize(
    ("scores", "count"),
    [([], 0), ([1.0], 1), ([1.0, 0.1, 0.1, 0.1], 3), ([1.0] * 9, 5), ([1, 0.9, 0.8, 0.7], 4)],
)
def test_three_to_five_are_chosen_as_far_as_they_hold_up(scores: list[float], count: int) -> None:
    titles = [ranked(title, score) for title, score in zip(films(len(scores)), scores, strict=True)]
    assert chosen(titles) == titles[:count]


def test_sentences_end_neither_at_initials_nor_at_titles_and_short_ones_join() -> None:
    first = "Paris, 1899. Physicist J. Robert Oppenheimer meets Mr. Strauss in the rain."
    second = "Nobody who was there that night is ever the same."
    assert sentences_of(f"{first} {second}") == [first, second]


def test_a_reason_names_the_mood_that_was_wished_for_and_the_sentence_that_speaks_to_it() -> None:
    title = Title(
        "x",
        MediaType.MOVIE,
        "X",
        overview="Two brothers run a lighthouse on a rock in the northern sea. "
        "The storms outside are nothing beside the silence at their table.",
        moods=("slow-burn", "brooding"),
    )
    assert reason(title, understood("a slow film with storms")) == (
        "Slow-burn. The storms outside are nothing beside the silence at their table."
    )
    assert reason(title, understood("something else")) == (
        "Two brothers run a lighthouse on a rock in the northern sea."
    )


def test_a_sentence_about_him_comes_with_the_one_that_says_who() -> None:
    overview = (
        "Harry mends clocks in a town where time has stopped for good. He hides a gangster under the stairs."
    )
    title = Title("x", MediaType.MOVIE, "X", overview=overview, moods=("odd",))
    assert reason(title, understood("gangster")) == overview


@pytest.mark.parametrize(
    ("title", "line"),
    [
        (
            film(genres=("Action", "Crime"), directors=("A B",), countries=("US", "GB")),
            "An action and crime film by A B.",
        ),
        (
            Title("x", MediaType.TV, "X", genres=("Drama",), language="ko", stars=("C D", "E F", "G H")),
            "A Korean drama series with C D and E F.",
        ),
        (film(genres=("Comedy",), countries=("GB",)), "A comedy film from the United Kingdom."),
        (film(genres=("War",), countries=("DE", "US")), "A war film."),
    ],
)  # fmt: skip
def test_a_title_of_facts_gets_an_honest_line_in_good_english(title: Title, line: str) -> None:
    assert reason(title, understood("anything")) == line


def test_a_wish_is_said_back_only_where_it_stands_in_one_piece() -> None:
    assert (
        opening("dark films from the 90s", understood("dark films"), ()) == "Here is what fits *dark films*:"
    )
    assert "comes closest" in opening(
        "films not on netflix that move me", understood("films that move me"), ()
    )
    assert opening("*x*", understood("*x*"), ()) == r"Here is what fits *\*x\**:"


def test_every_filter_that_may_be_dropped_has_words_for_it() -> None:
    for key in RELAXATION_ORDER:
        assert "Without" in opening("x", understood("x"), (key,))


def test_every_filter_has_a_chip() -> None:
    every = SearchFilters(
        media_type=MediaType.TV,
        genres=("Comedy",),
        exclude_genres=("Horror",),
        providers=("Netflix", "Hulu"),
        year_from=1990,
        year_to=1999,
        min_runtime=20,
        max_runtime=60,
        min_rating=7.5,
        languages=("ko",),
        countries=("GB",),
        people=("A_B",),
        exclude_people=("C",),
        max_certification="PG-13",
        like_titles=("D",),
        exclude_titles=("E",),
        popularity=Popularity.HIDDEN_GEMS,
    )
    assert filter_chips(every) == [
        "series",
        "comedy",
        "no horror",
        "1990 to 1999",
        "20 to 60 min",
        "★ 7.5 or more",
        "Korean",
        "United Kingdom",
        "Netflix or Hulu",
        r"with A\_B",
        "without C",
        "PG-13 at most",
        "like D",
        "not E",
        "hidden gems",
    ]


def test_markup_in_names_stays_text() -> None:
    assert escaped("**[x](y)** <b> ~~z~~ `q` _u_ |#") == (
        r"\*\*\[x\](y)\*\* \<b\> \~\~z\~\~ \`q\` \_u\_ \|\#"
    )
