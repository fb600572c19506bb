"""Showing what takes long: a bar on a terminal, a line now and then elsewhere, on standard error."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from core import ports

__all__ = ["reporting"]

SECONDS_BETWEEN_LINES = 30.0


class _Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s", style="progress.data.speed")


class _Lines:
    """A line now and then, for logs: `fetching: 1,200 of 15,000, 36/s, 6 min left`.

    Args:
        console: Where to.
        clock: Seconds that only grow.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._told = self._heard = clock()
        self._begun: dict[str, float] = {}

    def report(self, stage: str, done: int, total: int) -> None:
        """See `core.ports.Progress`."""
        now = self._clock()
        start = self._begun.setdefault(stage, self._heard)
        self._heard = now
        if now - self._told < SECONDS_BETWEEN_LINES:
            return
        self._told = now
        rate = done / (now - start) if now > start else 0.0
        left = f", {rate:,.0f}/s, {(total - done) / rate / 60:,.0f} min left" if rate else ""
        self._console.print(f"{stage}: {done:,} of {total:,}{left}", markup=False, soft_wrap=True)


@contextmanager
def reporting(console: Console) -> Iterator[ports.Progress]:
    """A progress callback; whatever it draws is gone when the block ends."""
    if not console.is_terminal:
        yield _Lines(console).report
        return
    columns = (
        *(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()),
        *(_Rate(), TimeRemainingColumn()),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        tasks = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done)

        yield report
