"""What people begin with the app: commands, buttons, forms. And the views that are opened for them.

https://docs.slack.dev/interactivity/handling-user-interaction
"""

import secrets
from dataclasses import dataclass, field
from typing import Any

from adapters.emulators.slack.places import Channel, Message, Problem, User, Workspace, identifier, timestamp

__all__ = ["Interaction", "View"]

# https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
_HOOK_USES = 5


@dataclass(eq=False, slots=True)
class View:
    """A modal, or somebody's home tab: https://docs.slack.dev/reference/views"""

    workspace: Workspace
    user: User
    body: dict[str, Any]
    app_id: str
    previous: "View | None" = None
    """What it was pushed upon."""
    id: str = field(default_factory=lambda: identifier("V"))
    hash: str = ""
    is_open: bool = True
    versions: list[dict[str, Any]] = field(default_factory=list)
    """Its bodies, the first one first."""
    state: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What was filled in, by block and action."""
    errors: dict[str, str] = field(default_factory=dict)
    """What the app found wrong at the last submission, by block."""

    def __post_init__(self) -> None:
        self.change(self.body)

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """What it shows now."""
        return list(self.body.get("blocks") or [])

    def change(self, body: dict[str, Any]) -> None:
        """Put another body in its place."""
        self.body = body
        self.versions.append(body)
        self.errors = {}
        self.hash = f"{timestamp().partition('.')[0]}.{secrets.token_hex(4)}"

    @property
    def root(self) -> "View":
        """The first one of its stack."""
        return self if self.previous is None else self.previous.root

    def payload(self) -> dict[str, Any]:
        """As Slack tells it."""
        told = {"private_metadata": "", "callback_id": "", "external_id": "", "close": None, "submit": None}
        return {
            **told,
            "clear_on_close": False,
            "notify_on_close": False,
            "submit_disabled": False,
            **self.body,
            "id": self.id,
            "team_id": self.workspace.id,
            "state": {"values": self.state},
            "hash": self.hash,
            "root_view_id": self.root.id,
            "previous_view_id": self.previous.id if self.previous else None,
            "app_id": self.app_id,
            "app_installed_team_id": (self.workspace.installed_by or self.workspace).id,
            "bot_id": self.workspace.bot.bot_id,
        }


@dataclass(eq=False, slots=True)
class Interaction:
    """A command, a button, a choice, a form, or a shortcut, and what the app made of it."""

    workspace: Workspace
    user: User
    kind: str
    """Of its payload: `block_actions`, `view_submission`…; `command` of commands."""
    began: float
    """By the emulator's clock, in seconds."""
    channel: Channel | None = None
    message: Message | None = None
    """In which something was pressed or chosen."""
    view: View | None = None
    """The same."""
    trigger_id: str = ""
    hook: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    """The last part of its `response_url`."""
    hook_uses: int = 0
    acknowledged: bool = False
    answer: Any = None
    """What the acknowledgement carried."""
    failed: str = ""
    """What the person was told instead: `timeout` where the app did not answer in time, or why its answer
    could not be used.
    """
    options: list[dict[str, Any]] | None = None
    """What was offered while one typed."""
    responses: list[Message] = field(default_factory=list)
    """What the app said by the acknowledgement and by `response_url`."""
    opened: list[View] = field(default_factory=list)
    """What the app opened by its trigger, or put in the place of what was submitted."""

    def __post_init__(self) -> None:
        numbers = int(timestamp().replace(".", ""))
        self.trigger_id = f"{numbers}.{numbers % 10**9}.{secrets.token_hex(16)}"

    @property
    def original(self) -> Message | None:
        """The message that `replace_original` and `delete_original` mean."""
        if self.message is not None:
            return self.message
        return self.responses[-1] if self.responses else None

    def use_trigger(self, now: float, seconds: float) -> None:
        """Exchange its trigger for a view: https://docs.slack.dev/reference/methods/views.open

        Raises:
            Problem: it is older than `seconds`, or was exchanged.
        """
        if self.opened:
            raise Problem("exchanged_trigger_id")
        if now - self.began > seconds:
            raise Problem("expired_trigger_id")

    def use_hook(self, now: float, seconds: float) -> None:
        """Use its `response_url`.

        Raises:
            Problem: it is older than `seconds`, or was used five times.
        """
        if now - self.began > seconds:
            raise Problem("expired_url", 404)
        if self.hook_uses >= _HOOK_USES:
            raise Problem("used_url", 404)
        self.hook_uses += 1
