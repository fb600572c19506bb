"""A request in words → intent, filters and search text, with the conversation taken into account."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from core.catalog.rows import clean
from core.domain import (
    Intent,
    Question,
    QuestionKind,
    Request,
    Title,
    Turn,
    Understanding,
    key_of,
)
from core.errors import EmptyRequest, RequestTooLong
from core.ports import TitleIndex
from core.ranking import fame
from core.understanding.directory import Directory
from core.understanding.followups import FollowUp, continued
from core.understanding.intents import decided
from core.understanding.model_reader import ModelReader, ModelReading
from core.understanding.questions import Asked, read_question
from core.understanding.references import pointed_at, points_back
from core.understanding.tokens import tokens_of
from core.understanding.words import Said, read

__all__ = ["MAX_CHARACTERS", "IntentReader", "Understander", "validated"]

# A long message to a bot is a few hundred characters; past this, more words only blur the search.
MAX_CHARACTERS = 4_000
_WISHES = (Intent.RECOMMEND, Intent.REFINE, Intent.SIMILAR)
_TITLES_OF_A_PERSON = 8


class IntentReader(Protocol):
    """Tells what a message is for."""

    async def intents(self, text: str, said: Said, *, asks: bool) -> Mapping[Intent, float]:
        """The probability of each intent; `asks` says that a fact is asked for, of something known."""
        ...


def validated(text: str) -> str:
    """The text without control characters and stray white space.

    Raises:
        EmptyRequest: no letter or digit is left.
        RequestTooLong: more than `MAX_CHARACTERS` characters.
    """
    if len(text) > MAX_CHARACTERS:
        raise RequestTooLong(len(text), MAX_CHARACTERS)
    cleaned = clean(text)
    if not any(char.isalnum() for char in cleaned):
        raise EmptyRequest("say in words what you feel like watching")
    return cleaned


@dataclass(frozen=True, slots=True)
class _Conversation:
    """What a message may refer to."""

    before: Understanding | None = None
    """What the last search was for."""
    shown: tuple[Title, ...] = ()
    """The titles of the last answer, in order."""
    spoken_of: tuple[Title, ...] = ()
    """The titles that a question was about since then."""


def _by_model(reading: ModelReading | None, local: Understanding, request: Request) -> Understanding:
    """The model's reading of a wish, in place of the local one; typed filters still win."""
    if reading is None or reading.intent not in _WISHES:
        return local
    filters = request.filters.over(reading.filters)
    intent = Intent.SIMILAR if filters.like_titles and reading.intent is Intent.RECOMMEND else reading.intent
    mood = reading.mood or local.search_text
    return replace(local, intent=intent, filters=filters, search_text=mood, search_terms=mood, unclear=False)


class Understander:
    """Reads requests, locally: closed lists, names of the catalogue, and a small classifier.

    Args:
        index: Asked for titles that are spoken of.
        intents: The classifier.
        directory: Names of titles and people.
        model: Asked beside, where one is configured; the local reading stands when it fails or is late.
        model_seconds: How long it is waited for.
    """

    def __init__(
        self,
        index: TitleIndex,
        intents: IntentReader,
        directory: Directory,
        model: ModelReader | None = None,
        model_seconds: float = 1.0,
    ) -> None:
        self._index = index
        self._intents = intents
        self._directory = directory
        self._model = model
        self._model_seconds = model_seconds

    async def understand(self, request: Request) -> Understanding:
        """What a request means.

        Raises:
            EmptyRequest, RequestTooLong: see `validated`.
        """
        if not request.text and request.filters.any_wish:
            intent = Intent.SIMILAR if request.filters.like_titles else Intent.RECOMMEND
            return Understanding(intent, request.filters, "")
        text = validated(request.text)
        conversation = await self._conversation(request.history)
        if self._model is None:
            return await self._locally(request, text, conversation)
        deadline = asyncio.get_running_loop().time() + self._model_seconds
        asked = asyncio.create_task(self._model.read(text, conversation.before, conversation.shown))
        try:
            local = await self._locally(request, text, conversation)
            if local.intent not in _WISHES:
                return local
            done, _ = await asyncio.wait([asked], timeout=deadline - asyncio.get_running_loop().time())
            return _by_model(asked.result(), local, request) if done else local
        finally:
            asked.cancel()

    async def _locally(self, request: Request, text: str, conversation: _Conversation) -> Understanding:
        """What a request means by closed lists, names and the classifier."""
        said = read(text, self._directory)
        intent, sure = await self._intent(text, said, conversation)
        match intent:
            case Intent.HELP | Intent.SMALLTALK:
                return Understanding(intent, request.filters, "")
            case Intent.QUESTION:
                question = await self._question(text, conversation)
                return Understanding(intent, request.filters, "", question=question)
            case Intent.REFINE if conversation.before is not None:
                follow_up = FollowUp(
                    text, said, conversation.before, conversation.shown, conversation.spoken_of
                )
                wish = continued(follow_up)
                filters = request.filters.over(wish.filters)
                understood = Understanding(intent, filters, wish.search_text, wish.search_terms)
            case _:
                filters = request.filters.over(said.filters)
                if filters.like_titles:
                    intent = Intent.SIMILAR
                understood = Understanding(intent, filters, said.rest, said.terms)
        lost = intent is Intent.REFINE and conversation.before is None and not said.told
        unclear = not filters.any_wish and (lost or not sure)
        return replace(understood, corrected=tuple(said.corrected.items()), unclear=unclear)

    async def _intent(self, text: str, said: Said, conversation: _Conversation) -> tuple[Intent, bool]:
        """What the message is for, and whether that is sure."""
        asks = read_question(text, self._directory, forgiving=False).certain
        shares = await self._intents.intents(text, said, asks=asks)
        intent, sure = decided(shares, said, in_conversation=conversation.before is not None)
        if intent is Intent.QUESTION and not (sure or asks):
            return Intent.RECOMMEND, False
        return intent, sure

    async def _conversation(self, history: Sequence[Turn]) -> _Conversation:
        """What the turns so far leave to refer to."""
        spoken_of: tuple[Title, ...] = ()
        for turn in reversed(history):
            if turn.searched:
                keys = [key_of(title_id) for title_id in turn.shown]
                found = await self._index.fetch(keys) if keys else {}
                shown = tuple(found[key] for key in keys if key in found)
                return _Conversation(turn.understood, shown, spoken_of)
            question = turn.understood.question
            if question is not None and not spoken_of:
                spoken_of = question.titles
        return _Conversation(spoken_of=spoken_of)

    async def _question(self, text: str, conversation: _Conversation) -> Question:
        """What is asked, with the titles that it is about."""
        asked = read_question(text, self._directory)
        titles = await self._titles_asked_about(asked, text, conversation)
        return Question(
            asked.kind,
            tuple(titles),
            asked.people,
            asked.expected,
            "" if titles else asked.unknown,
            asked.region,
        )

    async def _titles_asked_about(
        self, asked: Asked, text: str, conversation: _Conversation
    ) -> Sequence[Title]:
        if asked.kind is QuestionKind.FILMOGRAPHY:
            entries = self._directory.titles_of(asked.people)[:_TITLES_OF_A_PERSON]
            named = {
                (item.title.name, item.title.year): item.title
                for item in await self._index.named([entry.name for entry in entries])
            }
            return [named[key] for entry in entries if (key := (entry.name, entry.year)) in named]
        shown = conversation.shown
        words = [token.word for token in tokens_of(text)]
        pointed = [shown[place] for place in pointed_at(text, words, len(shown)) if place < len(shown)]
        if pointed:
            return pointed
        if asked.title:
            versions = [item.title for item in await self._index.named([asked.title])]
            versions.sort(key=lambda title: -fame(title))
            if asked.every_version:
                return versions
            of_year = [title for title in versions if title.year == asked.year]
            return (of_year or versions)[:1]
        if points_back(text) or not asked.unknown:
            return conversation.spoken_of[:1] or shown[:1]
        return []
