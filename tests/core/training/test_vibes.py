"""Reading queries out of whatever a model answers."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.vibes import QUERIES, prompt_for, queries_in
from tests.core.training.sample import catalogue

TITLE = replace(catalogue(1)[0], name="Amberwood")
WANTED = [
    "something slow and rainy about guilt",
    "a heist that goes wrong among friends",
    "small town secrets in the dead of winter",
]


@pytest.mark.parametrize(
    "answer",
    [
        "\n".join(WANTED),
        "\n".join(f"{number}. {text}" for number, text in enumerate(WANTED, start=1)),
        "\n".join(f'{number}) "{text}"' for number, text in enumerate(WANTED, start=1)),
        "Here are three requests:\n\n" + "\n".join(f"- “{text}”," for text in WANTED),
        "Sure! Three search queries for this film\n" + "\n".join(f"* **{text}**" for text in WANTED),
        "\n\n".join(f"Query {number}: {text}" for number, text in enumerate(WANTED, start=1)),
        json.dumps(WANTED),
        "```json\n" + json.dumps({"queries": WANTED}) + "\n```",
    ],
)
def test_numbers_quotes_bullets_and_preambles_are_taken_off(answer: str) -> None:
    assert queries_in(answer, TITLE) == WANTED


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "I'm sorry, but I can't help with that request.",
        "I cannot provide queries for this title.\nAs an AI, I have to decline.",
        "Unfortunately, I don't know this film.",
        "[1, 2, null]",
        "{}",
        "[" * 100_000,
        "ok\nyes\n1.\n- \n",
    ],
)
def test_refusals_and_nothing_are_no_queries(answer: str) -> None:
    assert queries_in(answer, TITLE) == []


def test_a_wish_in_the_first_person_is_no_refusal() -> None:
    wish = "I can't sleep and want something gentle"
    assert queries_in(wish, TITLE) == [wish]


def test_what_names_the_title_is_left_out_and_repeats_count_once() -> None:
    answer = (
        "films like Amberwood please\nA quiet one for Sunday\na quiet one, for Sunday!\nfour more words here"
    )
    assert queries_in(answer, TITLE) == ["A quiet one for Sunday", "four more words here"]
    one_word = replace(TITLE, name="Up")
    assert queries_in("people who never give up\nsomething like Up again", one_word) == [
        "people who never give up"
    ]


@given(st.text(max_size=400))
def test_no_answer_breaks_the_reading_and_what_is_read_reads_the_same_again(answer: str) -> None:
    found = queries_in(answer, TITLE)
    assert len(found) <= QUERIES
    for query in found:
        assert queries_in(query, TITLE) == [query]


@given(
    texts=st.lists(
        st.lists(
            st.sampled_from(["rain", "guilt", "friends", "winter", "road", "tender"]), min_size=4, max_size=8
        ).map(" ".join),
        min_size=1,
        max_size=QUERIES,
        unique=True,
    ),
    lead=st.sampled_from(["{}. ", "{}) ", "({}) ", "- ", "* ", "• ", "Query {}: ", "", "{}: "]),
    quote=st.sampled_from(['""', "“”", "''", "«»", "``", ("**", "**"), ("", "")]),
)
def test_every_way_to_decorate_a_list_gives_the_same_queries(
    texts: list[str], lead: str, quote: tuple[str, str]
) -> None:
    lines = [f"{lead.format(number)}{quote[0]}{text}{quote[1]}" for number, text in enumerate(texts, start=1)]
    assert queries_in("\n".join(lines), TITLE) == texts


def test_instructions_hold_no_text_of_the_catalogue() -> None:
    prompt = prompt_for(TITLE)
    assert TITLE.overview in prompt.user
    assert TITLE.name not in prompt.system
