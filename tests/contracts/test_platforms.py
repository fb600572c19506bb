"""What every platform's adapter does: through the real client, against the platform's emulator."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import zip_longest
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.wiring import Matinee
from core import errors
from core.domain import (
    Intent,
    PickedTitle,
    RankedTitle,
    Request,
    ScoreBreakdown,
    SearchFilters,
    Understanding,
)
from core.events import (
    FinishReason,
    ReplyEvent,
    ReplyFailed,
    ReplyFinished,
    Stage,
    StageStarted,
    TextDelta,
    TitlePicked,
    TitlesFound,
)
from tests.contracts.discord_stage import discord_stage
from tests.contracts.platforms import Stage as Platform
from tests.contracts.platforms import StageOpener
from tests.contracts.slack_stage import slack_stage
from tests.scripted import ScriptedIndex, films

PICKS = tuple(
    PickedTitle(RankedTitle(title, ScoreBreakdown(1, 0, 0, 0, 1)), "A reason.") for title in films(3)
)
FOUND = TitlesFound(Understanding(Intent.RECOMMEND, SearchFilters(genres=("Drama",)), "wish"), ())
STAGES = tuple(StageStarted(stage) for stage in Stage)
_SENTENCE = "A sentence that goes on for a while. "
LONG = "\n\n".join([*(f"{number}. {_SENTENCE * 12}" for number in range(1, 21)), "Fin."])


def kinds() -> dict[str, type[errors.MatineeError]]:
    """Everything that can go wrong, by its code."""

    def below(kind: type[errors.MatineeError]) -> Iterator[type[errors.MatineeError]]:
        yield kind
        for inner in kind.__subclasses__():
            yield from below(inner)

    return {kind.code: kind for kind in below(errors.MatineeError)}


def failed(code: str, partial: str = "") -> ReplyFailed:
    """What the asker can mend is told in the error's words."""
    mendable = issubclass(kinds()[code], errors.InvalidRequest)
    return ReplyFailed(code, partial, "7F3A", "the wish has no end" if mendable else "")


def told(text: str, reason: FinishReason, picks: Sequence[PickedTitle] = ()) -> list[ReplyEvent]:
    """A text by paragraphs, a pick after each as long as there are some, and the end."""
    paragraphs = re.findall(r"(?s).+?(?:\n\n|$)", text)
    said: list[ReplyEvent] = []
    for paragraph, pick in zip_longest(paragraphs, picks):
        said += [TextDelta(paragraph)] if paragraph else []
        said += [TitlePicked(pick.ranked, 0)] if pick else []
    return [FOUND, *said, ReplyFinished(text, tuple(picks), reason)]


# What is asked → what the core then says: each sequence of events that `core.events` allows.
REPLIES: dict[str, list[ReplyEvent]] = {
    "whole": [*STAGES, *told("One.\n\nTwo.\n\nThree.", FinishReason.COMPLETE, PICKS)],
    "fewer picks": [*STAGES[:2], *told("One.\n\nTwo.", FinishReason.COMPLETE, PICKS[:1])],
    "at once": told("All.", FinishReason.COMPLETE),
    "nothing found": [*STAGES, *told("Nothing fits.", FinishReason.NOTHING_FOUND)],
    "no search": [STAGES[0], *told("Hello there.", FinishReason.NO_SEARCH)],
    "cut": [*STAGES, *told("As far as this", FinishReason.CUT, PICKS[:1])],
    "long": [*STAGES, *told(LONG, FinishReason.COMPLETE, PICKS)],
    "fails amid its text": [*STAGES, FOUND, TextDelta("So far so good"), failed("index", "So far so good")],
    **{f"fails by {code}": [STAGES[0], failed(code)] for code in kinds()},
}


class Scripted:
    """An assistant that says what it was told to say."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.retriever = SimpleNamespace(known=self._known, named=self._named)

    async def _known(self, ids: Sequence[str]) -> Mapping[str, object]:
        return {}

    async def _named(self, names: Sequence[str]) -> Sequence[object]:
        return ()

    async def reply(self, request: Request, *, with_model: bool = True) -> AsyncIterator[ReplyEvent]:
        self.requests.append(request.text)
        for event in REPLIES[request.text]:
            yield event


@pytest.fixture
def assistant(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    scripted = Scripted()

    @asynccontextmanager
    async def opened(*_: object) -> AsyncIterator[Matinee]:
        yield Matinee(scripted, ScriptedIndex(films(3)), None)  # type: ignore[arg-type]

    monkeypatch.setattr("bot.worker.opened", opened)
    return scripted


OPENERS: Mapping[str, StageOpener] = {"discord": discord_stage, "slack": slack_stage}


@pytest.fixture(params=OPENERS)
async def platform(
    request: pytest.FixtureRequest, tmp_path: Path, assistant: Scripted
) -> AsyncIterator[Platform]:
    async with OPENERS[request.param](tmp_path) as stage:
        yield stage


async def ended(platform: Platform, assistant: Scripted, asked: Mapping[int, str]) -> None:
    """All that was asked is answered."""
    ends = {
        place: last.text.split()[-1] if isinstance(last := REPLIES[text][-1], ReplyFinished) else ""
        for place, text in asked.items()
    }
    await platform.until(
        lambda: all(platform.seen(place) and ends[place] in platform.seen(place)[-1] for place in asked), 40
    )


async def test_itself_and_other_bots_are_ignored(platform: Platform, assistant: Scripted) -> None:
    await platform.ask(0, "whole", by_bot=True)
    await platform.as_matinee(1, "whole")
    await platform.ask(2, "whole")
    await ended(platform, assistant, {2: "whole"})
    assert assistant.requests == ["whole"]
    assert platform.seen(0) == []


async def test_an_event_is_accepted_once(platform: Platform, assistant: Scripted) -> None:
    await platform.ask(0, "whole")
    await platform.deliver_again()
    await ended(platform, assistant, {0: "whole"})
    await platform.deliver_again()
    await platform.ask(1, "at once")
    await ended(platform, assistant, {1: "at once"})
    assert assistant.requests == ["whole", "at once"]
    assert len(platform.seen(0)) == 1


async def test_every_legal_sequence_of_events_is_shown_and_no_text_is_lost(
    platform: Platform, assistant: Scripted
) -> None:
    asked = dict(enumerate(text for text in REPLIES if not text.startswith("fail")))
    for place, text in asked.items():
        await platform.ask(place, text)
    await ended(platform, assistant, asked)
    for place, text in asked.items():
        shown, last = platform.seen(place), REPLIES[text][-1]
        assert isinstance(last, ReplyFinished)
        assert all(len(message) <= platform.most_characters for message in shown)
        assert _words(last.text) <= _words(" ".join(shown)), text
    assert len(platform.seen(next(place for place, text in asked.items() if text == "long"))) > 1
    assert platform.limits_exceeded() == 0


async def test_every_failure_is_told_in_plain_words(platform: Platform, assistant: Scripted) -> None:
    asked = dict(enumerate(text for text in REPLIES if text.startswith("fail")))
    for place, text in asked.items():
        await platform.ask(place, text)
    await platform.until(lambda: all(_is_told(platform.seen(place)) for place in asked), 40)
    for place, text in asked.items():
        [shown] = platform.seen(place)
        code = text.rpartition(" ")[2]
        assert "_" not in shown, "no code, no name of a variable"
        assert "Traceback" not in shown
        assert code == "text" or code not in shown.split(), text
        if text == "fails amid its text":
            assert "So far so good" in shown


def _is_told(shown: Sequence[str]) -> bool:
    return bool(shown) and shown[-1].rstrip().endswith((".", ")"))


def _words(text: str) -> set[tuple[str, int]]:
    """Each word with its place among its like."""
    seen: dict[str, int] = {}
    words = set()
    for word in text.split():
        seen[word] = seen.get(word, 0) + 1
        words.add((word, seen[word]))
    return words
