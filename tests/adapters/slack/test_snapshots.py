"""What messages, forms and the home tab look like on Slack."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters import copy
from adapters.buttons import Action
from adapters.slack.agent import prompts
from adapters.slack.blocks import answer, card, done, pick_select, section, stop_button
from adapters.slack.messages import Dressing, shown
from adapters.slack.views import Recent, home, preferences_modal, recommend_modal, refine_modal
from core.domain import Intent, MediaType, SearchFilters
from core.memory.records import Owner, Preferences, StoredTurn, Subject
from tests.adapters.slack.people import Club
from tests.snapshots import FARGO, PICKS, STATE, STATE_OF_ANSWER, UNKNOWN, kept

FOLDER = Path(__file__).parent / "snapshots"
TEXT = "`film` `comedy` `from 1990`\n\nTwo that go there:\n\n1. **Fargo (1996)** — *nobody* here is clean…"
FILTERS = SearchFilters(media_type=MediaType.MOVIE, genres=("Comedy",), year_from=1990, min_rating=7.0)
PREFERENCES = Preferences(providers=("Netflix",), blocked_genres=("Horror",), language="da")
SAVED = replace(FARGO, poster_url=None)
RECENT = (
    Recent(
        StoredTurn("ann", "dark comedies", Intent.RECOMMEND, SearchFilters(), at=1_772_000_000.0), (FARGO,)
    ),
    Recent(StoredTurn("ann", "", Intent.RECOMMEND, FILTERS, at=1_771_000_000.0), (FARGO, UNKNOWN)),
)
# What is sent, by the name of its file.
SENT: Mapping[str, Mapping[str, Any]] = {
    "answer in a carousel": shown(TEXT, Dressing(PICKS, STATE)),
    "answer in sections": shown(TEXT, Dressing(PICKS, STATE), in_carousel=False),
    "whispered answer that was cut": shown("…", Dressing(PICKS, STATE, private=True, cut=True)),
    "answer that goes on": shown("…", Dressing((), STATE, "signed.rest")),
    "while it is written": shown("…", below=stop_button(7)),
    "end of a stream": {"blocks": answer("", PICKS, STATE)},
    "choice of picks": {"blocks": [pick_select(Action.SEEN, STATE, STATE_OF_ANSWER.picks)]},
    "picks that were marked": {"blocks": [section(done(Action.SEEN, STATE_OF_ANSWER.picks))]},
    "title": {"blocks": [card(replace(FARGO, overview="A car salesman hires two men."), "A car salesman…")]},
    "form of recommend": recommend_modal("C1"),
    "form of refine": refine_modal(STATE, FILTERS),
    "form of preferences": preferences_modal(Owner(Subject.USER, "slack", "T1/U1"), PREFERENCES),
    "form of a workspace": preferences_modal(Owner(Subject.SERVER, "slack", "T1"), Preferences()),
    "home": home(PREFERENCES, (SAVED, UNKNOWN), RECENT),
    "home of an administrator": home(Preferences(), (), (), Preferences(refined_by_all=True)),
    "prompts": prompts(),
}


def readable(sent: Mapping[str, Any]) -> str:
    """A message, a form or a tab, as lines."""
    lines: list[str] = []
    if sent.get("type") == "modal":
        buttons = " ".join(f"[{sent[key]['text']}]" for key in ("submit", "close"))
        lines.append(f"# {sent['title']['text']} {buttons} ({sent['callback_id']})")
    if "blocks" not in sent:
        lines.append(sent.get("markdown_text") or sent.get("text") or sent["title"])
        lines += [f"[{prompt['title']}] {prompt['message']}" for prompt in sent.get("prompts", ())]
    for block in sent.get("blocks", ()):
        lines += ["", *_block(block)]
    return "\n".join(lines).lstrip("\n") + "\n"


def _block(block: Mapping[str, Any]) -> Iterable[str]:
    match block["type"]:
        case "header":
            yield f"# {block['text']['text']}"
        case "divider":
            yield "———"
        case "context":
            yield from (f"({element['text']})" for element in block["elements"])
        case "section":
            yield from block["text"]["text"].splitlines()
            yield from (f"  {line}" for line in _element(block["accessory"])) if "accessory" in block else ()
        case "actions":
            for element in block["elements"]:
                yield from _element(element)
        case "input":
            yield f"{block['label']['text']} ({block['block_id']})"
            yield from (f"  {line}" for line in _element(block["element"]))
        case "carousel":
            for place, element in enumerate(block["elements"]):
                yield from ([""] if place else [])
                yield f"[card] {element['title']['text']}"
                yield from (f"  {line}" for line in _card(element))
        case other:
            raise AssertionError(f"{other} is read by nobody yet")


def _card(element: Mapping[str, Any]) -> Iterable[str]:
    yield from _element(element["hero_image"]) if "hero_image" in element else ()
    for part in ("subtitle", "body"):
        yield from element[part]["text"].splitlines() if part in element else ()
    for action in element.get("actions", ()):
        yield from _element(action)


def _element(element: Mapping[str, Any]) -> Iterable[str]:
    """What can be looked at, pressed, chosen or filled in."""
    match element["type"]:
        case "image":
            yield f"picture {element['image_url']} ({element['alt_text']})"
        case "button":
            read_out = element.get("accessibility_label")
            aloud = f" (read out: {read_out})" if read_out else ""
            yield f"[{element['text']['text']}]{aloud} {element['action_id']} {element.get('value', '')}"
        case "plain_text_input":
            given = element.get("initial_value") or f"‹{element['placeholder']['text']}›"
            yield f"{given} ({element['max_length']} characters at most)"
        case "number_input":
            given = element.get("initial_value", "")
            kind = "decimals too" if element["is_decimal_allowed"] else "whole"
            yield f"‹{given}› ({element['min_value']} to {element['max_value']}, {kind})"
        case kind:
            initial = element.get("initial_options") or [element.get("initial_option")]
            chosen = ", ".join(item["text"]["text"] for item in initial if item)
            offers = ", ".join(item["text"]["text"] for item in element.get("options", ()))
            yield f"‹{chosen}› ({kind}: {offers or 'what is offered while one types'})"


@pytest.mark.parametrize("name", SENT)
def test_it_looks_as_it_did(name: str) -> None:
    kept(FOLDER, name, readable(SENT[name]))


def test_what_goes_wrong_is_told_as_it_was() -> None:
    told = (
        copy.broken("k3f9"),
        copy.cannot_keep(),
        copy.cannot_show(),
        copy.fault("expired_interaction"),
        copy.fault("forged_interaction"),
        copy.goes_on(),
        copy.stopped("A slow one"),
        copy.cut_short("A slow one"),
        copy.too_late(),
        copy.too_many(),
        copy.queued(3),
    )
    kept(FOLDER, "notices", "\n".join(readable(shown(text)) for text in told))


@pytest.mark.parametrize(
    ("name", "command", "text"),
    [
        ("help", "/movies-help", ""),
        ("title without a name", "/title", ""),
        ("title that is unknown", "/title", "No *Such* Title"),
        ("years that contradict each other", "/recommend", "x year:2010-1990"),
        ("genre that is unknown", "/recommend", "x genre:comdy"),
        ("value that cannot be read", "/recommend", "x rating:good"),
        ("preferences of nobody", "/movies-preferences", "everyone"),
        ("preferences of a workspace", "/movies-preferences", "workspace"),
        ("forgotten", "/movies-forget", ""),
    ],
)
async def test_what_a_command_says_looks_as_it_did(
    club: Club, worker: None, name: str, command: str, text: str
) -> None:
    asked = await club.slack.command(club.general, club.ann, command, text)
    told = await club.word(asked)
    kept(FOLDER, f"said - {name}", readable(told.body))
