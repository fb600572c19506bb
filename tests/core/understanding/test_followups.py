"""What a follow-up makes of the wish before it: each rule by its examples, and whole conversations."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalog.reader import Catalogue
from core.domain import Intent, MediaType, SearchFilters, Title, Understanding, filters_from_mapping
from core.understanding.directory import Directory
from core.understanding.followups import Continued, FollowUp, continued
from core.understanding.words import read

THIS_YEAR = 2026
DIALOGUES = Path(__file__).parents[2] / "data" / "dialogues.jsonl"
FROM_SHOWN = "<from shown>"

SHOWN = tuple(
    Title(
        f"tmdb:movie:{number}",
        MediaType.MOVIE,
        name,
        year=year,
        runtime_minutes=minutes,
        directors=(director,),
        stars=("Frances McDormand",),
    )
    for number, (name, year, minutes, director) in enumerate(
        [
            ("Amber", 1994, 100, "Ang Lee"),
            ("Birch", 2001, 90, "Greta Gerwig"),
            ("Cedar", 2010, 140, "Bong Joon-ho"),
            ("Dahlia", 2019, 120, "Jane Campion"),
        ]
    )
)
WISH = {
    "genres": ["Comedy"],
    "providers": ["Netflix"],
    "people": ["Adam Sandler"],
    "year_from": 1990,
    "year_to": 1999,
}


def after(
    text: str,
    directory: Directory,
    wish: dict[str, Any] | None = None,
    words: str = "dark comedies",
    **more: Any,
) -> Continued:
    filters = filters_from_mapping(WISH if wish is None else wish)
    before = Understanding(Intent.RECOMMEND, filters, words, words)
    return continued(FollowUp(text, read(text, directory, THIS_YEAR), before, SHOWN, **more))


def changed(
    text: str, directory: Directory, wish: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Keys that a message changes in the wish, with their new value (None where it is gone)."""
    start = WISH if wish is None else wish
    end = after(text, directory, wish, **more).filters.as_dict()
    return {key: end.get(key) for key in start.keys() | end.keys() if start.get(key) != end.get(key)}


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        # taken back
        ("forget the filters", dict.fromkeys(WISH)),
        ("any year is fine", {"year_from": None, "year_to": None}),
        ("anywhere is fine", {"providers": None}),
        ("drop the actor, same mood", {"people": None}),
        ("doesn't have to be him", {"people": None}),
        ("forget adam", {"people": None}),
        ("not with him", {"people": None, "exclude_people": ["Adam Sandler"]}),
        ("no adam sandler", {"people": None, "exclude_people": ["Adam Sandler"]}),
        # pointed at
        ("more like the second one", {"like_titles": ["Birch"]}),
        ("the third one but with less blood", {"like_titles": ["Cedar"]}),
        ("not #3", {"exclude_titles": ["Cedar"]}),
        ("seen the first two", {"exclude_titles": ["Amber", "Birch"]}),
        ("seen it", {"exclude_titles": ["Amber"]}),
        ("not that one", {"exclude_titles": ["Amber"]}),
        ("same director as #4", {"people": ["Jane Campion"]}),
        # measured
        ("older", {"year_from": None, "year_to": 1989}),
        ("but newer", {"year_from": 2000, "year_to": None}),
        ("shorter", {"max_runtime": 99}),
        ("something longer", {"min_runtime": 101}),
        # said anew
        ("only on hulu", {"providers": ["Hulu"]}),
        ("also hulu", {"providers": ["Netflix", "Hulu"]}),
        ("make it a thriller", {"genres": ["Thriller"]}),
        ("no comedies", {"genres": None, "exclude_genres": ["Comedy"]}),
        ("no musicals", {"exclude_genres": ["Music"]}),
        ("actually make it movies", {"media_type": "movie"}),
        ("in french instead", {"languages": ["fr"]}),
        ("after 2010", {"year_from": 2011, "year_to": None}),
        ("rather with jackie chan", {"people": ["Jackie Chan"]}),
        ("except fargo", {"exclude_titles": ["Fargo"]}),
        # nothing of the filters
        ("something lighter", {}),
        ("what else?", {}),
        ("next", {}),
    ],
)
def test_a_follow_up_changes_what_it_speaks_of_and_nothing_else(
    text: str, changes: dict[str, Any], directory: Directory
) -> None:
    assert changed(text, directory) == changes


def test_without_years_in_force_older_and_newer_are_measured_against_what_was_shown(
    directory: Directory,
) -> None:
    assert changed("older", directory, {}) == {"year_to": 2000}
    assert changed("a bit more recent", directory, {}) == {"year_from": 2002}


def test_that_one_is_what_was_spoken_of_last(directory: Directory) -> None:
    assert changed("not that one", directory, {}, spoken_of=SHOWN[3:]) == {"exclude_titles": ["Dahlia"]}


def test_a_mood_is_said_plainly_and_what_it_unsays_leaves_the_wish(directory: Directory) -> None:
    lighter = after("something lighter", directory)
    assert lighter.search_text == "light-hearted, warm comedies"
    assert after("less dark please", directory).search_text == "comedies"
    assert after("with more robots", directory).search_text == "robots dark comedies"


def test_words_of_genres_that_are_wanted_no_longer_leave_the_wish(directory: Directory) -> None:
    assert after("make it a thriller", directory).search_text == "thriller dark"


def test_a_title_that_is_pointed_at_takes_the_place_of_the_words(directory: Directory) -> None:
    assert after("more like #1", directory).search_text == ""


def conversations() -> list[list[dict[str, Any]]]:
    with DIALOGUES.open(encoding="utf-8") as file:
        return [json.loads(line)["turns"] for line in file]


def test_conversations_keep_and_change_their_filters(directory: Directory, catalogue: Catalogue) -> None:
    """70 conversations written by someone who had not seen the code; each turn starts from the labels of the
    one before, so that one mistake counts once.
    """
    films = [title for title in catalogue.titles if title.media_type is MediaType.MOVIE]
    shown = tuple(title for title in films if title.runtime_minutes and title.year)[100:105]
    right, total, wrong = 0, 0, []
    for turns in conversations():
        before: Understanding | None = None
        for turn in turns:
            if turn["intent"] not in ("recommend", "refine", "similar"):
                continue
            said = read(turn["text"], directory, THIS_YEAR)
            wish = Continued(said.filters, said.rest, said.terms)
            if turn["intent"] == "refine" and before is not None:
                wish = continued(FollowUp(turn["text"], said, before, shown))
            total += 1
            if agrees(wish.filters, turn["filters"]):
                right += 1
            else:
                wrong.append((turn["text"], wish.filters.as_dict(), turn["filters"]))
            before = Understanding(
                Intent.REFINE, labelled(turn["filters"], wish.filters), wish.search_text, wish.search_terms
            )
    assert right / total >= 0.95, wrong


def agrees(found: SearchFilters, wanted: dict[str, Any]) -> bool:
    values = found.as_dict()
    return values.keys() == wanted.keys() and all(
        value == FROM_SHOWN or _sorted(values[key]) == _sorted(value) for key, value in wanted.items()
    )


def labelled(wanted: dict[str, Any], found: SearchFilters) -> SearchFilters:
    """The filters as labelled, with what depends on the titles shown as found."""
    values = found.as_dict()
    return filters_from_mapping(
        {key: values.get(key) if value == FROM_SHOWN else value for key, value in wanted.items()}
        if all(value != FROM_SHOWN or key in values for key, value in wanted.items())
        else values
    )


def _sorted(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


@given(st.text(max_size=120))
@settings(deadline=None)
def test_any_follow_up_leaves_a_valid_wish(directory: Directory, text: str) -> None:
    wish = after(text, directory)
    assert filters_from_mapping(wish.filters.as_dict()) == wish.filters
