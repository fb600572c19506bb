"""Forms and the home tab: what they show, and what was filled in.

Each input's block and action are called as what it sets: a filter or a preference.

https://docs.slack.dev/reference/views
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from adapters import copy
from adapters.completions import Completion, TitleCompletions, completed_list
from adapters.slack.blocks import Block, card, linked, marked, option, plain, section, sections
from adapters.slack.flags import Wish, in_words
from adapters.slack.mrkdwn import clipped, fitted, literal
from core.answering.chips import filter_chips
from core.answering.talk import help_text
from core.domain import (
    FIRST_YEAR,
    LAST_YEAR,
    LONGEST_MINUTES,
    MediaType,
    Popularity,
    SearchFilters,
    Title,
    filters_from_mapping,
)
from core.errors import InvalidRequest
from core.memory.profiles import checked_preferences
from core.memory.records import Owner, Preferences, StoredTurn, Subject
from core.retrieval import resolved
from core.vocabulary.certifications import CERTIFICATIONS
from core.vocabulary.genres import GENRES
from core.vocabulary.names import Names
from core.vocabulary.places import countries, country_name, language_name, languages
from core.vocabulary.services import SERVICES

__all__ = [
    "PREFERENCES",
    "RECOMMEND",
    "REFINE",
    "HomeAction",
    "HomePress",
    "Recent",
    "RefusedForm",
    "View",
    "home",
    "home_pressed",
    "owner_in",
    "preferences_modal",
    "read_preferences",
    "read_wish",
    "recommend_modal",
    "refine_modal",
    "suggestions",
]

View = dict[str, Any]
_T = TypeVar("_T")

RECOMMEND, REFINE, PREFERENCES = "matinee-recommend", "matinee-refine", "matinee-preferences"
"""The `callback_id` of each form."""
# Of a form's title and its buttons, and of `private_metadata`: https://docs.slack.dev/reference/views/modal-views
_HEADING, _METADATA = 24, 3_000
# https://docs.slack.dev/reference/block-kit/blocks/input-block
_LABEL = 2_000
# https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
_PLACEHOLDER = 150
# https://docs.slack.dev/reference/block-kit/blocks/header-block
_HEADER = 150
# https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
_OPTIONS = 100
# https://docs.slack.dev/reference/block-kit/composition-objects/option-object
_VALUE = 150
# As many blocks as these make, a home tab has room for; it takes 100:
# https://docs.slack.dev/reference/views/home-tab-views
_MOST_SAVED, _MOST_RECENT = 30, 10
# Of a recent answer: characters of what was asked and of each title, and titles.
_SHOWN, _MOST_TITLES = 200, 10
_LONGEST_WISH = 1_000

_ANY, _YES, _NO = "any", "yes", "no"
_KINDS = {MediaType.MOVIE.value: "Films", MediaType.TV.value: "Series"}
_KNOWN = {Popularity.POPULAR.value: "Well known", Popularity.HIDDEN_GEMS.value: "Hidden gems"}
_CERTIFICATIONS = {name: name for name in CERTIFICATIONS.canonical}
_WHOSE: Mapping[Subject, str] = MappingProxyType(
    {
        Subject.USER: "For you",
        Subject.SERVER: "In this workspace",
        Subject.CHANNEL: "In this channel",
        Subject.EVERYONE: "For everyone",
    }
)
# What is set for a whole workspace alone. That answers to mentions stand in threads is no question here.
_RULES: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {"refined_by_all": ("Answers are continued by", {_NO: "The asker", _YES: "Everyone"})}
)
_CHOICE_OF = MappingProxyType({True: _YES, False: _NO, None: _ANY})
_CHOSEN = MappingProxyType({choice: value for value, choice in _CHOICE_OF.items()})
# What is offered among several, but of which there is one.
_ALONE = ("language", "region")
_PAIRS = (("year_from", "year_to"), ("min_runtime", "max_runtime"), ("genres", "exclude_genres"))


class RefusedForm(InvalidRequest):
    """A form that cannot be taken as it was filled in.

    Args:
        errors: What is wrong, by the ids of blocks: the `errors` of `response_action: errors`.
    """

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


# --- forms ---


def recommend_modal(context: str = "", text: str = "", filters: SearchFilters = SearchFilters()) -> View:
    """The form of a command without text: words, every filter, and who sees the answer.

    Args:
        context: What has to be known once it is sent, such as the channel; it comes back as the view's
            `private_metadata`.
        text: The words that it opens with.
        filters: The filters that it opens with.

    Raises:
        ValueError: the context is longer than Slack keeps.
    """
    alone = {"type": "checkboxes", "options": [option("Only I see the answer", "private")]}
    blocks = [
        _words("What do you feel like watching?", "Dark comedies, nothing gory", text),
        *_filter_inputs(filters),
        _input("private", "Who sees it", alone),
    ]
    return _modal(RECOMMEND, "Find something", "Find", blocks, context)


def refine_modal(state_id: str, filters: SearchFilters) -> View:
    """The form in which an answer is refined.

    Args:
        state_id: The signed id of the answer's state; it comes back as the view's `private_metadata`.
        filters: Those in force; what is sent takes their place.
    """
    words = _words("In other words", "Something lighter, less gory, …", "")
    return _modal(REFINE, "Refine", "Refine", [words, *_filter_inputs(filters)], state_id)


def preferences_modal(owner: Owner, preferences: Preferences) -> View:
    """The form of what holds for every wish of a user, in a workspace or in a channel.

    Args:
        owner: Whose they are; `owner_in` reads it of the view that is sent.
        preferences: What is set.
    """
    blocked = "Genres that I never want" if owner.kind is Subject.USER else "Genres that nobody gets"
    blocks = [
        _input("providers", "Services", _offered(preferences.providers, least=0)),
        _input("region", "Country whose services count", _one_offered(preferences.region, country_name)),
        _input("genres", "Liked genres, where a wish names none", _several(GENRES, preferences.genres)),
        _input("blocked_genres", blocked, _several(GENRES, preferences.blocked_genres)),
        _input("language", "Original language", _one_offered(preferences.language, language_name)),
        _input(
            "max_certification",
            "Age rating, at most",
            _one_of(_CERTIFICATIONS, preferences.max_certification),
        ),
    ]
    if owner.kind is Subject.SERVER:
        blocks += [
            _input(key, label, _one_of(labels, _CHOICE_OF[getattr(preferences, key)]))
            for key, (label, labels) in _RULES.items()
        ]
    context = json.dumps([owner.kind, owner.platform, owner.id])
    return _modal(PREFERENCES, _WHOSE[owner.kind], "Save", blocks, context)


def _modal(callback_id: str, title: str, submit: str, blocks: list[Block], context: str) -> View:
    if len(context) > _METADATA:
        raise ValueError(f"{len(context):,} characters of context are too many; {_METADATA:,} are kept")
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": context,
        "title": plain(title, _HEADING),
        "submit": plain(submit, _HEADING),
        "close": plain("Cancel", _HEADING),
        "blocks": blocks,
    }


def _filter_inputs(filters: SearchFilters) -> list[Block]:
    """An input for every filter."""
    inputs = {
        "media_type": ("Films or series", _one_of(_KINDS, filters.media_type)),
        "genres": ("Genres, all of them", _several(GENRES, filters.genres)),
        "exclude_genres": ("None of these genres", _several(GENRES, filters.exclude_genres)),
        "providers": ("On one of these services", _offered(filters.providers, least=0)),
        "region": ("… in this country", _one_offered(filters.region, country_name)),
        "year_from": ("Earliest year", _number(filters.year_from, FIRST_YEAR, LAST_YEAR)),
        "year_to": ("Latest year", _number(filters.year_to, FIRST_YEAR, LAST_YEAR)),
        "min_rating": ("Lowest rating, 0 to 10", _number(filters.min_rating, 0, 10, whole=False)),
        "min_runtime": ("Shortest, in minutes", _number(filters.min_runtime, 1, LONGEST_MINUTES)),
        "max_runtime": ("Longest, in minutes", _number(filters.max_runtime, 1, LONGEST_MINUTES)),
        "like_titles": ("Like these titles", _offered(filters.like_titles, least=0)),
        "exclude_titles": ("Not these titles", _offered(filters.exclude_titles, least=0)),
        "people": ("With all of these people", _offered(filters.people, least=0)),
        "exclude_people": ("Without these people", _offered(filters.exclude_people, least=0)),
        "languages": ("Original language, one of these", _offered(filters.languages, languages().shown)),
        "countries": ("From one of these countries", _offered(filters.countries, countries().shown)),
        "max_certification": ("Age rating, at most", _one_of(_CERTIFICATIONS, filters.max_certification)),
        "popularity": ("Well known or overlooked", _one_of(_KNOWN, filters.popularity)),
    }
    return [_input(key, label, element) for key, (label, element) in inputs.items()]


def _input(key: str, label: str, element: Block) -> Block:
    return {
        "type": "input",
        "block_id": key,
        "label": plain(label, _LABEL),
        "element": {**element, "action_id": key},
        "optional": True,
    }


def _words(label: str, example: str, text: str) -> Block:
    element: Block = {"type": "plain_text_input", "multiline": True, "max_length": _LONGEST_WISH}
    element["placeholder"] = plain(example, _PLACEHOLDER)
    return _input("words", label, element | ({"initial_value": text[:_LONGEST_WISH]} if text else {}))


def _number(chosen: float | None, low: int, high: int, *, whole: bool = True) -> Block:
    made: Block = {"type": "number_input", "is_decimal_allowed": not whole}
    made |= {"min_value": str(low), "max_value": str(high)}
    return made | ({"initial_value": f"{chosen:g}"} if chosen is not None else {})


def _one_of(labels: Mapping[str, str], chosen: str | None) -> Block:
    """A select of one. It cannot be emptied, so that any is one of its options."""
    options = {value: option(label, value) for value, label in {_ANY: "Any", **labels}.items()}
    made: Block = {"type": "static_select", "options": list(options.values())}
    return made | ({"initial_option": options[chosen]} if chosen in options else {})


def _several(names: Names, chosen: Iterable[str]) -> Block:
    options = [option(names.shown(name), name) for name in names.canonical[:_OPTIONS]]
    known = filter(None, map(names.find, chosen))
    return _with_initial({"type": "multi_static_select", "options": options}, known, names.shown)


def _offered(chosen: Iterable[str], shown: Callable[[str], str] = str, least: int = 1) -> Block:
    """A select of several whose options come while one types, from so many letters on."""
    return _with_initial({"type": "multi_external_select", "min_query_length": least}, chosen, shown)


def _one_offered(chosen: str | None, shown: Callable[[str], str]) -> Block:
    """A select of several of which one may be chosen: a select of one cannot be emptied."""
    return {**_offered([chosen] if chosen else [], shown), "max_selected_items": 1}


def _with_initial(element: Block, chosen: Iterable[str], shown: Callable[[str], str]) -> Block:
    initial = [option(shown(value), value) for value in dict.fromkeys(chosen) if len(value) <= _VALUE]
    return element | ({"initial_options": initial} if initial else {})


# --- what was filled in ---


def read_wish(view: Mapping[str, Any]) -> Wish:
    """What a form asks for: one that was opened by a command, or to refine an answer.

    Raises:
        RefusedForm: an input cannot be taken, inputs contradict each other, or nothing is asked for.
    """
    given = _given(view)
    text, private = given.pop("words", ""), "private" in given.pop("private", ())
    filters = _checked(given, _PAIRS, lambda part: resolved(filters_from_mapping(part)))
    if view.get("callback_id") == RECOMMEND and not text and not filters.any_wish:
        raise RefusedForm({"words": "Say what you feel like watching, or choose something below."})
    return Wish(text, filters, private)


def read_preferences(view: Mapping[str, Any], before: Preferences) -> Preferences:
    """What a form sets.

    Args:
        view: The form.
        before: What was set: what the form has no input for stays.

    Raises:
        RefusedForm: an input cannot be taken, or a genre is both liked and blocked.
    """
    given = _given(view)
    kept: dict[str, Any] = {"in_threads": before.in_threads}
    if "region" not in view["state"]["values"]:  # a form that was opened before there was such an input
        kept["region"] = before.region
    for key in _RULES:
        sent = key in view["state"]["values"]
        kept[key] = _CHOSEN[given.pop(key, _ANY)] if sent else getattr(before, key)
    return _checked(
        given,
        [("genres", "blocked_genres")],
        lambda part: checked_preferences(Preferences(**kept, **part)),
    )


def owner_in(view: Mapping[str, Any]) -> Owner:
    """Whose preferences a form sets."""
    kind, platform, owner_id = json.loads(view["private_metadata"])
    return Owner(Subject(kind), platform, owner_id)


def _given(view: Mapping[str, Any]) -> dict[str, Any]:
    """What is filled in, by block; what is left empty, or left to be any, is not there.

    https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
    """
    values = {
        key: _value(held) for key, inside in view["state"]["values"].items() for held in inside.values()
    }
    given = {key: value for key, value in values.items() if value not in (None, "", (), _ANY)}
    return given | {key: given[key][0] for key in _ALONE if key in given}


def _value(held: Mapping[str, Any]) -> str | tuple[str, ...] | None:
    match held:
        case {"selected_options": list() as options}:
            return tuple(str(item["value"]) for item in options)
        case {"selected_option": {"value": str() as value}}:
            return value
        case {"value": str() as text}:
            return text.strip()
        case _:
            return None


def _checked(
    given: Mapping[str, Any],
    pairs: Iterable[tuple[str, str]],
    made: Callable[[Mapping[str, Any]], _T],
) -> _T:
    """What is made of all that is given.

    Raises:
        RefusedForm: what cannot be taken, block by block; of a pair that contradicts itself, its second one.
    """
    errors: dict[str, str] = {}
    for keys in (*((key,) for key in given), *pairs):
        if all(key in given and key not in errors for key in keys):
            try:
                made({key: given[key] for key in keys})
            except InvalidRequest as error:
                errors[keys[-1]] = copy.sentence(in_words(error))
    if errors:
        raise RefusedForm(errors)
    return made(given)


# --- what is offered while one types ---


def suggestions(
    action_id: str, typed: str, titles: TitleCompletions, people: TitleCompletions
) -> dict[str, list[Block]]:
    """The answer to a `block_suggestion`: at most 100 options.

    Args:
        action_id: Of the select.
        typed: What is typed so far.
        titles: Names of titles.
        people: Names of people, see `people_completions`.
    """
    alone = typed.replace(",", " ")  # a comma begins the next name of a list, and this is none
    found: Sequence[Completion] = ()
    match action_id:
        case "like_titles" | "exclude_titles":
            found = titles.complete(typed, _OPTIONS)
        case "people" | "exclude_people":
            found = people.complete(typed, _OPTIONS)
        case "languages" | "language":
            found = completed_list(alone, languages(), _OPTIONS)
        case "providers":
            found = completed_list(alone, SERVICES, _OPTIONS)
        case "countries" | "region":
            found = completed_list(alone, countries(), _OPTIONS)
    offers: dict[str, Block] = {}
    for item in found:  # one option a name: two titles of it would be the same choice
        if item.label.strip() and len(item.value) <= _VALUE:
            offers.setdefault(item.value, option(item.label, item.value))
    return {"options": list(offers.values())}


# --- the home tab ---


class HomeAction(StrEnum):
    """What can be done on the home tab. Values are kept by Slack: they must not change."""

    FIND = "find"
    """Open the form of `/recommend`."""
    PREFERENCES = "preferences"
    """Open the form of someone's preferences, or of the workspace's."""
    MORE = "more"
    """More like a saved title."""
    SEEN = "seen"
    """A saved title has been seen."""
    REMOVE = "remove"
    """A title is saved no longer."""


@dataclass(frozen=True, slots=True)
class HomePress:
    """Something that was pressed on the home tab."""

    action: HomeAction
    value: str = ""
    """The id of a title; of preferences, the kind of their owner."""


@dataclass(frozen=True, slots=True)
class Recent:
    """An answer that someone had."""

    turn: StoredTurn
    titles: tuple[Title, ...]
    """What it argued for."""


_HOME = "matinee-home"
_ON_SAVED = {HomeAction.MORE: "More like this", HomeAction.SEEN: "Seen it", HomeAction.REMOVE: "Remove"}


def home(
    preferences: Preferences,
    saved: Sequence[Title],
    recent: Sequence[Recent],
    workspace: Preferences | None = None,
) -> View:
    """Someone's home tab.

    Args:
        preferences: Theirs.
        saved: Titles that they saved, the newest first.
        recent: Answers that they had, the newest first.
        workspace: What holds in the workspace; None where they may not change it.
    """
    blocks = [
        {"type": "header", "text": plain("Matinee", _HEADER)},
        *sections(help_text()),
        {"type": "actions", "elements": [_home_button(HomeAction.FIND, "Find something")]},
        _DIVIDER,
        _preferences_section(Subject.USER, preferences),
    ]
    if workspace is not None:
        blocks.append(_preferences_section(Subject.SERVER, workspace))
    shown = (title.seen_from(preferences.region) for title in saved[:_MOST_SAVED])
    blocks += [_DIVIDER, section("*Saved*"), *map(_saved_section, shown)]
    if not saved:
        blocks.append(section("Nothing yet. Press Save under an answer to keep a title here."))
    if len(saved) > _MOST_SAVED:
        blocks.append(_remark(f"… and {len(saved) - _MOST_SAVED} more"))
    blocks += [_DIVIDER, section("*Recent answers*")]
    blocks += [block for answer in recent[:_MOST_RECENT] for block in _recent_blocks(answer)]
    if not recent:
        blocks.append(section("None yet."))
    return {"type": "home", "blocks": blocks}


def home_pressed(action: Mapping[str, Any]) -> HomePress | None:
    """What one of a payload's `actions` asks for; None where it is none of the home tab's."""
    if not str(action.get("action_id", "")).startswith(f"{_HOME}:"):
        return None
    chosen = action.get("selected_option") or action
    name, _, value = str(chosen.get("value", "")).partition(" ")
    return HomePress(HomeAction(name), value) if name in set(HomeAction) else None


_DIVIDER: Block = {"type": "divider"}


def _home_button(action: HomeAction, label: str, value: str = "") -> Block:
    return {
        "type": "button",
        "text": plain(label, _HEADING),
        "action_id": f"{_HOME}:{action}",
        "value": f"{action} {value}".rstrip(),
    }


def _preferences_section(kind: Subject, preferences: Preferences) -> Block:
    told = {
        "Services": ", ".join(preferences.providers),
        "Country of services": country_name(preferences.region) if preferences.region else "",
        "Genres": ", ".join(preferences.genres),
        "Without": ", ".join(preferences.blocked_genres),
        "Language": language_name(preferences.language) if preferences.language else "",
        "Age rating, at most": preferences.max_certification or "",
    }
    for key, (label, labels) in _RULES.items():
        told[label] = labels.get(_CHOICE_OF[getattr(preferences, key)], "")
    lines = [f"{label}: {literal(value)}" for label, value in told.items() if value] or ["Nothing is set."]
    button = _home_button(HomeAction.PREFERENCES, "Change", kind)
    return {**section("\n".join([f"*{_WHOSE[kind]}*", *lines])), "accessory": button}


def _saved_section(title: Title) -> Block:
    shown = card(title, "")
    options = [option(label, f"{action} {title.id}") for action, label in _ON_SAVED.items()]
    if any(len(item["value"]) > _VALUE for item in options):
        return shown
    return {**shown, "accessory": {"type": "overflow", "action_id": f"{_HOME}:saved", "options": options}}


def _recent_blocks(answer: Recent) -> list[Block]:
    turn = answer.turn
    asked = clipped(" ".join(turn.text.split()), _SHOWN) or fitted(
        ", ".join(filter_chips(turn.filters)), _SHOWN
    )
    titles = " · ".join(linked(title, _SHOWN) for title in answer.titles[:_MOST_TITLES])
    when = datetime.fromtimestamp(turn.at, UTC)
    # In the reader's own time: https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    date = f"<!date^{int(turn.at)}^{{date_short_pretty}}, {{time}}|{when:%Y-%m-%d %H:%M} UTC>"
    lines = [line for line in (f"*{asked}*" if asked else "", titles) if line]
    return [*([section("\n".join(lines))] if lines else []), _remark(date)]


def _remark(text: str) -> Block:
    return {"type": "context", "elements": [marked(text)]}
