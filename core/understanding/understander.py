"""A request in words → intent, filters and search text, with the conversation taken into account."""

import re

from core.catalog.rows import clean
from core.domain import Intent, Request, SearchFilters, Understanding
from core.errors import EmptyRequest, RequestTooLong
from core.ports import TitleIndex
from core.understanding.words import read
from core.vocabulary.names import folded

__all__ = ["MAX_CHARACTERS", "Understander", "validated"]

# A long message to a bot is a few hundred characters; past this, more words only blur the search.
MAX_CHARACTERS = 4_000

_SMALLTALK = re.compile(
    r"(?:hi|hello|hey|hiya|yo|good (?:morning|evening|afternoon)|thanks?(?: you)?(?: (?:a lot|so much))?|thx|"
    r"cheers|bye|goodbye|how are you(?: doing)?|who are you|lol|ok(?:ay)?|nice|cool|great)"
    r"(?: there| bot| matinee| all| everyone)?"
)
_HELP = re.compile(
    r"(?:help|help me|what can you do|how (?:do i|does this|do you) (?:use|work).*|commands|usage)"
)
_LIKE = re.compile(r"\b(?:like|similar to|in the vein of|reminiscent of)\s+(?P<name>\S.*)", re.IGNORECASE)
_FOLLOW_UP = re.compile(
    r"(?:(?:and|but|ok|okay|now|actually|instead|rather|only|just|without|no|not|more|less|what about|"
    r"how about|something|anything|any|make it|show me)\b.*)|"
    r"(?:(?:what|anything) else|next|others?|older|newer|again)",
    re.IGNORECASE,
)
_LONGEST_NAME_WORDS = 8
_FOLLOW_UP_WORDS = 6


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


class Understander:
    """Reads requests by rules.

    Args:
        index: Asked whether what stands after "like" is the name of a title.
    """

    def __init__(self, index: TitleIndex) -> None:
        self._index = index

    async def understand(self, request: Request) -> Understanding:
        """What a request means.

        Raises:
            EmptyRequest, RequestTooLong: see `validated`.
        """
        text = validated(request.text) if request.text or not request.filters.set_keys() else ""
        plain = folded(text)
        if _HELP.fullmatch(plain):
            return Understanding(Intent.HELP, request.filters, "")
        if _SMALLTALK.fullmatch(plain):
            return Understanding(Intent.SMALLTALK, request.filters, "")
        said = read(text)
        filters = request.filters.over(said.filters)
        name = await self._named_title(said.rest)
        if name:
            liked = SearchFilters(like_titles=(name,))
            rest, terms = _without(said.rest, name), _without(said.terms, name)
            return Understanding(Intent.SIMILAR, filters.over(liked), rest, terms)
        if request.history and _continues(plain):
            last = request.history[-1].understood
            rest = _joined(last.search_text, said.rest)
            return Understanding(
                Intent.REFINE, filters.over(last.filters), rest, _joined(last.search_terms, said.terms)
            )
        return Understanding(Intent.RECOMMEND, filters, said.rest, said.terms)

    async def _named_title(self, text: str) -> str | None:
        """The longest title name that stands right after "like", or None."""
        match = _LIKE.search(text)
        if match is None:
            return None
        words = match["name"].split()[:_LONGEST_NAME_WORDS]
        names = [" ".join(words[:count]).strip(".,!?;:\"'") for count in range(len(words), 0, -1)]
        stored = {folded(item.title.name): item.title.name for item in await self._index.named(names)}
        return next((stored[folded(name)] for name in names if folded(name) in stored), None)


def _without(text: str, name: str) -> str:
    """The text without the "like NAME" that became a filter."""
    match = _LIKE.search(text)
    if match is None:
        return text
    rest = match["name"].split()[len(name.split()) :]
    return " ".join([*text[: match.start()].split(), *rest])


def _continues(plain: str) -> bool:
    """Whether a message only makes sense after another one."""
    return len(plain.split()) <= _FOLLOW_UP_WORDS and _FOLLOW_UP.fullmatch(plain) is not None


def _joined(before: str, now: str) -> str:
    return f"{before} {now}".strip()[:MAX_CHARACTERS]
