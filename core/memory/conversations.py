"""A conversation's turns between requests: kept after an answer, given to the next request."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from core.domain import Conversation, Question, QuestionKind, Request, Title, Turn, Understanding
from core.events import ReplyFinished
from core.memory.ports import ConversationStore
from core.memory.records import StoredTurn

__all__ = ["REMEMBERED_TURNS", "Conversations"]

# Turns that a follow-up may look back on.
REMEMBERED_TURNS = 20

Known = Callable[[Sequence[str]], Awaitable[Mapping[str, Title]]]


class Conversations:
    """Remembers turns.

    Args:
        store: Where.
        known: Titles by canonical id, as the index holds them; others are left out.
        keep_text: Whether the text of messages is kept. Without it a follow-up works from the filters in
            force and the titles shown.
    """

    def __init__(self, store: ConversationStore, known: Known, *, keep_text: bool = True) -> None:
        self._store = store
        self._known = known
        self._keep_text = keep_text

    async def history(self, conversation: Conversation) -> tuple[Turn, ...]:
        """The turns so far, oldest first."""
        kept = await self._store.turns(conversation, REMEMBERED_TURNS)
        asked = list(dict.fromkeys(title_id for turn in kept for title_id in turn.asked_about))
        titles = await self._known(asked) if asked else {}
        return tuple(_turn(item, titles) for item in kept)

    def turn(self, request: Request, understood: Understanding, finished: ReplyFinished) -> StoredTurn:
        """What is to be kept of a turn that was answered."""
        question = understood.question
        turn = StoredTurn(
            request.author.id,
            request.text,
            understood.intent,
            understood.filters,
            understood.search_text,
            understood.search_terms,
            tuple(pick.ranked.title.id for pick in finished.picks),
            tuple(title.id for title in question.titles) if question else (),
        )
        return turn if self._keep_text else turn.without_text()


def _turn(kept: StoredTurn, titles: Mapping[str, Title]) -> Turn:
    about = tuple(titles[title_id] for title_id in kept.asked_about if title_id in titles)
    question = Question(QuestionKind.OTHER, about) if about else None
    understood = Understanding(
        kept.intent, kept.filters, kept.search_text, kept.search_terms, question=question
    )
    return Turn(kept.text, understood, kept.shown)
