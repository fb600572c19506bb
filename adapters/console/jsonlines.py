"""The JSON contract of `ask -`, `understand -` and `chat --json`: one object a turn, one line each.

`understand`: {"intent", "filters"}
`ask`, `chat`: the same and {"picks": [{"id", "media_type", "title", "year", "reason", "score"}],
"relaxed": [filter names], "text", "finish_reason", "timings_ms": {stage: number}}.
Where a model wrote: "model" (`vendor:model`) and "usage" {"input_tokens", "output_tokens", "estimated"};
where one that is configured did not write all of it: "fault", its code.
A turn that failed: {"error": {"code", "message"}} beside whatever was known by then.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict
from typing import Any, assert_never

from adapters import copy
from adapters.console.render import Shown
from core.domain import PickedTitle, Understanding
from core.events import (
    ReplyEvent,
    ReplyFailed,
    ReplyFinished,
    StageStarted,
    TextDelta,
    TitlePicked,
    TitlesFound,
)

__all__ = ["answer_object", "understanding_object"]


def understanding_object(understood: Understanding) -> dict[str, Any]:
    """What `understand` prints."""
    return {"intent": str(understood.intent), "filters": understood.filters.as_dict()}


async def answer_object(events: AsyncGenerator[ReplyEvent, None]) -> tuple[dict[str, Any], Shown]:
    """What `ask` prints: a whole turn as one object, and the events it was made of."""
    result: dict[str, Any] = {"intent": None, "filters": {}, "picks": [], "relaxed": [], "text": ""}
    shown = Shown()
    async with aclosing(events) as stream:
        async for event in stream:
            match event:
                case StageStarted() | TextDelta() | TitlePicked():
                    pass
                case TitlesFound(understood, _, relaxed):
                    shown.found = event
                    result |= understanding_object(understood) | {"relaxed": list(relaxed)}
                case ReplyFinished():
                    shown.finished = event
                    result["picks"] = [_pick(pick) for pick in event.picks]
                    result["text"] = event.text
                    result["finish_reason"] = str(event.finish_reason)
                    result["timings_ms"] = event.timings_ms
                    if event.fault:
                        result["fault"] = event.fault
                    if event.written_by:
                        result["model"] = event.written_by
                        result["usage"] = asdict(event.usage)
                case ReplyFailed():
                    shown.failed = event
                    result["text"] = event.partial_text
                    result["finish_reason"] = "error"
                    result["timings_ms"] = {}
                    result["error"] = {"code": event.code, "message": copy.failure(event)}
                case _:
                    assert_never(event)
    return result, shown


def _pick(pick: PickedTitle) -> dict[str, Any]:
    title = pick.ranked.title
    return {
        "id": title.id,
        "media_type": str(title.media_type),
        "title": title.name,
        "year": title.year,
        "reason": pick.reason,
        "score": pick.ranked.score.as_dict(),
    }
