"""One turn: understand → encode → search → rank → answer, as a stream of events."""

import logging
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Self

from core.answering import facts, talk
from core.answering.answer import Answer, Brief
from core.answering.failover import FailoverModel
from core.answering.writer import Writer
from core.domain import Intent, RankedTitle, Request, Understanding
from core.errors import InvalidRequest, MatineeError
from core.events import (
    FinishReason,
    ReplyEvent,
    ReplyFailed,
    ReplyFinished,
    Stage,
    StageStarted,
    TitlesFound,
)
from core.incidents import new_incident, unforeseen
from core.ports import IndexQuery, Rankings
from core.retrieval import RELAXATION_ORDER, Retriever, resolved
from core.understanding.personal import personalised
from core.understanding.understander import Understander
from core.vocabulary.certifications import ADULTS_ALONE

__all__ = ["Assistant"]

log = logging.getLogger("matinee.assistant")


@dataclass(slots=True)
class _Progress:
    """What a turn has said and measured so far; outlives a stage that fails."""

    answer: Answer = field(default_factory=Answer)
    timings_ms: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, stage: Stage) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = (time.perf_counter() - start) * 1000
            self.timings_ms[stage] = self.timings_ms.get(stage, 0.0) + spent
            log.info("stage finished", extra={"stage": stage, "milliseconds": round(spent, 2)})


class Assistant:
    """Answers requests.

    Args:
        understander: Reads a request.
        retriever: Finds and ranks titles; public, so that search can be used and measured alone.
        writer: Argues for them.
    """

    def __init__(self, understander: Understander, retriever: Retriever, writer: Writer) -> None:
        self._understander = understander
        self.retriever = retriever
        self._writer = writer

    def asking(self, model: FailoverModel | None) -> Self:
        """The same, with another model to write answers; None for the composer alone."""
        other = copy(self)
        other._writer = self._writer.asking(model)
        return other

    async def understand(self, request: Request) -> Understanding:
        """What a request means, without answering it.

        Raises:
            InvalidRequest: it is empty, too long, or has filters that do not exist or are not allowed.
        """
        typed = resolved(request.filters)
        request = replace(request, filters=typed)
        return personalised(await self._understander.understand(request), request)

    async def reply(self, request: Request, *, with_model: bool = True) -> AsyncGenerator[ReplyEvent, None]:
        """Answer; the events obey the grammar of `core.events`, whatever fails.

        Errors become `ReplyFailed`; cancellation passes through.

        Args:
            request: What is asked.
            with_model: Whether a model may write the answer, where one is configured.
        """
        progress = _Progress()
        try:
            async with aclosing(self._turn(request, progress, with_model)) as events:
                async for event in events:
                    yield event
        except Exception as error:
            yield _failed(error, progress.answer.text)
            return

    async def _turn(
        self, request: Request, progress: _Progress, with_model: bool
    ) -> AsyncGenerator[ReplyEvent, None]:
        yield StageStarted(Stage.UNDERSTANDING)
        with progress.timed(Stage.UNDERSTANDING):
            understood = await self.understand(request)
        said = self._said_without_search(request, understood)
        if said is not None:
            yield TitlesFound(understood, ())
            for event in _said(progress, said, FinishReason.NO_SEARCH):
                yield event
            return

        shown = (title_id for turn in request.history for title_id in turn.shown)
        yield StageStarted(Stage.ENCODING)
        with progress.timed(Stage.ENCODING):
            query = await self.retriever.encode(understood, (*shown, *request.profile.seen))
        yield StageStarted(Stage.SEARCHING)
        with progress.timed(Stage.SEARCHING):
            rankings, relaxed = await self._searched(query)
            relaxed = (*(key for key in rankings.unapplied if key not in relaxed), *relaxed)
        yield StageStarted(Stage.RANKING)
        with progress.timed(Stage.RANKING):
            ranked = await self.retriever.rank(rankings, query, request.text)
            if request.profile.cautious:
                ranked = [item for item in ranked if item.title.certification != ADULTS_ALONE]
            region = understood.filters.region or request.profile.region
            ranked = [replace(item, title=item.title.seen_from(region)) for item in ranked]
        if understood.unclear and not rankings.sparse:  # no word of it is known
            yield TitlesFound(understood, ())
            for event in _said(progress, talk.unclear_text(), FinishReason.NO_SEARCH):
                yield event
            return
        yield StageStarted(Stage.ANSWERING)
        yield TitlesFound(understood, tuple(ranked), relaxed)
        if not ranked:
            for event in _said(progress, talk.nothing_found_text(), FinishReason.NOTHING_FOUND):
                yield event
            return
        with progress.timed(Stage.ANSWERING):
            brief = replace(await self._brief(request, understood, ranked, relaxed), with_model=with_model)
            async with aclosing(self._writer.write(brief, progress.answer)) as pieces:
                async for piece in pieces:
                    yield piece
        yield _finished(progress)

    async def _brief(
        self,
        request: Request,
        understood: Understanding,
        ranked: Sequence[RankedTitle],
        relaxed: tuple[str, ...],
    ) -> Brief:
        """What the answer is to be written from."""
        liked = await self.retriever.named(understood.filters.like_titles)
        shown_ids = [title_id for turn in request.history for title_id in turn.shown]
        shown = await self.retriever.known(shown_ids if self._writer.asks_a_model else ())
        return Brief(request, understood, tuple(ranked), relaxed, liked, shown)

    def _said_without_search(self, request: Request, understood: Understanding) -> str | None:
        """What to say where nothing has to be searched for."""
        match understood.intent:
            case Intent.HELP:
                return talk.help_text()
            case Intent.SMALLTALK:
                return talk.smalltalk_text(request.text)
            case Intent.QUESTION if understood.question is not None:
                return facts.answer(understood.question, request.profile.region)
            case _ if understood.unclear and not (understood.search_terms or understood.filters.any_wish):
                return talk.unclear_text()
            case _:
                return None

    async def _searched(self, query: IndexQuery) -> tuple[Rankings, tuple[str, ...]]:
        """Rankings; where nothing meets all filters, those without the one that is least important of
        those that alone stand in the way, or else without one after the other.

        A country of whose services nothing is known is left out first: no title could meet it.
        """
        droppable = [key for key in RELAXATION_ORDER if key in query.filters.set_keys()]
        attempts: list[tuple[str, ...]] = [(), *((key,) for key in droppable)]
        attempts += [tuple(droppable[:count]) for count in range(2, len(droppable) + 1)]
        rankings = await self.retriever.search(query)
        if rankings.dense or rankings.sparse:
            return rankings, ()
        region = query.filters.region if query.filters.providers else None
        unknown = region is not None and not await self.retriever.knows_services_in(region)
        if unknown:
            query = replace(query, filters=query.filters.without("region"))
        for dropped in attempts if unknown else attempts[1:]:
            filters = query.filters.without(*dropped)
            rankings = await self.retriever.search(replace(query, filters=filters))
            if rankings.dense or rankings.sparse:
                return rankings, ("region", *dropped) if unknown else dropped
        return rankings, ("region", *droppable) if unknown else tuple(droppable)


def _said(progress: _Progress, text: str, reason: FinishReason) -> Iterator[ReplyEvent]:
    """A text that names no picks, and the end."""
    progress.answer.finish_reason = reason
    yield from progress.answer.add(text)
    yield _finished(progress)


def _finished(progress: _Progress) -> ReplyFinished:
    answer, picks = progress.answer, progress.answer.picks()
    timings = {str(stage): round(spent, 2) for stage, spent in progress.timings_ms.items()}
    told = {
        "end": answer.finish_reason,
        "picks": len(picks),
        "model": answer.written_by or "none",
        "fault": answer.fault or "none",
        "input_tokens": answer.usage.input_tokens,
        "output_tokens": answer.usage.output_tokens,
        "milliseconds": round(sum(timings.values()), 2),
    }
    log.info("turn finished", extra=told)
    return ReplyFinished(
        answer.text,
        picks,
        answer.finish_reason,
        answer.usage,
        answer.written_by,
        answer.fault,
        timings_ms=timings,
    )


def _failed(error: Exception, partial: str) -> ReplyFailed:
    if isinstance(error, MatineeError):
        incident = new_incident()
        mendable = isinstance(error, InvalidRequest)
        level = logging.INFO if mendable else logging.WARNING
        told = {"incident": incident, "code": error.code}
        log.log(level, "turn failed", extra=told if mendable else {**told, "reason": str(error)})
        detail = str(error) if mendable else ""
        return ReplyFailed(error.code, partial, incident, detail, error.retry_after_seconds)
    return ReplyFailed(MatineeError.code, partial, unforeseen(log, "turn failed", error))
