"""What people can do in blocks: press, choose, fill in. Slack's own client makes sure of the same.

https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from adapters.emulators.slack.blocks import interactive

__all__ = ["chosen", "element", "filled", "initial", "offering"]

State = dict[str, dict[str, Any]]
"""By block and action."""

_TEXTS = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
_PICKERS = {"datepicker": "selected_date", "timepicker": "selected_time"}
_SELECTS_OF_IDS = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
}
_SELECTS_OF_SEVERAL_IDS = {
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
}
_OF_SEVERAL = {"multi_static_select", "multi_external_select", "checkboxes"}


def element(
    blocks: Iterable[Mapping[str, Any]], action_id: str, value: str | None = None
) -> tuple[str, dict[str, Any]]:
    """What has this action's id (and, of several buttons, this value), with the id of its block.

    Raises:
        AssertionError: there is nothing of the kind.
    """
    there = list(interactive(blocks))
    for block_id, item in there:
        if item["action_id"] == action_id and value in (None, item.get("value")):
            return block_id, item
    found = [(item["action_id"], item.get("value")) for _, item in there]
    raise AssertionError(f"there is no {action_id} {value or ''}, but {found}")


def offering(
    blocks: Sequence[Mapping[str, Any]], action_id: str, values: Sequence[str]
) -> tuple[str, dict[str, Any]]:
    """What has this action's id and, of several menus, these options, with the id of its block.

    Raises:
        AssertionError: there is nothing of this action's id.
    """
    for block_id, item in interactive(blocks):
        if item["action_id"] == action_id and {option["value"] for option in _options(item)} >= {*values}:
            return block_id, item
    return element(blocks, action_id)


def chosen(
    item: Mapping[str, Any], values: Sequence[str], offered: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What an element holds once somebody chose, or wrote, these values.

    Args:
        item: The element.
        values: Options' values, people's or channels' ids, or the one text.
        offered: The options of a select whose app offers them while one types.

    Raises:
        AssertionError: an option was not offered, or a text is too long or too short.
    """
    kind = item["type"]
    if kind in _TEXTS:
        [text] = values
        least, most = item.get("min_length", 0), item.get("max_length", 3_000)
        assert least <= len(text) <= most, f"the form takes {least} to {most} characters"
        return {"value": text}
    if kind in _PICKERS:
        return {_PICKERS[kind]: values[0]}
    if kind in _SELECTS_OF_IDS:
        return {_SELECTS_OF_IDS[kind]: values[0]}
    if kind in _SELECTS_OF_SEVERAL_IDS:
        return {_SELECTS_OF_SEVERAL_IDS[kind]: list(values)}
    options = [_option(value, [*_options(item), *offered]) for value in values]
    return {"selected_options": options} if kind in _OF_SEVERAL else {"selected_option": options[0]}


def initial(blocks: Iterable[Mapping[str, Any]]) -> State:
    """What the inputs hold before anybody did anything."""
    state: State = {}
    for block_id, item in interactive(blocks):
        begun = {
            key.replace("initial", "selected").replace("selected_value", "value"): value
            for key, value in item.items()
            if key.startswith("initial_")
        }
        if item["type"] != "button":
            state.setdefault(block_id, {})[item["action_id"]] = {"type": item["type"], **begun}
    return state


def filled(
    blocks: Sequence[Mapping[str, Any]],
    before: State,
    values: Mapping[str, str | Sequence[str] | None],
    offered: Mapping[str, Sequence[Mapping[str, Any]]],
) -> State:
    """What a form holds when it is submitted.

    Args:
        blocks: The form's.
        before: What it held.
        values: What is filled in now, by action; None empties.
        offered: Options offered while one typed, by action.

    Raises:
        AssertionError: the form has no such input, or one that it requires is empty.
    """
    state = initial(blocks)
    for block_id, actions in state.items():
        actions |= {key: value for key, value in before.get(block_id, {}).items() if key in actions}
    for action_id, value in values.items():
        block_id, item = element(blocks, action_id)
        several = [value] if isinstance(value, str) else list(value or ())
        held = chosen(item, several, offered.get(action_id, ())) if several else {}
        state[block_id][action_id] = {"type": item["type"], **held}
    for block_id in _required(blocks):
        for action_id, held in state[block_id].items():
            assert any(value for key, value in held.items() if key != "type"), f"{action_id} is required"
    return state


def _required(blocks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    return (block["block_id"] for block in blocks if block["type"] == "input" and not block.get("optional"))


def _options(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    groups = item.get("option_groups") or [{"options": item.get("options") or []}]
    return [option for group in groups for option in group["options"]]


def _option(value: str, options: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    for option in options:
        if option["value"] == value:
            return option
    raise AssertionError(f"there is no option {value}, but {[option['value'] for option in options]}")
