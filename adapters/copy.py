"""The words users see, per error code and stage. Adapters own these; the core only names the case."""

import math
from types import MappingProxyType

from core.events import FinishReason, ReplyFailed, ReplyFinished, Stage
from core.memory.budgets import Allowance
from core.memory.records import Subject

__all__ = [
    "adults_alone",
    "broken",
    "cannot_keep",
    "cannot_show",
    "closing",
    "cut_short",
    "failure",
    "fault",
    "goes_on",
    "mention_needed",
    "notice",
    "out_of_tokens",
    "queued",
    "refusal",
    "sentence",
    "stage_line",
    "stopped",
    "too_late",
    "too_many",
    "unknown_command",
]

_FAILURES = MappingProxyType(
    {
        "empty_request": (
            "Tell me in words what you feel like watching, for example: dark comedies from the 90s."
        ),
        "index_unavailable": (
            "I can't reach my catalogue right now. Your message is safe, try again in a minute."
        ),
        "index_forbidden": (
            "I'm not allowed into my catalogue; whoever hosts me has to mend that (ref {ref})."
        ),
        "index_corrupt": "My catalogue is damaged and has to be rebuilt; try again in a minute (ref {ref}).",
        "store_unavailable": "I can't reach my memory right now; try again in a minute.",
        "forged_interaction": "I don't know that button.",
        "expired_interaction": "That button is too old; ask again and I'll bring new ones.",
        "disk_full": "I've run out of disk space; whoever hosts me has to mend that (ref {ref}).",
    }
)
_MINUTE, _HOUR = 60, 3_600
_FAULT = "Something broke on my side (ref {ref}). Your message is safe, try again."

_CUT = "That's as far as I got; say *what else?* for more."
_SHORT = "(A short answer today: the model that usually writes them isn't available.)"

_RESTARTED = "(Stopped here: I'm being restarted. I'll finish this when I'm back.)"
_STOPPED = "(Stopped.)"
_CLOSING = "(That's all there is time for in this message; press *Continue* and I'll start afresh.)"
_OWNERS = MappingProxyType(
    {
        Subject.USER: "You're at",
        Subject.SERVER: "This server is at",
        Subject.EVERYONE: "Together, everybody who asks me is at",
    }
)

_STAGES = MappingProxyType(
    {
        Stage.UNDERSTANDING: "Reading your wish…",
        Stage.ENCODING: "Looking…",
        Stage.SEARCHING: "Looking through the catalogue…",
        Stage.RANKING: "Choosing…",
        Stage.ANSWERING: "Writing…",
    }
)


def failure(event: ReplyFailed) -> str:
    """What to say of a turn that failed. Details appear only where the asker can mend the request."""
    words = _FAILURES.get(event.code)
    if words is None and event.detail:
        return sentence(event.detail)
    return (words or _FAULT).format(ref=event.incident_id)


def sentence(text: str) -> str:
    """An error's words, as a sentence."""
    end = "" if text.endswith((".", "!", "?")) else "."
    return f"{text[:1].upper()}{text[1:]}{end}"


def cannot_keep() -> str:
    """What to tell someone whose message could not be kept, and is not answered therefore."""
    return _FAILURES["store_unavailable"]


def fault(code: str) -> str:
    """What to tell someone of a fault outside a turn, such as behind a button."""
    return _FAILURES[code]


def broken(incident: str) -> str:
    """What to tell someone of a fault that nobody foresaw, outside a turn."""
    return _FAULT.format(ref=incident)


def unknown_command() -> str:
    """What to tell someone who runs a command that is there no more, or has other options by now."""
    return "That command has changed; restart Discord (Ctrl+R) to see what there is now. Or mention me."


def adults_alone() -> str:
    """What to tell someone who asks for a title for adults alone where children may read it."""
    return "That one is for adults alone: ask me in a channel that is marked for them, or in private."


def cannot_show() -> str:
    """What to tell someone whose answer could not be shown where it was asked for."""
    return "I can't show my answer there: I may not write in that place, or not any more."


def closing(text: str) -> str:
    """An answer that has to end, since nothing can be shown in its place any more soon."""
    return _broken_off(text, _CLOSING)


def goes_on() -> str:
    """What to add to as much of an answer as its place holds."""
    return "(There's more; press *Continue*.)"


def too_late() -> str:
    """What to tell someone whose answer comes when it cannot be shown in its place any more."""
    return "I couldn't answer you in time: the place for my answer is closed by now. Please ask again."


def mention_needed() -> str:
    """What to add to the first answer in a thread where only some messages can be read."""
    return "(In this thread I only hear messages that mention me; the buttons work too.)"


def notice(event: ReplyFinished, *, fell_back_before: bool) -> str:
    """What to add to an answer that is not all that it could be; empty where nothing is.

    Args:
        event: The end of the turn.
        fell_back_before: Whether the conversation has been told already that no model writes.
    """
    if event.finish_reason is FinishReason.CUT:
        return _CUT
    unavailable = event.fault and not event.written_by
    return _SHORT if unavailable and not fell_back_before else ""


def stage_line(stage: Stage) -> str:
    """The status line while a stage runs."""
    return _STAGES[stage]


def refusal(allowance: Allowance) -> str:
    """What to tell someone who asks too often."""
    span = "today" if allowance.per_day else "this minute"
    plural = "" if allowance.limit == 1 else "s"
    return (
        f"{_OWNERS[allowance.owner]} {allowance.limit:,} request{plural} {span}; "
        f"next one in {_duration(allowance.lifts_in_seconds)}."
    )


def out_of_tokens(allowance: Allowance) -> str:
    """What to add to the first short answer of a day."""
    until = _duration(allowance.lifts_in_seconds)
    return f"(Short answers for the next {until}: today's share of longer ones is used up.)"


def queued(place: int) -> str:
    """What to tell someone who has to wait."""
    return f"There's a queue; you're number {place}. I'll answer here."


def too_many() -> str:
    """What to tell someone for whom there is no room in the queue."""
    return "I have more requests than I can answer right now. Please try again in a minute."


def cut_short(text: str) -> str:
    """An answer that ends before its end, with a word about it."""
    return _broken_off(text, _RESTARTED)


def stopped(text: str) -> str:
    """An answer that its asker wanted no more of."""
    return _broken_off(text, _STOPPED)


def _broken_off(text: str, note: str) -> str:
    return f"{text.rstrip()}…\n\n{note}" if text.strip() else note


def _duration(seconds: float) -> str:
    """`24 s`, `5 min`, `3 h`: rounded up."""
    whole = max(math.ceil(seconds), 1)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{math.ceil(whole / _MINUTE)} min"
    return f"{math.ceil(whole / _HOUR)} h"
