"""Writes the answer: a model where there is one, grounded as it streams; else the composer, which also
steps in where a model fails.
"""

import logging
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from copy import copy
from typing import Self

from core.answering.answer import Answer, Brief, Piece
from core.answering.composer import Composer
from core.answering.failover import ChatStart, FailoverModel
from core.answering.grounding import Grounding
from core.answering.outside import Mentionable, OutsideGuard
from core.answering.prompt import PromptLimits, estimated_tokens, offered, prompt_for
from core.catalog.appeals import Appeal
from core.errors import AnswerCut, AnswerStrayed, ContentRefused, ModelFault, PromptTooLong
from core.events import FinishReason, TextDelta, TitlePicked, Usage
from core.ports import ChatEnd, ChatPrompt, ChatStop, ChatText
from core.understanding.directory import Directory

__all__ = ["Writer"]

log = logging.getLogger("matinee.answering")

_WHOLE_ENDS = (".", "!", "?", "…", ":", ")", "”", '"', "|")


class Writer:
    """Writes answers.

    Args:
        appeals: What speaks for the described titles.
        directory: Names of all titles, to notice one that was not offered.
        model: Writes where it can; None for the composer alone.
        limits: How much the model is given.
    """

    def __init__(
        self,
        appeals: Mapping[str, Appeal],
        directory: Directory,
        model: FailoverModel | None = None,
        limits: PromptLimits = PromptLimits(),
    ) -> None:
        self._appeals = appeals
        self._directory = directory
        self._composer = Composer(appeals)
        self._model = model
        self._limits = limits

    @property
    def asks_a_model(self) -> bool:
        """Whether a model writes, so that it needs the conversation."""
        return self._model is not None

    def asking(self, model: FailoverModel | None) -> Self:
        """The same, with another model."""
        other = copy(self)
        other._model = model
        return other

    async def write(self, brief: Brief, answer: Answer) -> AsyncGenerator[TextDelta | TitlePicked, None]:
        """The answer as it is written; what became of it is kept in `answer`."""
        if self._model is not None and brief.with_model:
            async with aclosing(self._by_model(self._model, brief, answer)) as events:
                async for event in events:
                    yield event
            if answer.finish_reason is FinishReason.CUT or (answer.picked_ids and not answer.fault):
                return
        for event in _events(self._unwritten(brief, answer), answer):
            yield event

    def _unwritten(self, brief: Brief, answer: Answer) -> Iterable[Piece]:
        """The composer's answer, or what it adds to the words of a model that did not finish."""
        if not answer.text:
            yield from self._composer.pieces(brief)
            return
        rest = list(self._composer.rest(brief, answer.picked_ids))
        if not answer.text.endswith(_WHOLE_ENDS):
            yield "…"
        if rest:
            yield "\n" if answer.picked_ids else "\n\n"
            yield from rest

    async def _by_model(
        self, model: FailoverModel, brief: Brief, answer: Answer
    ) -> AsyncGenerator[TextDelta | TitlePicked, None]:
        """The model's answer as far as it goes; where it fails before its first word, nothing."""
        for limits in (self._limits, self._limits.smaller()):
            try:
                async with aclosing(self._streamed(model, brief, limits, answer)) as events:
                    async for event in events:
                        yield event
            except PromptTooLong as fault:
                answer.fault = fault.code
                continue  # once more, with less
            except AnswerStrayed as fault:
                answer.fault = fault.code
            except ModelFault as fault:
                answer.fault = fault.code
                if answer.picked_ids:
                    answer.finish_reason = FinishReason.CUT
            return

    async def _streamed(
        self, model: FailoverModel, brief: Brief, limits: PromptLimits, answer: Answer
    ) -> AsyncGenerator[TextDelta | TitlePicked, None]:
        """One prompt's answer.

        Raises:
            ModelFault: it did not come to its end; what was said stands in `answer`.
        """
        prompt = prompt_for(brief, self._appeals, limits)
        titles = offered(brief, limits)
        grounding = Grounding(titles, OutsideGuard(self._directory, self._mentionable(brief, limits)))
        written, end, cut = "", None, None
        try:
            async with aclosing(model.stream(prompt)) as events:
                async for event in events:
                    match event:
                        case ChatStart(name):
                            answer.written_by, answer.fault = name, ""
                        case ChatText(text):
                            written += text
                            for said in _events(grounding.feed(text), answer):
                                yield said
                        case ChatEnd():
                            end = event
                    if grounding.ended:
                        break
        except AnswerCut as fault:  # what it wrote stays, also what was held back
            cut = fault
        finally:
            if written:
                answer.usage = _usage(prompt, written, end)
        for said in _events(grounding.finish(), answer):
            yield said
        if grounding.dropped:
            log.warning("markers dropped", extra={"model": answer.written_by, "count": grounding.dropped})
        if cut is not None:
            raise cut
        if grounding.strayed:
            log.warning("answer strayed", extra={"model": answer.written_by, "picks": len(answer.picked_ids)})
            raise AnswerStrayed("the model left the titles that it was given")
        if end is not None and end.stop is ChatStop.REFUSED:
            raise ContentRefused("the model refuses to go on")
        if end is not None and end.stop is ChatStop.LENGTH:
            answer.finish_reason = FinishReason.CUT

    def _mentionable(self, brief: Brief, limits: PromptLimits) -> Mentionable:
        """What a text about these titles may name; of other texts only ours are trusted."""
        titles = [item.title for item in offered(brief, limits)]
        known = [*titles, *brief.liked, *brief.shown.values()]
        ours = [title for title in known if any(key in self._appeals for key in title.ids)]
        return Mentionable(
            [title.name for title in known],
            [name for title in known for name in (*title.stars, *title.directors, *title.creators)],
            [text for title in ours for text in (title.overview, *title.keywords)],
        )


def _events(pieces: Iterable[Piece], answer: Answer) -> Iterable[TextDelta | TitlePicked]:
    for piece in pieces:
        yield from answer.add(piece)


def _usage(prompt: ChatPrompt, written: str, end: ChatEnd | None) -> Usage:
    """What the server counted, else an estimate."""
    if end is not None and end.usage is not None:
        return end.usage
    read = estimated_tokens(prompt.system) + estimated_tokens(prompt.user)
    return Usage(read, estimated_tokens(written), estimated=True)
