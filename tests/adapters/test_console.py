"""The terminal: what a person sees while and after an answer forms."""

import asyncio
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace
from io import StringIO
from pathlib import Path

from rich.console import Console

from adapters import copy
from adapters.cards import facts_line, where_line
from adapters.console.render import show
from core.domain import (
    Availability,
    Intent,
    MediaType,
    PickedTitle,
    RankedTitle,
    Rating,
    ScoreBreakdown,
    SearchFilters,
    Title,
    Understanding,
)
from core.errors import MatineeError
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

ROOT = Path(__file__).parents[2]
FARGO = Title(
    "tmdb:movie:275",
    MediaType.MOVIE,
    "Fargo",
    1996,
    genres=("Crime", "Drama"),
    runtime_minutes=98,
    rating=Rating(8.1, 663_000, "IMDb"),
    availability=(Availability("Netflix", "US", "2022"), Availability("Hulu", "US", "2021")),
)
RANKED = RankedTitle(FARGO, ScoreBreakdown(1, 0, 0, 0, 1))


async def stream(*events: ReplyEvent) -> AsyncGenerator[ReplyEvent, None]:
    for event in events:
        yield event


def shown(*events: ReplyEvent) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    asyncio.run(show(stream(*events), Console(file=out, width=120), Console(file=err, width=120)))
    return out.getvalue(), err.getvalue()


def found(filters: SearchFilters, relaxed: tuple[str, ...] = ()) -> TitlesFound:
    return TitlesFound(Understanding(Intent.RECOMMEND, filters, "x"), (RANKED,), relaxed)


def test_facts_show_only_what_is_known() -> None:
    assert facts_line(FARGO) == "★ 8.1 (663k IMDb votes) · 1 h 38 · Crime, Drama"
    assert where_line(FARGO) == "Netflix (US, as of 2022); Hulu (US, as of 2021)"
    undated = (Availability("Netflix", "", ""), Availability("Joyn", "DE", ""))
    assert where_line(replace(FARGO, availability=undated)) == "Netflix; Joyn (DE)"
    bare = Title("matinee:tv:x", MediaType.TV, "X", seasons=1)
    assert facts_line(bare) == "1 season"
    assert where_line(bare) == ""


def test_a_dropped_wish_is_struck_through() -> None:
    filters = SearchFilters(genres=("Comedy",), providers=("MUBI",))
    finished = ReplyFinished("", (), FinishReason.COMPLETE)
    out, _ = shown(StageStarted(Stage.SEARCHING), found(filters, ("providers",)), finished)
    assert out.splitlines()[0] == "[comedy] [~~MUBI~~ nothing left]"


def test_text_with_markup_stays_text() -> None:
    finished = ReplyFinished("[red]a[/red]", (), FinishReason.COMPLETE)
    out, _ = shown(TextDelta("[red]a"), TextDelta("[/red]"), finished)
    assert "[red]a[/red]" in out


def test_what_was_shown_before_a_failure_stays_and_the_failure_goes_to_standard_error() -> None:
    out, err = shown(
        found(SearchFilters()), TextDelta("So far"), ReplyFailed("index_unavailable", "So far", "7F3A")
    )
    assert "So far" in out
    assert "I can't reach my catalogue right now" in err


def test_picks_end_in_a_table() -> None:
    pick = PickedTitle(RANKED, "Because.")
    out, _ = shown(TitlePicked(RANKED, 0), ReplyFinished("", (pick,), FinishReason.COMPLETE))
    assert re.search(r"Fargo \(1996\) +★ 8\.1", out)
    assert "poster" not in out, "a column that nobody fills is left out"


def test_a_narrow_terminal_gets_lines_instead_of_columns() -> None:
    out = StringIO()
    pick = PickedTitle(RANKED, "Because.")
    finished = ReplyFinished("", (pick,), FinishReason.COMPLETE)
    asyncio.run(show(stream(finished), Console(file=out, width=40), Console(file=StringIO())))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert "Fargo (1996)" in lines
    assert "Netflix (US, as of 2022); Hulu (US, as" in lines


def test_every_error_code_has_plain_words() -> None:
    def codes(kind: type[MatineeError]) -> set[str]:
        return {kind.code}.union(*(codes(child) for child in kind.__subclasses__()))

    for code in codes(MatineeError):
        words = copy.failure(ReplyFailed(code, "", "7F3A"))
        assert words.endswith(".")
        assert code not in words
        assert "{" not in words


class Terminal:
    """A `chat` in a pseudo-terminal, typed to and read from."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "chat"],
            cwd=ROOT,
            env={"MATINEE_DATA_DIR": str(data_dir), "TERM": "xterm-256color", **environment},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: os.login_tty(slave) if hasattr(os, "login_tty") else None,
        )
        os.close(slave)
        self.text = ""

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def until(self, wanted: str, seconds: float = 30) -> str:
        """Read until the screen has shown `wanted`; returns what came since the last call."""
        start = len(self.text)
        deadline = time.monotonic() + seconds
        while wanted not in self.text[start:]:
            ready, _, _ = select.select([self.master], [], [], 0.2)
            if ready:
                try:
                    self.text += os.read(self.master, 65536).decode("utf-8", "replace")
                except OSError:
                    break
            assert time.monotonic() < deadline, f"never saw {wanted!r} in {self.text[start:]!r}"
        return self.text[start:]

    def end(self) -> int:
        try:
            return self.process.wait(timeout=20)
        finally:
            os.close(self.master)


def test_a_person_chats_at_a_terminal(data_dir: Path) -> None:
    """Prompt, spinner, chips in colour, an answer, a follow-up; Ctrl-D ends it."""
    terminal = Terminal(data_dir)
    assert "What do you feel like watching?" in terminal.until("› ")
    terminal.type("korean thrillers\n")
    first = terminal.until("› ")
    assert "[thriller]" in first
    assert "[Korean]" in first
    assert "\x1b[36m" in first, "chips are coloured on a terminal"
    assert any(copy.stage_line(stage) in first for stage in Stage), "a stage was shown while it searched"
    terminal.type("only on Netflix\n")
    assert "[Netflix]" in terminal.until("› ")
    terminal.type("\x04")
    assert terminal.end() == 0
    assert "Traceback" not in terminal.text


def test_no_color_is_obeyed(data_dir: Path) -> None:
    terminal = Terminal(data_dir, NO_COLOR="1")
    terminal.until("› ")
    terminal.type("korean thrillers\n")
    assert "\x1b[36m" not in terminal.until("› ")
    terminal.type("quit\n")
    assert terminal.end() == 0


def test_ctrl_c_at_the_prompt_leaves_without_a_traceback(data_dir: Path) -> None:
    terminal = Terminal(data_dir)
    terminal.until("› ")
    while terminal.process.poll() is None:  # one that comes between prompt and read is lost, as for a person
        os.kill(terminal.process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            terminal.process.wait(timeout=1)
    assert terminal.end() == 0
    assert "Traceback" not in terminal.text


def test_an_answer_that_broke_off_says_so_and_keeps_its_picks() -> None:
    pick = PickedTitle(RANKED, "Because.")
    finished = ReplyFinished("So far", (pick,), FinishReason.CUT, written_by="openai:x", fault="answer_cut")
    out, _ = shown(TextDelta("So far"), finished)
    assert "That's as far as I got" in out
    assert "Fargo (1996)" in out


def test_a_conversation_is_told_once_that_no_model_writes() -> None:
    finished = ReplyFinished("x", (), FinishReason.COMPLETE, fault="model_unavailable")
    first, again = StringIO(), StringIO()
    for file, before in ((first, False), (again, True)):
        events = stream(TextDelta("x"), finished)
        asyncio.run(show(events, Console(file=file), Console(file=StringIO()), fell_back_before=before))
    assert "A short answer today" in first.getvalue()
    assert "short answer" not in again.getvalue()
