"""Cards, buttons and choices as Block Kit: what they say and hold, and that no limit is ever passed."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block as SdkBlock

from adapters.buttons import Action, Pick
from adapters.slack.blocks import (
    CARDS,
    MESSAGE_BLOCKS,
    TOTAL,
    Block,
    Press,
    answer,
    answer_buttons,
    card,
    carousel,
    done,
    pick_select,
    pressed,
    sections,
    size_of,
    state_of,
    stop_button,
)
from core.domain import Availability, MediaType, PickedTitle, RankedTitle, Rating, ScoreBreakdown, Title

STATE = "s" * 16 + "." + "g" * 27
POSTER = "https://image.tmdb.org/t/p/w500/fargo.jpg"
FARGO = Title(
    "tmdb:movie:275",
    MediaType.MOVIE,
    "Fargo",
    1996,
    genres=("Crime", "Drama"),
    runtime_minutes=98,
    rating=Rating(8.1, 663_000, "IMDb"),
    poster_url=POSTER,
    availability=(Availability("Netflix", "US", "2022"),),
)
BARE = Title("matinee:tv:x", MediaType.TV, "M*A*S*H")
REASON = "The jokes land because *nobody* here is clean."
FARGO_LINK = "<https://www.themoviedb.org/movie/275|Fargo (1996)>"
FARGO_FACTS = "★ 8.1 (663k IMDb votes) · 1 h 38 · Crime, Drama"
FARGO_IMAGE = {"type": "image", "image_url": POSTER, "alt_text": "Poster of Fargo (1996)"}
PICKS = (Pick("tmdb:movie:275", "Fargo", "Fargo (1996)"), Pick("tmdb:movie:8", "In <Bruges>", "In <Bruges>"))


def picked(title: Title, reason: str) -> PickedTitle:
    return PickedTitle(RankedTitle(title, ScoreBreakdown(1, 0, 0, 0, 1)), reason)


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def labels(blocks: Sequence[Block]) -> list[list[str]]:
    return [
        [button["text"]["text"] for button in block["elements"]]
        for block in blocks
        if block["type"] == "actions"
    ]


def buttons_in(value: Any) -> Iterator[dict[str, Any]]:
    match value:
        case {"type": "button"}:
            yield value
        case dict():
            for item in value.values():
                yield from buttons_in(item)
        case list():
            for item in value:
                yield from buttons_in(item)


# --- cards ---


def test_a_card_says_what_is_known() -> None:
    assert card(FARGO, REASON) == {
        "type": "section",
        "text": mrkdwn(
            f"*{FARGO_LINK}*\nThe jokes land because _nobody_ here is clean.\n{FARGO_FACTS}\n"
            "On Netflix (US, as of 2022)"
        ),
        "accessory": FARGO_IMAGE,
    }


def test_what_is_not_known_leaves_no_empty_place() -> None:
    assert card(BARE, "") == {"type": "section", "text": mrkdwn("*M∗A∗S∗H*")}
    [shown] = carousel([picked(BARE, "")])["elements"]
    assert shown == {"type": "card", "title": mrkdwn("M∗A∗S∗H")}


def test_a_card_of_a_carousel_has_a_picture_and_buttons_of_its_own() -> None:
    [shown] = carousel([picked(FARGO, REASON)], STATE)["elements"]
    buttons = shown.pop("actions")
    assert shown == {
        "type": "card",
        "title": mrkdwn(FARGO_LINK),
        "hero_image": FARGO_IMAGE,
        "subtitle": mrkdwn(FARGO_FACTS),
        "body": mrkdwn("The jokes land because _nobody_ here is clean.\nOn Netflix (US, as of 2022)"),
    }
    assert [button["text"]["text"] for button in buttons] == ["More like this", "Seen it", "Save"]
    assert [pressed(button) for button in buttons] == [
        Press(action, STATE, (0,)) for action in (Action.MORE, Action.SEEN, Action.SAVE)
    ]


def test_a_name_cannot_call_anyone() -> None:
    named = Title("tmdb:movie:1", MediaType.MOVIE, "<!channel> & <@U1|x>")
    text = card(named, "<!here>")["text"]["text"]
    assert text == (
        "*<https://www.themoviedb.org/movie/1|&lt;!channel&gt; &amp; &lt;@U1∣x&gt;>*\n&lt;!here&gt;"
    )


# --- buttons ---


def test_an_answer_has_its_buttons_in_two_rows() -> None:
    assert labels(answer_buttons(STATE)) == [
        ["More like…", "Refine", "Next picks"],
        ["Seen it", "Save", "👍", "👎"],
    ]


def test_a_private_answer_can_be_shared_and_one_that_was_cut_continued() -> None:
    first, _ = labels(answer_buttons(STATE, private=True, cut=True))
    assert first == ["More like…", "Refine", "Continue", "Share"]


def test_an_answer_that_its_place_did_not_hold_goes_on() -> None:
    first, _ = labels(answer_buttons(STATE, "rest"))
    assert first == ["Continue", "More like…", "Refine", "Next picks"]
    alone = answer_buttons(None, "rest")
    assert [pressed(button) for button in buttons_in(alone)] == [Press(Action.CONTINUE, "rest")]
    assert state_of(alone) is None
    assert answer_buttons(None) == []


def test_what_cards_have_buttons_for_is_not_in_the_row() -> None:
    assert labels(answer_buttons(STATE, on_cards=True)) == [["Refine", "Next picks", "👍", "👎"]]


def test_buttons_hold_all_that_it_takes_to_act_on_them() -> None:
    found = [pressed(button) for button in buttons_in(answer_buttons(STATE, STATE, private=True))]
    assert {press.action for press in found if press} == set(Action) - {Action.STOP}
    assert all(press == Press(press.action, STATE) for press in found if press)
    assert [pressed(button) for button in buttons_in(stop_button(17))] == [Press(Action.STOP, "17")]


def test_the_state_of_an_answer_is_found_in_its_blocks() -> None:
    assert state_of(answer("Three.", [], STATE)) == STATE
    assert state_of(answer("", [picked(FARGO, REASON)], STATE)) == STATE
    assert state_of([carousel([picked(FARGO, REASON)], STATE)]) == STATE
    assert state_of([*sections("Three."), stop_button(17)]) is None


def test_picks_to_choose_from() -> None:
    several = pick_select(Action.SEEN, STATE, PICKS)
    assert several["text"] == mrkdwn("Which have you seen?")
    select = several["accessory"]
    assert select["type"] == "multi_static_select"
    assert [item["text"]["text"] for item in select["options"]] == ["Fargo (1996)", "In <Bruges>"]
    chosen = {"action_id": select["action_id"], "selected_options": select["options"]}
    assert pressed(chosen) == Press(Action.SEEN, STATE, (0, 1))

    one = pick_select(Action.MORE, STATE, PICKS)["accessory"]
    assert one["type"] == "static_select"
    chosen = {"action_id": one["action_id"], "selected_option": one["options"][1]}
    assert pressed(chosen) == Press(Action.MORE, STATE, (1,))
    assert pressed({"action_id": one["action_id"], "selected_option": None}) == Press(Action.MORE, STATE)


@pytest.mark.parametrize(
    "action",
    [
        {},
        {"action_id": "other"},
        {"action_id": "matinee:explode", "value": STATE},
        {"action_id": "matinee:seen:", "value": STATE},
        {"action_id": "matinee:seen:111", "value": STATE},
        {"action_id": "matinee-pick:seen:", "value": STATE},
    ],
)
def test_what_is_not_ours_is_left_alone(action: dict[str, Any]) -> None:
    assert pressed(action) is None


def test_a_word_on_titles_is_confirmed_as_it_was_meant() -> None:
    assert done(Action.SAVE, PICKS) == "Saved: Fargo (1996), In &lt;Bruges&gt;."


# --- whole answers ---


def test_an_answer_is_its_text_its_cards_and_its_buttons() -> None:
    blocks = answer("**Three** for you.", [picked(FARGO, REASON)] * 3, STATE)
    assert [block["type"] for block in blocks] == ["section", "carousel", "actions"]
    assert blocks[0]["text"] == mrkdwn("*Three* for you.")
    plain = answer("", [picked(FARGO, REASON)] * 3, STATE, in_carousel=False)
    assert [block["type"] for block in plain] == ["section", "section", "section", "actions", "actions"]


def test_an_answer_without_a_state_has_no_buttons() -> None:
    assert not list(buttons_in(answer("Three.", [picked(FARGO, REASON)], None)))


def test_a_text_that_no_message_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        answer("word " * 2_500, [], STATE)


NAMES = st.text(st.sampled_from("ab &<>*_|🎬\n"), min_size=1, max_size=200)
REASONS = st.text(st.sampled_from("ab *_`&<|🎬\n."), max_size=400)
TITLES = st.builds(
    lambda name, number, services, poster: Title(
        f"tmdb:movie:{number}",
        MediaType.MOVIE,
        name,
        genres=("Drama", "Comedy", "Crime"),
        rating=Rating(7.1, 12, "TMDB"),
        poster_url=poster,
        availability=tuple(Availability(f"Service {n}", "US", "2022") for n in range(services)),
    ),
    NAMES,
    st.integers(1, 10**6),
    st.sampled_from([0, 1, 60]),
    st.sampled_from([None, "javascript:x", POSTER, "https://x.y/" + "p" * 280, "https://x.y/" + "p" * 3_000]),
)


@given(
    st.lists(st.builds(picked, TITLES, REASONS), max_size=12),
    st.sampled_from(["", "A sentence & more. ", "**w** <b> "]),
    st.sampled_from([0, 1, 60, 300]),
    st.booleans(),
    st.sampled_from([None, STATE]),
)
@settings(deadline=None, max_examples=40)
def test_no_limit_is_passed(
    picks: list[PickedTitle], text: str, times: int, in_carousel: bool, state_id: str | None
) -> None:
    blocks = answer(text * times, picks, state_id, state_id, private=True, in_carousel=in_carousel)
    assert len(blocks) <= MESSAGE_BLOCKS
    assert size_of(blocks) <= TOTAL
    assert all(len(button["action_id"]) <= 255 for button in buttons_in(blocks))
    for block in blocks:
        SdkBlock.parse(json.loads(json.dumps(block))).to_dict()  # type: ignore[union-attr]
        if block["type"] == "section":
            assert 1 <= len(block["text"]["text"]) <= 3_000
            assert len(block.get("accessory", {}).get("alt_text", "")) <= 2_000
        if block["type"] == "carousel":
            assert 1 <= len(block["elements"]) <= CARDS
            for shown in block["elements"]:
                assert 1 <= len(shown["title"]["text"]) <= 150
                assert 1 <= len(shown["subtitle"]["text"]) <= 150
                assert len(shown.get("body", {}).get("text", "")) <= 200
                assert len(shown.get("actions", ())) <= 3


def test_a_card_that_has_little_room_loses_words_and_not_facts() -> None:
    poster = "https://x.y/" + "p" * 288
    title = replace(FARGO, name="Fargo " * 50, poster_url=poster)
    shown = card(title, "word " * 500, 800)
    assert size_of([shown]) <= 800
    lines = shown["text"]["text"].split("\n")
    assert lines[0].endswith("…>*")
    assert lines[1].endswith("word…")
    assert lines[2:] == [FARGO_FACTS, "On Netflix (US, as of 2022)"]


def test_ten_cards_have_room() -> None:
    picks = [picked(FARGO, f"{REASON} " * 20)] * 12
    assert len(answer("", picks, STATE)[0]["elements"]) == CARDS
    assert len(answer("", picks, STATE, in_carousel=False)) == CARDS + 2
