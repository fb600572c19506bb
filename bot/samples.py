"""The `samples` command: answers of the composer to varied requests, for reading as a critic would."""

from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

from bot.settings import PROJECT, Settings
from bot.wiring import opened
from core.domain import Author, Conversation, Request
from core.events import ReplyFinished

__all__ = ["REQUESTS", "SAMPLES", "sampled", "write_samples"]

SAMPLES = PROJECT / "docs" / "samples.md"

REQUESTS: tuple[str, ...] = (
    "dark comedies with moral ambiguity, from the 90s",
    "something slow and rainy about guilt",
    "a warm film about food and family",
    "films by Wes Anderson",
    "like Arrival but warmer",
    "a heist film under two hours",
    "Korean thrillers",
    "a series to watch with my parents",
    "bleak westerns",
    "feel-good musicals",
    "hidden gems about loneliness",
    "with Frances McDormand",
    "something scary but not gory",
    "paranoid thrillers from the 70s",
    "a romantic comedy that isn't stupid",
    "like Fargo and The Big Lebowski",
    "science fiction about memory",
    "a short film for a tired evening, under 90 minutes",
    "French films about childhood",
    "sitcoms set at work",
    "a courtroom drama",
    "witty period pieces",
    "mind-bending series",
    "films on Netflix about friendship",
    "melancholy and beautiful, set in Japan",
    "a good cry",
    "gritty crime series",
    "something like Twin Peaks",
    "war films without heroes",
    "animated films for adults",
    "absurd comedies",
    "revenge, stylish and violent",
    "documentaries about music",
    "a gothic romance",
    "coming of age in a small town",
    "with Denzel Washington, tense",
    "film noir from before 1950 on MUBI",
    "a road movie",
    "cosy mysteries",
    "directed by Akira Kurosawa",
)


async def sampled(settings: Settings, requests: Sequence[str] = REQUESTS) -> list[ReplyFinished]:
    """One answer a request, each from a conversation of its own."""
    answers: list[ReplyFinished] = []
    async with opened(settings) as matinee:
        for text in requests:
            request = Request(text, Conversation("samples", text), Author("reader"))
            async with aclosing(matinee.assistant.reply(request)) as events:
                answers += [event async for event in events if isinstance(event, ReplyFinished)]
    return answers


def write_samples(answers: Sequence[ReplyFinished], target: Path) -> None:
    """Write the answers to `REQUESTS` as Markdown."""
    parts = [
        "# What the composer answers\n\n"
        "Written by `python -m bot samples`, without a model, from the bundled catalogue.\n"
    ]
    for request, answer in zip(REQUESTS, answers, strict=True):
        parts.append(f"\n## {request}\n\n{answer.text.strip()}\n")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(parts), "utf-8")
