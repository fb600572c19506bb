"""Which of the shown titles a message points at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.understanding.references import pointed_at
from core.understanding.tokens import tokens_of

SHOWN = 5


def pointed(text: str) -> list[int]:
    words = [token.word for token in tokens_of(text)]
    return [place + 1 for place in pointed_at(text, words, SHOWN)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("more like #2", [2]),
        ("who directed #1?", [1]),
        ("more like the second one", [2]),
        ("the third one looks good, more like that", [3]),
        ("similar to number two", [2]),
        ("seen the first two", [1, 2]),
        ("seen 1 and 2", [1, 2]),
        ("we've seen the first and third", [1, 3]),
        ("the 2nd one sounds great", [2]),
        ("the last one", [5]),
        ("saw it already the top one", [1]),
        ("seen em all", [1, 2, 3, 4, 5]),
        ("whats the runtime of 3?", [3]),
        ("not #3", [3]),
        ("under 2 hours", []),
        ("give me 5 more", []),
        ("from the 80s", []),
        ("last five years", []),
        ("at first sight", []),
        ("only on netflix", []),
        ("#9", [9]),
    ],
)
def test_what_is_pointed_at(text: str, numbers: list[int]) -> None:
    assert pointed(text) == numbers


@given(st.text(max_size=120), st.integers(0, 10))
def test_places_are_never_negative(text: str, shown: int) -> None:
    words = [token.word for token in tokens_of(text)]
    assert all(place >= 0 for place in pointed_at(text, words, shown))
