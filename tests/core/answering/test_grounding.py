"""A model's text as it streams: markers become titles, nothing else names one, nothing is lost."""

import random
import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.answering.answer import Piece
from core.answering.grounding import Grounding
from core.answering.markers import MarkerReader
from core.answering.outside import Mentionable, OutsideGuard
from core.domain import MediaType, RankedTitle, ScoreBreakdown, Title
from core.ports import RosterEntry
from core.understanding.directory import Directory
from tests.scripted import films

OFFERED = [RankedTitle(title, ScoreBreakdown(1, 0, 0, 0, 1)) for title in films(5)]
OUTSIDE = [
    RosterEntry(name, MediaType.MOVIE, year, 0.9)
    for name, year in (
        ("The Godfather", 1972),
        ("Inception", 2010),
        ("Her", 2013),
        ("Grey's Anatomy", 2005),
        ("12 Angry Men", 1957),
        ("The Good, the Bad and the Ugly", 1966),
        ("London", 2005),
        ("Wall Street", 1987),
    )
]
DIRECTORY = Directory(OUTSIDE)


def guard(mentionable: Mentionable | None = None) -> OutsideGuard:
    return OutsideGuard(DIRECTORY, mentionable or Mentionable(item.title.name for item in OFFERED))


def read(deltas: Sequence[str]) -> tuple[list[str | int], int]:
    """Texts (joined where they meet) and numbers, and how many markers were dropped."""
    reader, found = MarkerReader(5), []
    for delta in deltas:
        found += list(reader.feed(delta))
    found += list(reader.finish())
    joined: list[str | int] = []
    for item in found:
        if isinstance(item, str) and joined and isinstance(joined[-1], str):
            joined[-1] += item
        else:
            joined.append(item)
    return joined, reader.dropped


def grounded(deltas: Sequence[str], mentionable: Mentionable | None = None) -> tuple[list[Piece], Grounding]:
    grounding, pieces = Grounding(OFFERED, guard(mentionable)), []
    for delta in deltas:
        pieces += list(grounding.feed(delta))
    pieces += list(grounding.finish())
    return pieces, grounding


def shown(pieces: Sequence[Piece]) -> str:
    return "".join(piece if isinstance(piece, str) else f"<{piece.title.label}>" for piece in pieces)


# --- markers ---


@pytest.mark.parametrize(
    ("text", "expected", "dropped"),
    [
        ("a [[3]] b", ["a ", 3, " b"], 0),
        ("**[[1]]** — x", [1, " — x"], 0),
        ("**[[1]] – bleak**", ["**", 1, " – bleak**"], 0),
        ("[[1]] (1996): x", [1, ": x"], 0),
        ("[[ #2 ]] x", [2, " x"], 0),
        ("[[9]] x [[Fargo]] y [[", [" x [Fargo] y "], 2),
        ("[[1]][[2]]", [1, 2], 0),
        ("x [[12", ["x "], 1),
        ("[[0]] [[1, 2]] [[]]", ["  "], 3),
        ("[[[9]][3]]", ["[3]"], 1),
        ("[1] and [a link](b)", ["[1] and [a link](b)"], 0),
    ],
)
def test_markers_are_told_from_text(text: str, expected: list[str | int], dropped: int) -> None:
    assert read([text]) == (expected, dropped)
    assert read(list(text)) == (expected, dropped)


PIECES = st.sampled_from(
    "[ ] [[ ]] [[1]] [[5]] [[6]] [[ [[x]] * ** _ ( ) (1996) (19 1 # word And . - — ü [[1,2]]".split()
) | st.sampled_from([" ", "\n", "1. ", "[[ 2 ]]"])


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A text, and the same cut into deltas."""
    text = "".join(draw(st.lists(PIECES | st.text(max_size=3), max_size=14)))
    places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    return text, [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


def letters(text: str) -> str:
    """The letters of a text, without its markers."""
    return "".join(char for char in re.sub(r"\(?\b(?:18|19|20)\d\d\)", "", text) if char.isalpha())


@given(st.lists(PIECES | st.text(max_size=3), max_size=14).map("".join), st.integers(0, 1 << 32))
@settings(max_examples=2_000)
def test_however_it_is_cut_no_marker_is_shown_and_no_text_is_lost(text: str, seed: int) -> None:
    """10,000 cut-ups: five of each text, and its characters one by one."""
    chance = random.Random(seed)
    found, dropped = read([text])
    for _ in range(5):
        places = sorted(chance.sample(range(len(text) + 1), chance.randint(0, min(8, len(text)))))
        deltas = [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]
        assert read(deltas) == (found, dropped), deltas
    assert read(list(text)) == (found, dropped)
    out = "".join(item if isinstance(item, str) else " " for item in found)
    assert "[[" not in out
    assert "]]" not in out
    assert letters(out) == letters(text)


@given(cut_texts())
@settings(max_examples=1_000, deadline=None)
def test_titles_are_those_offered_and_each_piece_is_clean(case: tuple[str, list[str]]) -> None:
    pieces, grounding = grounded(case[1])
    text = shown(pieces)
    assert "[[" not in text
    assert "]]" not in text
    assert all(isinstance(piece, str) or piece in OFFERED for piece in pieces)
    assert grounding.strayed or any(isinstance(piece, RankedTitle) for piece in pieces)


# --- names of other titles ---

STRAYING = [
    "Watch The Godfather instead.",
    "It has the feel of Inception, only warmer.",
    "1. **The Godfather (1972)** — a classic.",
    "**Some Film Nobody Knows (2019)** fits.",
    "Some Film Nobody Knows (2019) fits.",
    "1. **Some Film Nobody Knows** — fits.",
    'Try "Her" tonight.',
    "*Inception* is the one.",
    "Like Grey's Anatomy with more rain.",
    "As in 12 Angry Men, they argue.",
    "A bit of The Good, the Bad and the Ugly in it.",
    "Heat (1995) comes to mind.",
]


@pytest.mark.parametrize("step", [1, 3, 1_000])
@pytest.mark.parametrize("text", STRAYING)
def test_a_title_that_was_not_offered_is_met_before_its_name_is_whole(text: str, step: int) -> None:
    grounding_text = f"[[1]] is quiet.\n{text} And more."
    deltas = [grounding_text[place : place + step] for place in range(0, len(grounding_text), step)]
    pieces, grounding = grounded(deltas)
    assert grounding.strayed
    assert shown(pieces).startswith("<Amber (1990)> is quiet.")
    for entry in OUTSIDE:
        if entry.name != "Her":
            assert entry.name not in shown(pieces)
    assert "(2019)" not in shown(pieces)
    assert "more" not in shown(pieces)


@pytest.mark.parametrize(
    "text",
    [
        "Her patience runs out before his does.",
        "Nobody in it can say what they want; that is the joke.",
        "It plays in Amber, a village with a *loud* secret.",
        'They call it "home", and mean a caravan.',
        "The Korean summer hangs over Berlin and Brazil.",
        "Dahlia (1993) is colder.",
        "Two brothers, one debt: it ends badly (and late).",
        "Note: the second half is slower.",
    ],
)
def test_plain_words_and_offered_titles_pass(text: str) -> None:
    whole = f"[[1]] — {text}"
    for deltas in ([whole], list(whole)):
        pieces, grounding = grounded(deltas)
        assert not grounding.strayed
        assert shown(pieces) == f"<Amber (1990)> — {text}"


def test_what_our_own_texts_speak_of_may_be_named() -> None:
    text = "[[1]] sends a clerk from London to Wall Street and back."
    ours = Mentionable([], [], ["A clerk leaves London for Wall Street."])
    assert grounded([text])[1].strayed
    assert not grounded([text], ours)[1].strayed


@pytest.mark.parametrize(
    "link", ["https://evil.example/x", "www.evil.example", "![a](http://e.example)", "<http://e.example>"]
)
def test_links_are_left_out(link: str) -> None:
    text = f"[[1]] is good, see {link} now."
    for deltas in ([text], list(text)):
        assert "example" not in shown(grounded(deltas)[0])
        assert shown(grounded(deltas)[0]).endswith(" now.")


# --- the whole ---


def test_without_any_title_it_has_strayed() -> None:
    assert grounded(["I would rather talk about the weather."])[1].strayed
    assert grounded([""])[1].strayed


def test_a_long_way_to_the_first_title_is_some_other_talk() -> None:
    pieces, grounding = grounded(["so it goes, " * 100, "[[1]]"])
    assert grounding.strayed
    assert not any(isinstance(piece, RankedTitle) for piece in pieces)


def test_after_five_titles_it_ends_without_a_dangling_number() -> None:
    six = "".join(f"\n{number}. [[{number}]] — good." for number in range(1, 6)) + "\n6. [[1]] again\n7. x"
    pieces, grounding = grounded(list(six))
    assert not grounding.strayed
    assert shown(pieces).count("<") == 6
    many = Grounding([*OFFERED, *(RankedTitle(t, OFFERED[0].score) for t in films(8)[5:])], guard())
    text = "".join(f"\n{number}. [[{number}]] — good." for number in range(1, 9))
    out = [piece for char in text for piece in many.feed(char)]
    assert many.full
    assert shown(out).endswith("5. <Elder (1994)> — good.")


def test_white_space_around_the_answer_goes() -> None:
    assert shown(grounded(["\n\n Two: [[1]], [[2]].", "\n\n"])[0]) == "Two: <Amber (1990)>, <Birch (1991)>."


def test_the_first_words_come_at_once() -> None:
    grounding = Grounding(OFFERED, guard())
    assert list(grounding.feed("Here")) == ["Here"]
    assert list(grounding.feed(" are three")) == [" are three"]


def test_titles_are_films_of_the_catalogue() -> None:
    assert all(isinstance(item.title, Title) for item in OFFERED)
