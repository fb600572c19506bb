"""The words users see, per error code and stage. Adapters own these; the core only names the case."""

from types import MappingProxyType

from core.events import FinishReason, ReplyFailed, ReplyFinished, Stage

__all__ = ["failure", "notice", "stage_line"]

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
        "disk_full": "I've run out of disk space; whoever hosts me has to mend that (ref {ref}).",
    }
)
_FAULT = "Something broke on my side (ref {ref}). Your message is safe, try again."

_CUT = "That's as far as I got; say *what else?* for more."
_SHORT = "(A short answer today: the model that usually writes them isn't available.)"

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
        end = "" if event.detail.endswith((".", "!", "?")) else "."
        return f"{event.detail[:1].upper()}{event.detail[1:]}{end}"
    return (words or _FAULT).format(ref=event.incident_id)


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
