"""What Slack refuses in messages and views, each limit beside its documentation.

How the refusal is worded was seen on Slack itself; its documentation tells the error strings alone.
"""

import copy
import json
import secrets
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from adapters.emulators.slack.places import Problem

__all__ = [
    "MARKDOWN_TEXT",
    "MESSAGE_BLOCKS",
    "checked_blocks",
    "checked_message",
    "checked_options",
    "checked_view",
    "interactive",
    "prepared",
]

# https://docs.slack.dev/reference/block-kit/blocks
MESSAGE_BLOCKS, _VIEW_BLOCKS = 50, 100
# https://docs.slack.dev/reference/methods/chat.postMessage (`markdown_text`), and of the stream's methods
MARKDOWN_TEXT = 12_000
# https://docs.slack.dev/reference/methods/chat.postMessage#truncating
_POSTED_TEXT = 40_000
# https://docs.slack.dev/reference/methods/chat.update#errors (`msg_too_long`)
_UPDATED_TEXT = 4_000
# https://docs.slack.dev/reference/block-kit/blocks/markdown-block: of all in one message
_MARKDOWN_BLOCKS = 12_000
# Not documented; measured at 11,341: https://github.com/slackapi/bolt-js/issues/2867
_BLOCKS_TEXT = 11_300
# https://docs.slack.dev/reference/methods/views.open#errors (`view_too_large`)
_VIEW_BYTES = 250_000

# Characters of a text, or items of a list.
_MOST: Mapping[str, Mapping[str, int]] = {
    # https://docs.slack.dev/reference/block-kit/blocks/section-block
    "section": {"text": 3_000, "fields": 10},
    "field": {"text": 2_000},
    # https://docs.slack.dev/reference/block-kit/blocks/header-block
    "header": {"text": 150},
    # https://docs.slack.dev/reference/block-kit/blocks/image-block
    "image": {"alt_text": 2_000, "image_url": 3_000, "title": 2_000},
    # https://docs.slack.dev/reference/block-kit/blocks/context-block
    "context": {"elements": 10},
    # https://docs.slack.dev/reference/block-kit/blocks/actions-block
    "actions": {"elements": 25},
    # https://docs.slack.dev/reference/block-kit/blocks/context-actions-block
    "context_actions": {"elements": 5},
    # https://docs.slack.dev/reference/block-kit/blocks/input-block
    "input": {"label": 2_000, "hint": 2_000},
    # https://docs.slack.dev/reference/block-kit/blocks/markdown-block
    "markdown": {"text": _MARKDOWN_BLOCKS},
    # https://docs.slack.dev/reference/block-kit/blocks/carousel-block
    "carousel": {"elements": 10},
    # https://docs.slack.dev/reference/block-kit/blocks/card-block
    "card": {"title": 150, "subtitle": 150, "body": 200, "actions": 3},
    # https://docs.slack.dev/reference/block-kit/blocks/container-block
    "container": {"title": 150, "subtitle": 150, "child_blocks": 10},
    # https://docs.slack.dev/reference/block-kit/blocks/video-block
    "video": {"title": 200, "author_name": 50},
    "divider": {},
    "rich_text": {},
    "table": {},
    "task_card": {},
    "plan": {},
    "alert": {},
    "file": {},
    # https://docs.slack.dev/reference/block-kit/block-elements/button-element
    "button": {"text": 75, "value": 2_000, "url": 3_000},
    # https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
    "static_select": {"options": 100, "option_groups": 100, "placeholder": 150},
    "external_select": {"placeholder": 150},
    "users_select": {"placeholder": 150},
    "conversations_select": {"placeholder": 150},
    "channels_select": {"placeholder": 150},
    # https://docs.slack.dev/reference/block-kit/block-elements/multi-select-menu-element
    "multi_static_select": {"options": 100, "option_groups": 100, "placeholder": 150},
    "multi_external_select": {"placeholder": 150},
    # https://docs.slack.dev/reference/block-kit/block-elements/radio-button-group-element
    "radio_buttons": {"options": 10},
    # https://docs.slack.dev/reference/block-kit/block-elements/checkboxes-element
    "checkboxes": {"options": 10},
    # https://docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element
    "overflow": {"options": 5},
    # https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
    "plain_text_input": {"placeholder": 150},
    # https://docs.slack.dev/reference/block-kit/composition-objects/option-object
    "option": {"text": 75, "value": 150, "description": 75},
    # https://docs.slack.dev/reference/block-kit/composition-objects/option-group-object
    "option_group": {"label": 75, "options": 100},
    # https://docs.slack.dev/reference/views/modal-views
    "modal": {
        "title": 24,
        "submit": 24,
        "close": 24,
        "blocks": _VIEW_BLOCKS,
        "private_metadata": 3_000,
        "callback_id": 255,
        "external_id": 255,
    },
    # https://docs.slack.dev/reference/views/home-tab-views
    "home": {"blocks": _VIEW_BLOCKS, "private_metadata": 3_000, "callback_id": 255, "external_id": 255},
}
# https://docs.slack.dev/reference/block-kit/blocks, https://docs.slack.dev/reference/block-kit/block-elements
_IDS = {"block_id": 255, "action_id": 255}
# The pages above tell which fields are required.
_REQUIRED: Mapping[str, Sequence[str]] = {
    "header": ("text",),
    "image": ("alt_text",),
    "context": ("elements",),
    "actions": ("elements",),
    "context_actions": ("elements",),
    "input": ("label", "element"),
    "markdown": ("text",),
    "carousel": ("elements",),
    "button": ("text",),
    "option": ("text", "value"),
    "modal": ("title", "blocks"),
    "home": ("blocks",),
}
_ONE_OF: Mapping[str, Sequence[str]] = {
    "section": ("text", "fields"),
    "image": ("image_url", "slack_file"),
    "card": ("hero_image", "title", "actions", "body"),
    "static_select": ("options", "option_groups"),
}
_PLAIN: Mapping[str, Sequence[str]] = {
    "header": ("text",),
    "button": ("text",),
    "input": ("label", "hint"),
    "modal": ("title", "submit", "close"),
}
_BLOCKS = frozenset(
    """actions alert card carousel container context context_actions divider file header image input markdown
    plan rich_text section table task_card video""".split()
)
_ELEMENTS_WITH_ACTIONS = frozenset(
    """button channels_select checkboxes conversations_select datepicker datetimepicker email_text_input
    external_select feedback_buttons icon_button multi_channels_select multi_conversations_select
    multi_external_select multi_static_select multi_users_select number_input overflow plain_text_input
    radio_buttons rich_text_input static_select timepicker url_text_input users_select""".split()
)
_TEXTS = frozenset({"plain_text", "mrkdwn"})

# Objects without a type of their own, by the key that they stand under.
_KINDS = {"options": "option", "option_groups": "option_group", "fields": "field"}

Json = Mapping[str, Any]
_Id = TypeVar("_Id", bound=Hashable)


def checked_message(arguments: Json, *, update: bool = False) -> dict[str, Any]:
    """A message's body, of the arguments of `chat.postMessage` and the like, or of `chat.update`.

    A `text` of more than 40,000 characters is cut there; `chat.update` refuses one of more than 4,000.
    `markdown_text` becomes the text as it stands, where Slack makes blocks of it.

    Raises:
        Problem: `markdown_text_conflict`, `msg_too_long`, `invalid_blocks`, `msg_blocks_too_long`, `no_text`.
    """
    text, markdown = str(arguments.get("text") or ""), str(arguments.get("markdown_text") or "")
    blocks, attachments = arguments.get("blocks") or [], arguments.get("attachments") or []
    if markdown and (text or blocks):
        raise Problem("markdown_text_conflict")
    if len(markdown) > MARKDOWN_TEXT or (update and len(text) > _UPDATED_TEXT):
        raise Problem("msg_too_long")
    if not (text or markdown or blocks or attachments):
        raise Problem("no_text")
    body: dict[str, Any] = {"text": markdown or text[:_POSTED_TEXT]}
    if blocks:
        body["blocks"] = checked_blocks(blocks)
    for key in ("attachments", "metadata"):
        if arguments.get(key):
            body[key] = arguments[key]
    return body


def checked_blocks(blocks: Any, *, too_many: str = "invalid_blocks") -> list[dict[str, Any]]:
    """A message's blocks, with the ids that Slack gives to those without.

    Args:
        blocks: As sent.
        too_many: The error of more than 50, which the stream's methods name in their own way.

    Raises:
        Problem: `invalid_blocks_format`, `invalid_blocks`, `msg_blocks_too_long`.
    """
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise Problem("invalid_blocks_format")
    if len(blocks) > MESSAGE_BLOCKS:
        raise Problem(too_many, messages=[_too_many(MESSAGE_BLOCKS, "/blocks")])
    faults = list(_block_faults(blocks, "/blocks"))
    made = [] if faults else prepared(blocks)
    faults += _twice(made)
    if faults:
        raise Problem("invalid_blocks", messages=faults)
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    other = sum(_characters(block) for block in blocks if block["type"] != "markdown")
    if markdown > _MARKDOWN_BLOCKS or (other and markdown + other > _BLOCKS_TEXT):
        raise Problem("msg_blocks_too_long")
    return made


def checked_view(view: Any) -> dict[str, Any]:
    """A modal or a home tab, with the ids that Slack gives to blocks without.

    Raises:
        Problem: `invalid_arguments`, `view_too_large`.
    """
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        raise Problem("invalid_arguments", messages=["unsupported type [json-pointer:/view/type]"])
    if len(json.dumps(view).encode()) > _VIEW_BYTES:
        raise Problem("view_too_large")
    blocks = view.get("blocks") or []
    faults = [*_field_faults(view, view["type"], "/view"), *_block_faults(blocks, "/view/blocks")]
    asks = any(block.get("type") == "input" for block in blocks)
    if asks and view["type"] == "modal" and not view.get("submit"):
        faults.append(_missing("submit", "/view"))
    made = [] if faults else prepared(blocks)
    faults += _twice(made)
    if faults:
        raise Problem("invalid_arguments", messages=faults)
    return {**view, "blocks": made}


def checked_options(answer: Any) -> list[dict[str, Any]]:
    """What an app offers while one types, without its groups: https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload

    Raises:
        Problem: `invalid_arguments`.
    """
    if not isinstance(answer, dict) or not ("options" in answer or "option_groups" in answer):
        raise Problem("invalid_arguments", messages=[_missing("options", "")])
    groups = answer.get("option_groups") or [{"options": answer.get("options") or []}]
    offered = [option for group in groups for option in group.get("options") or []]
    faults = list(_field_faults(answer, "static_select", "")) if offered else []
    for place, group in enumerate(groups):
        faults += _field_faults(group, "option_group", f"/option_groups/{place}")
        faults += _faults(group, f"/option_groups/{place}")
    if faults:
        raise Problem("invalid_arguments", messages=faults)
    return offered


def prepared(blocks: Iterable[Json]) -> list[dict[str, Any]]:
    """A copy in which every block has a `block_id`, and everything that acts an `action_id`."""
    copied: list[dict[str, Any]] = copy.deepcopy([dict(block) for block in blocks])
    for block in copied:
        inner = block.get("elements", ()) if block["type"] == "carousel" else block.get("child_blocks", ())
        for item in (block, *inner):
            item.setdefault("block_id", secrets.token_urlsafe(4))
        for item in _inside(block):
            if item.get("type") in _ELEMENTS_WITH_ACTIONS:
                item.setdefault("action_id", secrets.token_urlsafe(4))
    return copied


def interactive(blocks: Iterable[Json], block_id: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """What can be pressed, chosen or filled in, each with the id of the innermost block around it."""
    for block in blocks:
        around = str(block.get("block_id") or block_id)
        for child in block.values():
            inside = child if isinstance(child, list) else [child]
            for item in inside:
                if not isinstance(item, dict):
                    continue
                if "action_id" in item:
                    yield around, item
                yield from interactive([item], around)


def _inside(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a value, itself included."""
    if isinstance(value, dict):
        yield value
        for child in value.values():
            yield from _inside(child)
    elif isinstance(value, list):
        for child in value:
            yield from _inside(child)


def _block_faults(blocks: Sequence[Json], pointer: str) -> Iterator[str]:
    for place, block in enumerate(blocks):
        kind, here = block.get("type"), f"{pointer}/{place}"
        if kind not in _BLOCKS:
            yield f"unsupported type: {kind} [json-pointer:{here}/type]"
            continue
        if kind == "carousel" and any(item.get("type") != "card" for item in block.get("elements") or ()):
            yield f"unsupported type [json-pointer:{here}/elements]"
        yield from _faults(block, here)


def _faults(value: Any, pointer: str) -> Iterator[str]:
    """Of everything in a value that has a type."""
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _faults(item, f"{pointer}/{place}")
    if not isinstance(value, dict):
        return
    yield from _field_faults(value, str(value.get("type")), pointer)
    if value.get("type") in _TEXTS and not value.get("text"):
        yield f"must be more than 0 characters [json-pointer:{pointer}/text]"
    for key, child in value.items():
        yield from _faults(child, f"{pointer}/{key}")
        for place, item in enumerate(child if key in _KINDS and isinstance(child, list) else ()):
            yield from _field_faults(item, _KINDS[key], f"{pointer}/{key}/{place}")


def _field_faults(value: Json, kind: str, pointer: str) -> Iterator[str]:
    """Of the fields of one object."""
    for name in _REQUIRED.get(kind, ()):
        if not value.get(name):
            yield _missing(name, pointer)
    alternatives = _ONE_OF.get(kind, ())
    if alternatives and not any(value.get(name) for name in alternatives):
        yield _missing(" or ".join(alternatives), pointer)
    for name in _PLAIN.get(kind, ()):
        if isinstance(value.get(name), dict) and value[name].get("type") != "plain_text":
            yield f"must be plain_text [json-pointer:{pointer}/{name}/type]"
    for name, most in {**_MOST.get(kind, {}), **_IDS}.items():
        found = value.get(name)
        text = found.get("text") if isinstance(found, dict) else found
        if isinstance(text, str) and len(text) > most:
            yield f"must be less than {most + 1} characters [json-pointer:{pointer}/{name}]"
        elif isinstance(text, list) and len(text) > most:
            yield _too_many(most, f"{pointer}/{name}")


def _twice(blocks: Sequence[Json]) -> Iterator[str]:
    """Ids that were given to two blocks, or to two elements of one."""
    for block_id in _repeated(block["block_id"] for block in blocks):
        yield f"`block_id` {json.dumps(block_id)} already exists"
    for block_id, action in _repeated((around, item["action_id"]) for around, item in interactive(blocks)):
        yield f"`action_id` {json.dumps(action)} already exists for `block_id` {json.dumps(block_id)}"


def _repeated(items: Iterable[_Id]) -> list[_Id]:
    return [item for item, count in Counter(items).items() if count > 1]


def _characters(block: Json) -> int:
    return sum(len(item["text"]) for item in _inside(dict(block)) if isinstance(item.get("text"), str))


def _missing(name: str, pointer: str) -> str:
    return f"missing required field: {name} [json-pointer:{pointer}]"


def _too_many(most: int, pointer: str) -> str:
    return f"no more than {most} items allowed [json-pointer:{pointer}]"
