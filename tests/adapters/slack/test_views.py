"""Forms and the home tab: what they show, and how what was filled in is read."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.views import View as SdkView

from adapters.completions import TitleCompletions, people_completions
from adapters.slack.flags import Wish
from adapters.slack.views import (
    RECOMMEND,
    REFINE,
    HomeAction,
    HomePress,
    Recent,
    RefusedForm,
    View,
    home,
    home_pressed,
    owner_in,
    preferences_modal,
    read_preferences,
    read_wish,
    recommend_modal,
    refine_modal,
    suggestions,
)
from core.domain import Intent, MediaType, Popularity, SearchFilters, Title
from core.memory.records import Owner, Preferences, StoredTurn, Subject
from core.ports import RosterEntry
from core.vocabulary.certifications import CERTIFICATIONS
from tests.drawn import filters_of_forms

STATE = "s" * 16 + "." + "g" * 27
ME = Owner(Subject.USER, "slack", "T1/U1")
WORKSPACE = Owner(Subject.SERVER, "slack", "T1")
FARGO = Title("tmdb:movie:275", MediaType.MOVIE, "Fargo", 1996, genres=("Crime",), runtime_minutes=98)
LONG = Title("matinee:movie:" + "x" * 160, MediaType.MOVIE, "X" * 300)


def validated(view: View) -> View:
    """The same, once the SDK has found nothing wrong with it."""
    SdkView(**json.loads(json.dumps(view))).to_dict()
    ids = [block["block_id"] for block in view["blocks"] if "block_id" in block]
    assert len(ids) == len(set(ids))
    return view


def sent(view: View, **changes: Any) -> dict[str, Any]:
    """The view as Slack sends it, as it opened but for changes by block: texts, or the values of options."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        element = block["element"]
        names = {"initial_value": "value"}
        held = {
            names.get(key, key.replace("initial", "selected")): value
            for key, value in element.items()
            if key.startswith("initial_")
        }
        values[block["block_id"]] = {element["action_id"]: {"type": element["type"], **held}}
    for key, value in changes.items():
        [held] = values[key].values()
        held.update(filled_in(held["type"], value))
    return {**view, "state": {"values": values}}


def filled_in(kind: str, value: Any) -> dict[str, Any]:
    match kind:
        case "plain_text_input" | "number_input":
            return {"value": value}
        case "static_select":
            return {"selected_option": value and {"value": value}}
        case _:
            return {"selected_options": [{"value": item} for item in value]}


def labels_of(view: Mapping[str, Any]) -> list[str]:
    return [block["label"]["text"] for block in view["blocks"]]


@st.composite
def filters(draw: st.DrawFn) -> SearchFilters:
    """All of them: Slack's forms have an input for each."""
    names = st.lists(st.sampled_from(["Bill Murray", "In Bruges", "Q & <A>"]), unique=True, max_size=2)
    return replace(
        draw(filters_of_forms()),
        countries=draw(st.sampled_from([(), ("DK",)])),
        region=draw(st.sampled_from([None, "DE"])),
        people=tuple(draw(names)),
        exclude_people=tuple(draw(names)),
        max_certification=draw(st.sampled_from([None, *CERTIFICATIONS.canonical])),
        like_titles=tuple(draw(names)),
        exclude_titles=tuple(draw(names)),
        popularity=draw(st.sampled_from([None, *Popularity])),
    )


# --- wishes ---


def test_the_form_has_an_input_for_every_filter() -> None:
    asked = {block["block_id"] for block in validated(recommend_modal())["blocks"]}
    assert asked == {*SearchFilters.__dataclass_fields__, "words", "private"}


@given(filters())
@settings(deadline=None, max_examples=50)
def test_a_form_that_is_sent_as_it_opened_changes_nothing(before: SearchFilters) -> None:
    assert read_wish(sent(refine_modal(STATE, before))) == Wish("", before)


def test_a_form_for_refining_knows_its_answer() -> None:
    view = validated(refine_modal(STATE, SearchFilters(genres=("Comedy",), languages=("da",))))
    assert (view["callback_id"], view["private_metadata"]) == (REFINE, STATE)
    elements = {block["block_id"]: block["element"] for block in view["blocks"]}
    assert elements["genres"]["initial_options"] == [
        {"text": {"type": "plain_text", "text": "Comedy", "emoji": True}, "value": "Comedy"}
    ]
    [danish] = elements["languages"]["initial_options"]
    assert (danish["text"]["text"], danish["value"]) == ("Danish", "da")


def test_what_is_filled_in_is_read() -> None:
    view = sent(
        recommend_modal("C1"),
        words=" something slow ",
        media_type="movie",
        genres=["Comedy", "Crime"],
        providers=["Netflix"],
        year_from="1990",
        year_to="1999",
        min_rating="7.5",
        max_runtime="120",
        languages=["da"],
        people=["Bill Murray"],
        like_titles=["In Bruges"],
        max_certification="R",
        popularity="hidden_gems",
        private=["private"],
    )
    assert view["private_metadata"] == "C1"
    assert read_wish(view) == Wish(
        "something slow",
        SearchFilters(
            media_type=MediaType.MOVIE,
            genres=("Comedy", "Crime"),
            providers=("Netflix",),
            year_from=1990,
            year_to=1999,
            max_runtime=120,
            min_rating=7.5,
            languages=("da",),
            people=("Bill Murray",),
            max_certification="R",
            like_titles=("In Bruges",),
            popularity=Popularity.HIDDEN_GEMS,
        ),
        private=True,
    )


def test_what_is_emptied_is_no_wish_any_more() -> None:
    before = SearchFilters(MediaType.TV, genres=("Comedy",), year_from=1990, max_certification="R")
    view = sent(
        refine_modal(STATE, before), media_type="any", genres=[], year_from=None, max_certification=None
    )
    assert read_wish(view) == Wish("", SearchFilters())


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({}, {"words": "Say what you feel like watching, or choose something below."}),
        (
            {"year_from": "1999", "year_to": "1990"},
            {"year_to": "The earliest year 1999 is after the latest year 1990; swap them."},
        ),
        (
            {"min_runtime": "120", "max_runtime": "90"},
            {"max_runtime": "The shortest length 120 is after the longest length 90; swap them."},
        ),
        ({"year_from": "3000"}, {"year_from": "The earliest year is 3000; it must be from 1800 to 2100."}),
        ({"year_from": "19.5"}, {"year_from": "The earliest year cannot be '19.5'."}),
        ({"min_rating": "nan"}, {"min_rating": "The lowest rating is nan; ratings go from 0 to 10."}),
        (
            {"genres": ["Comedy"], "exclude_genres": ["Comedy", "Horror"]},
            {"exclude_genres": "Comedy is both wanted and unwanted."},
        ),
        (
            {"providers": ["Netflicks"], "min_rating": "11"},
            {
                "providers": "No service is called 'Netflicks'; did you mean Netflix?",
                "min_rating": "The lowest rating is 11; ratings go from 0 to 10.",
            },
        ),
    ],
)
def test_what_cannot_be_taken_is_told_at_its_input(changes: dict[str, Any], errors: dict[str, str]) -> None:
    with pytest.raises(RefusedForm) as refused:
        read_wish(sent(recommend_modal(), **changes))
    assert refused.value.errors == errors


@given(
    st.dictionaries(
        st.sampled_from(["year_from", "year_to", "min_rating", "min_runtime", "max_runtime", "words"]),
        st.sampled_from(["", "0", "7", "1990", "-3", "1e9", "inf", "x", "٣"]),
    ),
    st.lists(st.sampled_from(["Comedy", "Horror", "?"]), max_size=2),
    st.lists(st.sampled_from(["Comedy", "Horror", "any"]), max_size=2),
)
@settings(deadline=None, max_examples=50)
def test_whatever_is_sent_is_read_or_refused_at_its_inputs(
    texts: dict[str, str], wanted: list[str], unwanted: list[str]
) -> None:
    view = sent(recommend_modal(), **texts, genres=wanted, exclude_genres=unwanted)
    try:
        wish = read_wish(view)
    except RefusedForm as refused:
        assert set(refused.errors) <= {block["block_id"] for block in view["blocks"]}  # noqa: PT017
        return
    assert wish.text or wish.filters.set_keys()


def test_a_context_that_slack_would_not_keep_is_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        recommend_modal("x" * 3_001)


@given(st.text(max_size=300), st.text(max_size=300))
@settings(deadline=None, max_examples=50)
def test_no_limit_of_a_form_is_passed(text: str, name: str) -> None:
    validated(recommend_modal("", text * 10, SearchFilters(people=(name, name), like_titles=(name,) * 3)))


# --- preferences ---

SET = Preferences(
    providers=("Netflix", "MUBI"),
    region="US",
    genres=("Comedy",),
    language="da",
    blocked_genres=("Horror",),
    max_certification="R",
    in_threads=True,
    refined_by_all=False,
)


@pytest.mark.parametrize("owner", [ME, WORKSPACE, Owner(Subject.CHANNEL, "slack", "T1/C1")])
@pytest.mark.parametrize("before", [SET, Preferences()])
def test_preferences_that_are_sent_as_they_opened_stay(owner: Owner, before: Preferences) -> None:
    view = sent(validated(preferences_modal(owner, before)))
    assert read_preferences(view, before) == before
    assert owner_in(view) == owner


def test_rules_are_set_for_a_workspace_alone() -> None:
    assert "Answers are continued by" in labels_of(preferences_modal(WORKSPACE, SET))
    assert "Answers are continued by" not in labels_of(preferences_modal(ME, SET))


def test_preferences_are_changed_and_unset() -> None:
    view = sent(
        preferences_modal(WORKSPACE, SET),
        providers=["Hulu"],
        genres=[],
        language=[],
        max_certification="any",
        refined_by_all="any",
    )
    assert read_preferences(view, SET) == Preferences(
        providers=("Hulu",), region="US", blocked_genres=("Horror",), in_threads=True
    )
    assert read_preferences(sent(preferences_modal(ME, SET), region=["DE"]), SET).region == "DE"
    assert read_preferences(sent(preferences_modal(ME, SET), region=[]), SET).region is None


def test_preferences_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(RefusedForm) as refused:
        read_preferences(sent(preferences_modal(ME, SET), blocked_genres=["Comedy"]), SET)
    assert refused.value.errors == {"blocked_genres": "Comedy is both wanted and unwanted."}


# --- what is offered ---

ROSTER = [
    RosterEntry("Fargo", MediaType.MOVIE, 1996, 0.9, ("Frances McDormand",), ("Joel Coen", "Ethan Coen")),
    RosterEntry("Fargo", MediaType.TV, 2014, 0.8, ("Billy Bob Thornton",)),
    RosterEntry("Raising Arizona", MediaType.MOVIE, 1987, 0.5, ("Nicolas Cage",), ("Joel Coen",)),
    RosterEntry("Y" * 200, MediaType.MOVIE, 1990, 0.1),
    *(RosterEntry(f"Zed {number}", MediaType.MOVIE, 1990) for number in range(150)),
]
TITLES, PEOPLE = TitleCompletions(ROSTER), people_completions(ROSTER)


@pytest.mark.parametrize(
    ("action_id", "typed", "offered"),
    [
        ("like_titles", "far", [("Fargo (1996)", "Fargo")]),
        ("people", "coen", [("Joel Coen", "Joel Coen"), ("Ethan Coen", "Ethan Coen")]),
        ("languages", "dan", [("Danish", "da")]),
        ("language", "x, dani", []),
        ("countries", "denm", [("Denmark", "DK")]),
        ("region", "denm", [("Denmark", "DK")]),
        ("providers", "iplay", [("BBC iPlayer", "BBC iPlayer")]),
        ("like_titles", "yyy", []),
        ("other", "far", []),
    ],
)
def test_what_is_offered_while_one_types(action_id: str, typed: str, offered: list[tuple[str, str]]) -> None:
    options = suggestions(action_id, typed, TITLES, PEOPLE)["options"]
    assert [(item["text"]["text"], item["value"]) for item in options] == offered


def test_no_more_is_offered_than_slack_takes() -> None:
    assert len(suggestions("like_titles", "zed", TITLES, PEOPLE)["options"]) == 100
    for action_id in ("like_titles", "people", "languages", "countries", "region", "providers"):
        assert 0 < len(suggestions(action_id, "", TITLES, PEOPLE)["options"]) <= 100


# --- the home tab ---


def texts_of(view: View) -> list[str]:
    return [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]


def test_a_home_tab_without_anything_says_what_to_do() -> None:
    texts = texts_of(validated(home(Preferences(), [], [])))
    assert texts[1:] == [
        "*For you*\nNothing is set.",
        "*Saved*",
        "Nothing yet. Press Save under an answer to keep a title here.",
        "*Recent answers*",
        "None yet.",
    ]


def test_a_home_tab_shows_what_is_set_saved_and_was_answered() -> None:
    asked = StoredTurn("U1", "dark <comedies> *now*", Intent.RECOMMEND, SearchFilters(), at=1_790_000_000.0)
    kept_without_text = StoredTurn("U1", "", Intent.RECOMMEND, SearchFilters(genres=("Comedy",)))
    view = validated(home(SET, [FARGO], [Recent(asked, (FARGO,)), Recent(kept_without_text, ())], SET))
    fargo = "<https://www.themoviedb.org/movie/275|Fargo (1996)>"
    assert texts_of(view)[1:] == [
        "*For you*\nServices: Netflix, MUBI\nCountry of services: United States\nGenres: Comedy\n"
        "Without: Horror\nLanguage: Danish\n"
        "Age rating, at most: R\nAnswers are continued by: The asker",
        texts_of(view)[1].replace("For you", "In this workspace"),
        "*Saved*",
        f"*{fargo}*\n1 h 38 · Crime",
        "*Recent answers*",
        f"*dark &lt;comedies&gt; ∗now∗*\n{fargo}",
        "*comedy*",
    ]
    dates = [block["elements"][0]["text"] for block in view["blocks"] if block["type"] == "context"]
    assert dates[0] == "<!date^1790000000^{date_short_pretty}, {time}|2026-09-21 14:13 UTC>"


def test_what_is_pressed_on_the_home_tab_is_known() -> None:
    view = home(SET, [FARGO], [], SET)
    pressed = [home_pressed(button) for block in view["blocks"] for button in block.get("elements", ())]
    accessories = [block["accessory"] for block in view["blocks"] if "accessory" in block]
    pressed += [home_pressed(item) for item in accessories if item["type"] == "button"]
    [menu] = [item for item in accessories if item["type"] == "overflow"]
    pressed += [home_pressed({**menu, "selected_option": item}) for item in menu["options"]]
    assert pressed == [
        HomePress(HomeAction.FIND),
        HomePress(HomeAction.PREFERENCES, "user"),
        HomePress(HomeAction.PREFERENCES, "server"),
        HomePress(HomeAction.MORE, FARGO.id),
        HomePress(HomeAction.SEEN, FARGO.id),
        HomePress(HomeAction.REMOVE, FARGO.id),
    ]
    assert home_pressed({"action_id": "matinee:seen", "value": STATE}) is None
    assert home_pressed({"action_id": "matinee-home:x", "value": "explode"}) is None


def test_no_limit_of_the_home_tab_is_passed() -> None:
    turn = StoredTurn("U1", "a <&>" * 500, Intent.RECOMMEND, SearchFilters())
    view = validated(home(SET, [LONG] * 60, [Recent(turn, (LONG,) * 40)] * 40, SET))
    assert len(view["blocks"]) <= 100
    assert all(len(text) <= 3_000 for text in texts_of(view))
    assert "… and 30 more" in json.dumps(view, ensure_ascii=False)


def test_a_form_of_a_command_is_told_from_one_for_refining() -> None:
    assert recommend_modal()["callback_id"] == RECOMMEND
    assert read_wish(sent(refine_modal(STATE, SearchFilters()))) == Wish("", SearchFilters())
