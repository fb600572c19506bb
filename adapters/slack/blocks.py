"""Cards, buttons and choices as Block Kit, within Slack's limits by construction.

Buttons hold all that it takes to act on them: the action in their `action_id`, the signed id of the answer's
state in their `value`.

https://docs.slack.dev/reference/block-kit/blocks
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from adapters.buttons import DONE, LABELS, MARKS, QUESTIONS, Action, Pick
from adapters.cards import facts_line, where_line
from adapters.pager import utf16_length
from adapters.slack.mrkdwn import clipped, fitted, link, literal, mrkdwn_pages, shortened
from core.domain import PickedTitle, Title

__all__ = [
    "CARDS",
    "MESSAGE_BLOCKS",
    "TOTAL",
    "Block",
    "Press",
    "answer",
    "answer_buttons",
    "card",
    "carousel",
    "done",
    "linked",
    "marked",
    "option",
    "pick_select",
    "plain",
    "pressed",
    "section",
    "sections",
    "size_of",
    "state_of",
    "stop_button",
]

Block = dict[str, Any]

MESSAGE_BLOCKS = 50
"""The most blocks of one message: https://docs.slack.dev/reference/block-kit/blocks"""
TOTAL = 11_000
"""The most characters of all its blocks. Slack names no limit; messages were refused from about 11,300 on:
https://github.com/slackapi/bolt-js/issues/2867"""
CARDS = 10
"""The most cards of a carousel: https://docs.slack.dev/reference/block-kit/blocks/carousel-block"""
# https://docs.slack.dev/reference/block-kit/blocks/section-block
_SECTION = 3_000
# https://docs.slack.dev/reference/block-kit/blocks/card-block
_CARD_TITLE = _CARD_SUBTITLE = 150
_CARD_BODY = 200
# https://docs.slack.dev/reference/block-kit/composition-objects/option-object
_OPTION = 75
# https://docs.slack.dev/reference/block-kit/block-elements/button-element
_BUTTON = 75
# Of an image's description and address Slack takes 2,000 and 3,000 characters, but all of them count:
# https://docs.slack.dev/reference/block-kit/block-elements/image-element
_ALT_TEXT, _IMAGE_URL = 200, 300
# What a card as a section keeps for each line but the one that argues.
_LINE = 300
# With less room than this for each, fewer cards are shown.
_LEAST_CARD = 800

_READ_OUT: Mapping[Action, str] = MappingProxyType(
    {Action.LIKE: "I like it", Action.DISLIKE: "I don't like it"}
)
# What each card of a carousel has buttons for, three at most; the row below leaves it out.
_ON_CARDS: Mapping[Action, str] = MappingProxyType(
    {Action.MORE: "More like this", Action.SEEN: "Seen it", Action.SAVE: "Save"}
)
_ROWS = (
    (Action.CONTINUE, Action.MORE, Action.REFINE, Action.NEXT, Action.SHARE),
    (Action.SEEN, Action.SAVE, Action.LIKE, Action.DISLIKE),
)
_ACTIONS = "|".join(Action)
_PLACE = re.compile("[0-9]{1,2}")
_PRESSED = re.compile(rf"matinee:(?P<action>{_ACTIONS})(?::(?P<place>{_PLACE.pattern}))?")
_CHOSEN = re.compile(rf"matinee-pick:(?P<action>{_ACTIONS}):(?P<state>\S+)")


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed, or a choice that was made."""

    action: Action
    state_id: str
    """The signed id of the answer's state; for *Continue* of its rest, for *Stop* the number of the event."""
    places: tuple[int, ...] = ()
    """Which picks of the answer it is about, from 0; none where that has yet to be asked."""


# --- whole answers ---


def answer(
    text: str,
    picks: Sequence[PickedTitle],
    state_id: str | None,
    rest_id: str | None = None,
    *,
    private: bool = False,
    cut: bool = False,
    in_carousel: bool = True,
) -> list[Block]:
    """An answer's blocks: its text, as many of its cards as there is room for, and its buttons.

    Args:
        text: CommonMark; empty where it stands there already.
        picks: What it argues for.
        state_id: The signed id of its state; None where nothing can be gone on from.
        rest_id: The signed id of what its place did not hold; None where that is nothing.
        private: Whether the asker alone sees it.
        cut: Whether its writer broke off, and the rest can be asked for.
        in_carousel: Whether the workspace takes carousels; cards are sections otherwise.

    Raises:
        ValueError: the text is too long for one message.
    """
    head = sections(text)
    rows = answer_buttons(state_id, rest_id, private=private, cut=cut)
    room = TOTAL - size_of([*head, *rows])
    most = min(len(picks), CARDS, MESSAGE_BLOCKS - len(head) - len(rows))
    if room < 0 or most < 0:
        raise ValueError(f"a text of {len(text):,} characters is too long for one message")
    for count in range(most, 0, -1):
        if in_carousel:
            cards = [carousel(picks[:count], state_id)]
        elif room // count < _LEAST_CARD:
            continue
        else:
            cards = [card(pick.ranked.title, pick.reason, room // count) for pick in picks[:count]]
        if size_of(cards) <= room:
            if in_carousel:
                rows = answer_buttons(state_id, rest_id, private=private, cut=cut, on_cards=True)
            return [*head, *cards, *rows]
    return [*head, *rows]


def sections(text: str) -> list[Block]:
    """A text, CommonMark, as sections."""
    return [section(part) for part in mrkdwn_pages(text, _SECTION) if part]


def size_of(blocks: Sequence[Block]) -> int:
    """How many characters blocks have in all: every text, address and id counts, to be on the safe side."""
    return sum(utf16_length(text) for text in _texts(blocks))


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from _texts(item)
        case list() | tuple():
            for item in value:
                yield from _texts(item)


# --- cards ---


def carousel(picks: Sequence[PickedTitle], state_id: str | None = None) -> Block:
    """A card for each pick, at least one and at most ten, each with buttons of its own.

    Args:
        picks: What the answer argues for.
        state_id: The signed id of its state; without one, cards have no buttons.
    """
    shown = enumerate(picks[:CARDS])
    return {"type": "carousel", "elements": [_carousel_card(pick, state_id, place) for place, pick in shown]}


def _carousel_card(pick: PickedTitle, state_id: str | None, place: int) -> Block:
    title = pick.ranked.title
    where = where_line(title)
    where = clipped(f"On {where}", _CARD_BODY // 2) if where else ""
    reason = fitted(pick.reason, _CARD_BODY - len(where) - 1)
    facts = _facts(title, _CARD_SUBTITLE)
    body = "\n".join(line for line in (reason, where) if line)
    poster = _poster(title)
    made: Block = {"type": "card", "title": marked(linked(title, _CARD_TITLE))}
    made |= {"hero_image": poster} if poster else {}
    made |= {"subtitle": marked(facts)} if facts else {}
    made |= {"body": marked(body)} if body else {}
    if state_id:
        buttons = [_button(action, state_id, words) for action, words in _ON_CARDS.items()]
        made["actions"] = [{**button, "action_id": f"{button['action_id']}:{place}"} for button in buttons]
    return made


def card(title: Title, text: str, size: int = _SECTION) -> Block:
    """A title's card as a section with its poster.

    Args:
        title: Whose.
        text: What is said of it, CommonMark.
        size: How many characters the card may have in all, 800 at least.
    """
    poster = _poster(title)
    room = min(size - size_of([poster or {}, section("")]), _SECTION)
    line = min(_LINE, room // 4)
    where = where_line(title)
    head = f"*{linked(title, line - 2)}*"
    tail = [_facts(title, line), clipped(f"On {where}", line) if where else ""]
    said = fitted(text, room - utf16_length("\n".join([head, *tail])) - 1)
    made = section("\n".join(part for part in (head, said, *tail) if part))
    return {**made, "accessory": poster} if poster else made


def _facts(title: Title, size: int) -> str:
    """Rating, length and genres, and the trailer where there is room for its address."""
    facts = clipped(facts_line(title), size)
    trailer = link(title.trailer_url, "Trailer") if title.trailer_url else ""
    with_trailer = " · ".join(part for part in (facts, trailer) if part)
    return with_trailer if utf16_length(with_trailer) <= size else facts


def linked(title: Title, size: int) -> str:
    """A title's name and year as a link, in at most `size` characters."""
    name = " ".join(title.label.split()) or title.id
    bare = utf16_length(link(title.url, "")) + 1 if title.url else size
    if title.url and bare < size:
        return link(title.url, shortened(name, size - bare))
    return clipped(name, size)


def _poster(title: Title) -> Block | None:
    url = title.poster_url
    if not url or not url.startswith(("https://", "http://")) or len(url) > _IMAGE_URL:
        return None
    return {"type": "image", "image_url": url, "alt_text": shortened(f"Poster of {title.label}", _ALT_TEXT)}


# --- buttons ---


def answer_buttons(
    state_id: str | None,
    rest_id: str | None = None,
    *,
    private: bool = False,
    cut: bool = False,
    on_cards: bool = False,
) -> list[Block]:
    """The buttons of an answer, in two rows; fewer where there are not so many.

    Args:
        state_id: The signed id of its state; None where nothing can be gone on from.
        rest_id: The signed id of what its place did not hold; None where that is nothing.
        private: Whether the asker alone sees it, and may share it.
        cut: Whether its writer broke off, and the rest can be asked for.
        on_cards: Whether its cards have buttons of their own; the row leaves those out.
    """
    ids = {Action.CONTINUE: rest_id}
    unwanted = {*(_ON_CARDS if on_cards else ()), *(() if private else (Action.SHARE,))}
    rows: list[list[Block]] = [[], []]
    for place, row in enumerate(_ROWS):
        for action in row:
            kept = ids.get(action, state_id)
            label = LABELS[Action.CONTINUE] if action is Action.NEXT and cut and not rest_id else None
            if kept and action not in unwanted:
                rows[0 if on_cards else place].append(_button(action, kept, label))
    return [{"type": "actions", "elements": row} for row in rows if row]


def stop_button(claim_id: int) -> Block:
    """What stands under an answer while it is written."""
    return {"type": "actions", "elements": [_button(Action.STOP, str(claim_id))]}


def _button(action: Action, state_id: str, label: str | None = None) -> Block:
    made: Block = {
        "type": "button",
        "text": plain(label or LABELS[action], _BUTTON),
        "action_id": f"matinee:{action}",
        "value": state_id,
    }
    if action in _READ_OUT:
        made["accessibility_label"] = _READ_OUT[action]
    return made


def pick_select(action: Action, state_id: str, picks: Sequence[Pick]) -> Block:
    """A choice of the picks of an answer, for what a button does; of several, where it is a word on titles.

    Args:
        action: What the choice is for: one that asks which.
        state_id: The signed id of the answer's state.
        picks: What there is to choose from; at least one.
    """
    select = {
        "type": "multi_static_select" if action in MARKS else "static_select",
        "action_id": f"matinee-pick:{action}:{state_id}",
        "placeholder": plain("Choose", _OPTION),
        "options": [option(pick.label, str(place)) for place, pick in enumerate(picks)],
    }
    # Slack takes no select of several in a row of buttons:
    # https://docs.slack.dev/reference/block-kit/block-elements/multi-select-menu-element
    return {**section(literal(QUESTIONS[action])), "accessory": select}


def done(action: Action, picks: Sequence[Pick]) -> str:
    """What to say once someone's word on titles is kept, in Slack's markup."""
    return literal(DONE[action].format(", ".join(pick.label for pick in picks)))


def pressed(action: Mapping[str, Any]) -> Press | None:
    """What one of a payload's `actions` asks for; None where it is none of ours.

    https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
    """
    action_id = str(action.get("action_id", ""))
    button, choice = _PRESSED.fullmatch(action_id), _CHOSEN.fullmatch(action_id)
    if button:
        return Press(Action(button["action"]), str(action.get("value", "")), _places([button["place"]]))
    if choice:
        chosen = action.get("selected_options") or [action.get("selected_option") or {}]
        return Press(
            Action(choice["action"]), choice["state"], _places([item.get("value") for item in chosen])
        )
    return None


def _places(values: Sequence[object]) -> tuple[int, ...]:
    return tuple(int(value) for value in values if isinstance(value, str) and _PLACE.fullmatch(value))


def state_of(blocks: Sequence[Mapping[str, Any]]) -> str | None:
    """The signed id of an answer's state, as its buttons hold it; None where there are none."""
    for block in blocks:
        for element in block.get("elements", ()):
            inside = element.get("actions", ()) if element.get("type") == "card" else (element,)
            for press in map(pressed, inside):
                if press and press.state_id and press.action not in (Action.STOP, Action.CONTINUE):
                    return press.state_id
    return None


# --- parts ---


def marked(text: str) -> Block:
    """Text in Slack's markup, in which Slack is to look for no names and addresses of its own.

    https://docs.slack.dev/reference/block-kit/composition-objects/text-object
    """
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain(text: str, size: int) -> Block:
    """Plain text, at most `size` characters of it."""
    return {"type": "plain_text", "text": shortened(text, size), "emoji": True}


def option(label: str, value: str) -> Block:
    """One option of a select."""
    return {"text": plain(label, _OPTION), "value": value}


def section(text: str) -> Block:
    """A section of text that is in Slack's markup already."""
    return {"type": "section", "text": marked(text)}
