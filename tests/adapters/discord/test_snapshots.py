"""What messages look like on Discord."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.buttons import Action
from adapters.discord.buttons import PickSelect, answer_buttons, refine_form, stop_view, view_of
from adapters.discord.embeds import embeds, in_text
from adapters.emulators.discord import DiscordServer
from tests.adapters.discord.people import place
from tests.snapshots import PICKS, STATE, STATE_OF_ANSWER, kept

FOLDER = Path(__file__).parent / "snapshots"
# What is sent, by the name of its file.
SENT: Mapping[str, Mapping[str, Any]] = {
    "answer": {
        "content": "`film` `comedy` `from 1990`\n\nTwo that go there:\n\n1. **Fargo (1996)** …",
        "embeds": [embed.to_dict() for embed in embeds(PICKS)],
        "components": view_of(answer_buttons(STATE, private=False, cut=False)).to_components(),
    },
    "private answer that was cut": {
        "content": "…",
        "components": view_of(answer_buttons(STATE, private=True, cut=True)).to_components(),
    },
    "answer without embeds": {"content": in_text(PICKS)},
    "while it is written": {"content": "…", "components": stop_view(7).to_components()},
    "choice of picks": {
        "content": "Which have you seen?",
        "components": view_of([PickSelect(Action.SEEN, STATE, STATE_OF_ANSWER.picks)]).to_components(),
    },
    "form": refine_form(STATE, STATE_OF_ANSWER).to_dict(),
}


def readable(sent: Mapping[str, Any]) -> str:
    """A message or a form, as lines."""
    lines = [f"# {sent['title']} ({sent['custom_id']})"] if "title" in sent else []
    lines += [sent["content"]] if sent.get("content") else []
    for embed in sent.get("embeds", ()):
        lines += ["", f"[embed #{embed['color']:06x}] {embed['title']} → {embed.get('url', 'nowhere')}"]
        if "thumbnail" in embed:
            lines.append(f"  picture {embed['thumbnail']['url']} ({embed['thumbnail']['description']})")
        lines += [f"  {line}".rstrip() for line in embed["description"].splitlines()]
        lines += [f"  — {embed['footer']['text']}"] if "footer" in embed else []
    for row in sent.get("components", ()):
        lines += ["", *_components(row)]
    return "\n".join(lines) + "\n"


def _components(row: Mapping[str, Any]) -> list[str]:
    if "component" in row:  # a field of a form
        field = row["component"]
        value, example = field.get("value", ""), field.get("placeholder", "")
        return [
            f"{row['label']} ({field['custom_id']}, {field['max_length']} at most): {value or f'‹{example}›'}"
        ]
    lines = []
    for item in row["components"]:
        if "options" in item:
            lines.append(f"[select {item['custom_id']}] {item['placeholder']} ({item['max_values']} at most)")
            lines += [f"  {option['value']}: {option['label']}" for option in item["options"]]
        else:
            name = item.get("label") or item["emoji"]["name"]
            lines.append(f"[{name}] {item['custom_id']}")
    return lines


@pytest.mark.parametrize("name", SENT)
def test_it_looks_as_it_did(name: str) -> None:
    kept(FOLDER, name, readable(SENT[name]))


@pytest.mark.parametrize("name", ["help", "about"])
async def test_what_a_command_says_looks_as_it_did(server: DiscordServer, worker: None, name: str) -> None:
    general, ann = place(server)
    asked = await server.command(general, ann, name)
    await server.until(lambda: asked.original)
    assert asked.original is not None
    kept(FOLDER, name, readable(asked.original.body))


async def test_the_commands_look_as_they_did(server: DiscordServer, worker: None) -> None:
    lines = []
    for command in sorted(server.commands, key=lambda item: str(item["name"])):
        lines += [f"/{command['name']}: {command['description']}", *_options(command)]
    kept(FOLDER, "commands", "\n".join(lines) + "\n")


def _options(command: Mapping[str, Any], indent: str = "  ") -> list[str]:
    lines = []
    for option in command.get("options") or ():
        need = " (needed)" if option.get("required") else ""
        choices = ", ".join(choice["name"] for choice in option.get("choices", ()))
        lines.append(
            f"{indent}{option['name']}{need}: {option['description']}{f' [{choices}]' if choices else ''}"
        )
        lines += _options(option, indent + "  ")
    return lines
