"""One answer at a time in each conversation, several conversations at once, the others in a queue."""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Admission", "Job", "Lanes", "Overlap"]

log = logging.getLogger("matinee.lanes")


class Overlap(StrEnum):
    """What a message does that comes while the one before it in its conversation is being answered."""

    NEWEST_WINS = "newest"
    """It takes the other one's place while nothing has been shown of that one's answer; else it waits."""
    QUEUE = "queue"
    """It waits."""


@dataclass(eq=False, slots=True)
class Job:
    """Something to answer."""

    conversation: Hashable
    asker: Hashable
    """Only a newer message of the same asker takes a job's place."""
    work: Callable[[], Awaitable[None]]
    """Answers. It is cancelled where a newer message takes its place."""
    shown: Callable[[], bool] = lambda: False
    """Whether something of the answer has been shown."""
    replaced: Callable[[], Awaitable[None]] | None = None
    """Called where a newer message took its place."""
    _task: asyncio.Task[None] | None = field(default=None, repr=False)
    _is_replaced: bool = field(default=False, repr=False)


@dataclass(frozen=True, slots=True)
class Admission:
    """What became of a job."""

    accepted: bool
    place: int = 0
    """Its place in the queue, from 1; 0 where it is under way, or comes next after its asker's own."""


class Lanes:
    """Runs jobs.

    Args:
        parallel: How many conversations are answered at once.
        waiting: How many jobs may wait; more are refused.
        overlap: What a message does to the one before it.
    """

    def __init__(self, parallel: int, waiting: int, overlap: Overlap = Overlap.NEWEST_WINS) -> None:
        self._parallel = parallel
        self._most_waiting = waiting
        self._overlap = overlap
        self._running: dict[Hashable, Job] = {}
        self._waiting: list[Job] = []
        self._beside: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """How many are under way."""
        return len(self._running)

    def submit(self, job: Job) -> Admission:
        """Take a job, or refuse it."""
        if self._closed:
            return Admission(False)
        if self._overlap is Overlap.NEWEST_WINS:
            self._replace(job.conversation, job.asker)
        busy = job.conversation in self._running or len(self._running) >= self._parallel
        if busy and len(self._waiting) >= self._most_waiting:
            return Admission(False)
        self._waiting.append(job)
        self._start_what_may()
        return Admission(True, self._place(job))

    def _place(self, job: Job) -> int:
        """From 1 where a job has to wait, for others than its asker's own answer, which is in sight."""
        if job not in self._waiting:
            return 0
        ahead = self._running.get(job.conversation)
        others = [item for item in self._waiting if item.conversation == job.conversation]
        if ahead is not None and ahead.asker == job.asker and others == [job]:
            return 0
        return self._waiting.index(job) + 1

    def cancel(self, job: Job) -> None:
        """End a job that is no longer ours to do."""
        if job in self._waiting:
            self._waiting.remove(job)
        elif job._task is not None:
            job._task.cancel()

    def stop(self, job: Job) -> None:
        """End a job that is not wanted any more."""
        if job in self._waiting:
            self._waiting.remove(job)
            self._tell(job)
        elif job._task is not None:
            job._task.cancel()

    async def drain(self, grace_seconds: float) -> list[Job]:
        """Take no more, let what is under way end within the grace period, cancel the rest.

        Returns:
            Jobs that were not done.
        """
        self._closed = True
        undone, self._waiting = self._waiting, []
        running = list(self._running.values())
        tasks = [job._task for job in running if job._task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            undone += [job for job in running if job._task in late]
        await asyncio.gather(*self._beside, return_exceptions=True)
        return undone

    def _replace(self, conversation: Hashable, asker: Hashable) -> None:
        """Make room for a newer message: what the same asker said before, and has been shown nothing of, is
        answered no more.
        """
        place = (conversation, asker)
        for job in [item for item in self._waiting if (item.conversation, item.asker) == place]:
            self._waiting.remove(job)
            self._tell(job)
        running = self._running.get(conversation)
        if running is None or running._task is None:
            return
        if running.asker == asker and not running.shown():
            running._is_replaced = True
            running._task.cancel()

    def _tell(self, job: Job) -> None:
        if job.replaced is not None:
            task = asyncio.ensure_future(job.replaced())
            self._beside.add(task)
            task.add_done_callback(self._beside.discard)

    def _start_what_may(self) -> None:
        for job in list(self._waiting):
            if len(self._running) >= self._parallel:
                return
            if job.conversation not in self._running:
                self._waiting.remove(job)
                self._running[job.conversation] = job
                job._task = asyncio.create_task(_run(job))
                job._task.add_done_callback(functools.partial(self._ended, job))

    def _ended(self, job: Job, task: asyncio.Task[None]) -> None:
        """A job is over. Not told by the work itself: a task that is cancelled early never begins."""
        del self._running[job.conversation]
        if task.cancelled() and job._is_replaced:
            self._tell(job)
        if not self._closed:
            self._start_what_may()


async def _run(job: Job) -> None:
    try:
        await job.work()
    except Exception as error:  # the work shows its own faults; this one nobody foresaw
        log.error("an answer broke", extra={"error": type(error).__qualname__})
