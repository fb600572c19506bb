"""Cutting answers into messages."""

import itertools
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.pager import Limit, pages, presentable, utf16_length

LIMITS = st.sampled_from(
    [Limit(2000), Limit(4096), Limit(3000), Limit(12_000), Limit(40), Limit(100), Limit(200, len)]
)
PLAIN = ["a", "film", "end.", "Why?", "\n", "\n\n", "1. ", "- ", "x" * 150, " " * 9]
MARKUP = ["**Fargo (1996)**", "*bleak*", "[its page](https://example.org/a)", "`code`", "||spoiler||"]
LINKS = ["https://example.org/a/long/path?x=1", "<https://example.org>"]
CODE = ["```\n", "```py\nx = 1\n", "\n```\n", "~~~\n", "\n~~~\n"]
SIGNS = ["🎬", "👨\u200d👩\u200d👧", "é", "映画。", "*", "**", "`", "[", "](", "|", "<"]
WORDS = st.sampled_from([*PLAIN, *MARKUP, *LINKS, *CODE, *SIGNS])
TEXTS = st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=400)


def shown_without_space(text: str) -> str:
    return re.sub(r"\s", "", text)


@settings(max_examples=1500, deadline=None)
@given(TEXTS, LIMITS)
@example("```py\n" + "x = 1\n" * 60 + "```", Limit(60))
def test_no_page_is_too_long_and_no_text_is_lost_or_shown_twice(text: str, limit: Limit) -> None:
    made = pages(text, limit)
    assert all(limit.count(page.text) <= limit.size for page in made)
    assert shown_without_space("".join(text[page.start : page.end] for page in made)) == shown_without_space(
        text
    )
    for page, following in itertools.pairwise(made):
        assert page.end <= following.start
    for page in made:
        assert text[page.start : page.end].rstrip() in page.text


@settings(max_examples=500, deadline=None)
@given(TEXTS, LIMITS, st.text(max_size=50))
def test_a_page_that_another_follows_stays_as_it_is(text: str, limit: Limit, more: str) -> None:
    before, after = pages(text, limit), pages(text + more, limit)
    stable = [page.start for page in before[:-1]]
    assert [page.start for page in after[: len(stable)]] == stable


@settings(max_examples=500, deadline=None)
@given(TEXTS, st.sampled_from([Limit(100), Limit(200), Limit(2000)]))
def test_every_page_closes_the_code_it_opens(text: str, limit: Limit) -> None:
    assert all(not ends_in_code(page.text) for page in pages(text, limit)[:-1])


def ends_in_code(text: str) -> bool:
    """Whether a code block is open at the end (CommonMark 0.31, 4.5)."""
    opened = ""
    for line in text.split("\n"):
        match = re.match(r" {0,3}(`{3,}|~{3,})(.*)$", line)
        if match and not opened and "`" not in match[2]:
            opened = match[1]
        elif match and opened and match[1].startswith(opened) and not match[2].strip():
            opened = ""
    return bool(opened)


def test_a_cut_prefers_paragraphs_then_sentences_then_words() -> None:
    paragraph = "One two three four five six seven eight nine ten."
    assert [page.text for page in pages(f"{paragraph}\n\n{paragraph}", Limit(60))] == [paragraph, paragraph]
    assert pages("A first one here. " * 10, Limit(60))[0].text.endswith("here.")
    assert pages("word " * 40, Limit(60))[0].text.endswith("word")
    assert [page.text for page in pages("x" * 100, Limit(40))] == ["x" * 40, "x" * 40, "x" * 20]


@pytest.mark.parametrize(
    "whole",
    [
        "[a page of it](https://example.org/x)",
        "https://example.org/long/path",
        "**two words bold**",
        "`a b c`",
    ],
)
@pytest.mark.parametrize("before", range(50, 80, 3))
def test_links_code_and_emphasis_stay_whole(whole: str, before: int) -> None:
    text = "x" * before + " " + whole + " and then some more words that go on for a while, on and on."
    assert any(whole in page.text for page in pages(text, Limit(90)))


def test_a_code_block_is_closed_and_opened_again_with_its_language() -> None:
    made = pages("Look:\n```python\n" + "print('x')\n" * 30 + "```\nDone.", Limit(120))
    assert all(page.text.count("```") == 2 for page in made[:-1])
    assert all(page.text.startswith("```python\n") for page in made[1:-1])
    assert "".join(page.text for page in made).count("print('x')") == 30


def test_emoji_of_several_characters_are_not_cut_apart() -> None:
    family = "👨‍👩‍👧"
    for page in pages(family * 30, Limit(50)):
        assert shown_without_space(page.text).replace(family, "") == ""


def test_length_is_counted_as_utf_16() -> None:
    assert utf16_length("a🎬é") == 4
    assert all(utf16_length(page.text) <= 40 for page in pages("🎬" * 100, Limit(40)))


def test_a_limit_that_no_code_block_fits_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        pages("x", Limit(10))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Try **Fargo", "Try"),
        ("Try **Fargo (1996)** — it", "Try **Fargo (1996)** — it"),
        ("See [its pa", "See"),
        ("See [its page](https://exa", "See"),
        ("See https://exam", "See"),
        ("a `cod", "a"),
        ("the end is ||spoil", "the end is"),
        ("First.\n\n1", "First."),
        ("First.\n\n2. ", "First."),
        ("First.\n\n- ", "First."),
        ("2 * 3 is six", "2 * 3 is six"),
        ("snake_case_word", "snake_case_word"),
        ("Look:\n```py\nx = 1", "Look:\n```py\nx = 1\n```"),
        ("Look:\n```py\nx = 1\n``", "Look:\n```py\nx = 1\n```"),
        ("**" + "long " * 60, ("**" + "long " * 60).rstrip()),
        ("", ""),
    ],
)
def test_what_is_unfinished_is_held_back_while_more_is_to_come(text: str, shown: str) -> None:
    assert presentable(text) == shown


@settings(max_examples=500, deadline=None)
@given(TEXTS)
def test_what_is_shown_in_between_is_a_beginning_of_the_text(text: str) -> None:
    shown = presentable(text)
    assert text.startswith((shown, shown.rpartition("\n")[0]))
