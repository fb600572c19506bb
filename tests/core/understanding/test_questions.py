"""What is asked, and what is answered."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.answering.facts import answer
from core.domain import Availability, MediaType, Question, QuestionKind, Rating, SearchFilters, Title
from core.understanding.directory import Directory
from core.understanding.questions import read_question

QUESTIONS = Path(__file__).parents[2] / "data" / "questions.jsonl"


def rows() -> list[dict[str, Any]]:
    with QUESTIONS.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_questions_are_read_for_what_they_ask(directory: Directory) -> None:
    """160 questions by someone who had not seen the code: kind, title, and the people of a yes or no."""
    wrong = []
    for row in rows():
        asked = read_question(row["text"], directory)
        checked = row["kind"] == "check"
        kind = row["fact"] if checked else row["kind"]
        right = asked.kind == kind
        if kind != "filmography":
            right = right and asked.title == (row["titles"] or [""])[0]
        if checked or kind == "filmography":
            right = right and set(asked.people) == set(row["people"])
        if not right:
            wrong.append((row["text"], asked))
    assert len(wrong) <= 0.05 * len(rows()), wrong


@pytest.mark.parametrize(
    ("text", "kind", "title", "year"),
    [
        ("who directed Heat?", "director", "Heat", None),
        ("how long is oppenheimer", "runtime", "Oppenheimer", None),
        ("where can i stream severance", "where", "Severance", None),
        ("who's in the 1984 dune", "cast", "Dune", 1984),
        ("what is up about", "about", "Up", None),
        ("did greta gerwig direct lady bird?", "director", "Lady Bird", None),
        ("was the remake of suspiria any good", "rating", "Suspiria", 2018),
    ],
)
def test_kind_title_and_version(
    text: str, kind: str, title: str, year: int | None, directory: Directory
) -> None:
    asked = read_question(text, directory)
    assert (asked.kind, asked.title, asked.year) == (kind, title, year)


@given(st.text(max_size=200))
@settings(deadline=None)
def test_any_text_can_be_read_as_a_question(directory: Directory, text: str) -> None:
    assert read_question(text, directory).kind in QuestionKind


HEAT = Title(
    "tmdb:movie:949",
    MediaType.MOVIE,
    "Heat",
    year=1995,
    overview="A detective and a thief are alike. They meet over coffee. Then comes a bank.",
    genres=("Crime", "Thriller"),
    stars=("Al Pacino", "Robert De Niro"),
    directors=("Michael Mann",),
    runtime_minutes=170,
    certification="R",
    countries=("US",),
    language="en",
    availability=(Availability("Netflix", "US", "2022"),),
    rating=Rating(7.9, 6_500, "TMDB"),
)
BARE = Title("matinee:tv:bare", MediaType.TV, "Bare")


def told(kind: str, title: Title = HEAT, people: tuple[str, ...] = (), **expected: Any) -> str:
    wanted = SearchFilters(**expected) if expected or people else None
    return answer(Question(QuestionKind(kind), (title,), people, wanted))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("director", "**Heat (1995)** was directed by Michael Mann."),
        ("cast", "**Heat (1995)** has Al Pacino and Robert De Niro in it."),
        ("runtime", "**Heat (1995)** runs 2 h 50 min."),
        ("year", "**Heat (1995)** is from 1995."),
        ("genre", "**Heat (1995)** is filed under crime and thriller."),
        ("where", "**Heat (1995)** was on Netflix (US, as of 2022)."),
        ("rating", "**Heat (1995)** has 7.9 out of 10 from 6,500 votes on TMDB."),
        ("certification", "**Heat (1995)** is rated R in the US."),
        ("language", "**Heat (1995)** is in English."),
        ("country", "**Heat (1995)** comes from United States."),
        ("about", "**Heat (1995)**: A detective and a thief are alike. They meet over coffee."),
    ],
)
def test_answers_are_the_catalogues_facts(kind: str, said: str) -> None:
    assert told(kind).startswith(said[:-1])


@pytest.mark.parametrize("kind", [kind for kind in QuestionKind if kind not in ("filmography", "other")])
def test_what_is_not_known_is_said_to_be_unknown(kind: QuestionKind) -> None:
    assert told(kind, BARE).startswith("I don't know")


@pytest.mark.parametrize(
    ("kind", "expected", "verdict"),
    [
        ("runtime", {"max_runtime": 120}, "No: "),
        ("runtime", {"min_runtime": 120}, "Yes: "),
        ("language", {"languages": ("fr",)}, "No: "),
        ("genre", {"genres": ("Crime",)}, "Yes: "),
        ("where", {"providers": ("Netflix",)}, "Yes: "),
        ("where", {"providers": ("Hulu",)}, "**Heat"),  # the list is old: it may be there now
        ("certification", {"max_certification": "PG"}, "No: "),
        ("year", {"year_from": 1995, "year_to": 1995}, "Yes: "),
        ("country", {"countries": ("GB",)}, "No: "),
    ],
)
def test_yes_or_no(kind: str, expected: dict[str, Any], verdict: str) -> None:
    assert told(kind, **expected).startswith(verdict)


SOLD = replace(
    HEAT,
    availability=(
        Availability("Netflix", "US", "2022"),
        Availability("WOW", "DE", "2026-05-01"),
        Availability("Joyn", "DE", "2026-05-02"),
    ),
)


@pytest.mark.parametrize(
    ("asked", "own", "said"),
    [
        (None, None, "was on Netflix (US, as of 2022); on WOW and Joyn (DE, as of 2026-05-02)."),
        (None, "DE", "was on WOW and Joyn (DE, as of 2026-05-02)."),
        ("US", "DE", "was on Netflix (US, as of 2022)."),
    ],
)
def test_where_it_streams_is_told_of_ones_own_country(asked: str | None, own: str | None, said: str) -> None:
    assert answer(Question(QuestionKind.WHERE, (SOLD,), region=asked), own) == f"**Heat (1995)** {said}"


def test_where_nothing_is_known_of_a_country_the_others_are_named() -> None:
    question = Question(QuestionKind.WHERE, (HEAT,), expected=SearchFilters(providers=("Netflix",)))
    told_of_britain = (
        "I don't know where **Heat (1995)** streams in the United Kingdom; elsewhere it was on Netflix "
        "(US, as of 2022)."
    )
    assert answer(question, "GB") == told_of_britain
    assert answer(question, "US").startswith("Yes: ")


def test_a_service_of_which_neither_country_nor_date_is_known_stands_alone() -> None:
    undated = replace(HEAT, availability=(Availability("Netflix", "", ""),))
    assert answer(Question(QuestionKind.WHERE, (undated,)), "GB") == "**Heat (1995)** was on Netflix."


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("where can I watch Heat in the UK?", "GB"),
        ("is Heat on Netflix in Germany?", "DE"),
        ("where does Heat stream", None),
        ("was Heat made in France?", None),
    ],
)
def test_a_question_may_ask_of_a_country(text: str, region: str | None, directory: Directory) -> None:
    assert read_question(text, directory).region == region


def test_yes_or_no_of_people() -> None:
    assert told("director", people=("Michael Mann",)).startswith("Yes: ")
    assert told("director", people=("Ang Lee",)).startswith("No: ")
    assert told("cast", people=("Al Pacino",)).startswith("Yes: ")
    assert told("cast", people=("Val Kilmer",)).startswith("**Heat")  # the list holds the leading actors only


def test_what_no_catalogue_holds_and_what_is_not_in_ours() -> None:
    assert told("other").startswith("That is more than my catalogue tells of **Heat (1995)**.")
    assert "I don't know *qwertz*" in answer(Question(QuestionKind.DIRECTOR, unknown="qwertz"))
    assert "which title" in answer(Question(QuestionKind.DIRECTOR))
    assert "Heat" in answer(Question(QuestionKind.FILMOGRAPHY, (HEAT,), ("Al Pacino",)))
    assert answer(Question(QuestionKind.FILMOGRAPHY, (), ("Nobody",))) == "I know of nothing with Nobody."


def test_markup_in_names_stays_text() -> None:
    evil = Title("x", MediaType.MOVIE, "<b>*Evil*</b>", directors=("_A_",))
    assert "*Evil*" not in told("director", evil).replace("\\*", "")
