"""Choices while an option is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.completions import CHOICES, TitleCompletions, completed_list
from core.domain import MediaType
from core.ports import RosterEntry
from core.vocabulary.genres import GENRES
from core.vocabulary.places import languages
from core.vocabulary.services import SERVICES

COMEDY_AND_SF = "Comedy, Science Fiction"


def entry(name: str, year: int, fame: float) -> RosterEntry:
    return RosterEntry(name, MediaType.MOVIE, year, fame)


TITLES = TitleCompletions(
    [
        entry("The Matrix", 1999, 0.9),
        entry("The Matrix Reloaded", 2003, 0.7),
        entry("Mad Max: Fury Road", 2015, 0.8),
        entry("Amélie", 2001, 0.6),
        entry("Fargo", 1996, 0.5),
        entry("Fargo", 2014, 0.55),
        entry("Fargo", 1996, 0.1),
    ]
)


def labels(typed: str) -> list[str]:
    return [choice.label for choice in TITLES.complete(typed)]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("the mat", ["The Matrix (1999)", "The Matrix Reloaded (2003)"]),
        ("MATRIX r", ["The Matrix Reloaded (2003)"]),
        ("fury", ["Mad Max: Fury Road (2015)"]),
        ("amelie", ["Amélie (2001)"]),
        ("fargo", ["Fargo (2014)", "Fargo (1996)"]),
        ("ma", ["The Matrix (1999)", "Mad Max: Fury Road (2015)", "The Matrix Reloaded (2003)"]),
        ("amleie", ["Amélie (2001)"]),
        ("zzzzzz", []),
    ],
)
def test_titles_by_the_beginning_of_any_word(typed: str, offered: list[str]) -> None:
    assert labels(typed) == offered


def test_before_anything_is_typed_the_best_known_are_offered() -> None:
    assert labels("  ")[0] == "The Matrix (1999)"
    assert len(labels("")) == 6


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("", "Action"),
        ("dra", "Drama"),
        ("Comedy, Dra", "Comedy, Drama"),
        ("funny,sci", "Comedy, Science Fiction"),
    ],
)
def test_the_last_of_several_names_is_completed(typed: str, first: str) -> None:
    assert completed_list(typed, GENRES)[0].value == first


def test_what_is_chosen_already_is_not_offered_again_and_what_is_unknown_stays() -> None:
    assert all(choice.value != "Drama, Drama" for choice in completed_list("Drama, Dra", GENRES))
    assert completed_list("Drama, cooking, com", GENRES)[0].value == "Drama, cooking, Comedy"


def test_languages_are_shown_by_name_and_sent_by_code() -> None:
    [choice] = completed_list("korea", languages())
    assert (choice.label, choice.value) == ("Korean", "ko")


def test_services_are_found_by_their_other_names() -> None:
    assert "Amazon Prime Video" in [choice.value for choice in completed_list("prime", SERVICES)]


@given(st.text(max_size=60))
def test_whatever_is_typed_there_are_few_choices(typed: str) -> None:
    assert len(TITLES.complete(typed)) <= CHOICES
    for names in (GENRES, SERVICES):
        assert len(completed_list(typed, names)) <= CHOICES
