"""A request in words → intent, filters and search text, with the conversation taken into account."""

import re
from dataclasses import dataclass, replace

from core.catalog.rows import clean
from core.domain import Intent, Request, Understanding
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
# "I'd like" and "would you like" start from no title.
_LIKE = re.compile(
    r"\b(?:(?<!\bi )(?<!'d )(?<!\bid )(?<!would )(?<!you )(?<!we )like|similar to|in the vein of|"
    r"reminiscent of)\s+(?P<name>\S.*)",
    re.IGNORECASE,
)
_AROUND_NAMES = ".,!?;:\"'“”‘’"
_FOLLOW_UP = re.compile(
    r"(?:(?:and|but|ok|okay|now|actually|instead|rather|only|just|without|no|not|more|less|what about|"
    r"how about|something|anything|any|make it|show me)\b.*)|"
    r"(?:(?:what|anything) else|next|others?|older|newer|again)",
    re.IGNORECASE,
)
# Words of a follow-up that say that it is one, and nothing of the titles wanted.
_CUES = re.compile(
    r"\b(?:what|anything|something|how about|what about|else|actually|instead|rather|only|just|next|others?|"
    r"again|make it|show me|more|less|ok(?:ay)?|now|and|but)\b|[?!.,]",
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
        liked = await self._named_title(text)
        said = read(text if liked is None else liked.rest)
        filters = request.filters.over(said.filters)
        if liked is not None and not request.filters.like_titles:
            filters = replace(filters, like_titles=(liked.name,))
        if filters.like_titles:
            return Understanding(Intent.SIMILAR, filters, said.rest, said.terms)
        before = next((turn.understood for turn in reversed(request.history) if turn.searched), None)
        if before is not None and _continues(plain):
            rest = _joined(before.search_text, _CUES.sub(" ", said.rest))
            terms = _joined(before.search_terms, _CUES.sub(" ", said.terms))
            return Understanding(Intent.REFINE, filters.over(before.filters), rest, terms)
        return Understanding(Intent.RECOMMEND, filters, said.rest, said.terms)

    async def _named_title(self, text: str) -> "_Liked | None":
        """The longest title name that stands right after "like", or None."""
        match = _LIKE.search(text)
        if match is None:
            return None
        words = match["name"].split()[:_LONGEST_NAME_WORDS]
        spellings = {
            " ".join(words[:count]).strip(_AROUND_NAMES): count for count in range(len(words), 0, -1)
        }
        stored = {
            folded(item.title.name): item.title.name for item in await self._index.named(list(spellings))
        }
        for spelling, count in spellings.items():
            if folded(spelling) in stored:
                rest = [*text[: match.start()].split(), *match["name"].split()[count:]]
                return _Liked(stored[folded(spelling)], " ".join(rest))
        return None


@dataclass(frozen=True, slots=True)
class _Liked:
    """A title that a text starts from, and the text without "like NAME"."""

    name: str
    rest: str


def _continues(plain: str) -> bool:
    """Whether a message only makes sense after another one."""
    return len(plain.split()) <= _FOLLOW_UP_WORDS and _FOLLOW_UP.fullmatch(plain) is not None


def _joined(before: str, now: str) -> str:
    return " ".join(f"{before} {now}".split())[:MAX_CHARACTERS]
