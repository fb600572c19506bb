"""Resolving a spelling to a canonical name, with the nearest names when it is unknown."""

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping

from core.errors import UnknownFilterValue

__all__ = ["Names", "folded"]

_NOT_WORD = re.compile(r"[^\w+]+")
# The accents of Latin, Greek and Cyrillic; vowel signs of other scripts are letters and stay.
_ACCENTS = re.compile("[\u0300-\u036f]")


def folded(text: str) -> str:
    """Lower case without accents or punctuation, in single spaces: `Sci-Fi` → `sci fi`."""
    text = text.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", text)))
    return _NOT_WORD.sub(" ", text).strip()


class Names:
    """A closed list of canonical names with their aliases.

    Args:
        field: What one of them is called in messages (`genre`).
        aliases: Canonical name → further spellings.
        shown: How a canonical name is written for people; as it is by default.
    """

    def __init__(
        self,
        field: str,
        aliases: Mapping[str, Iterable[str]],
        shown: Callable[[str], str] = str,
    ) -> None:
        self.field = field
        self.shown = shown
        self.canonical = tuple(aliases)
        self.by_spelling = {folded(name): name for name in aliases}
        for name, spellings in aliases.items():
            self.by_spelling.update({folded(spelling): name for spelling in spellings})

    def find(self, spelling: str) -> str | None:
        """The canonical name, or None."""
        return self.by_spelling.get(folded(spelling))

    def resolve(self, spelling: str) -> str:
        """The canonical name.

        Raises:
            UnknownFilterValue: no such name; carries up to three near ones.
        """
        found = self.find(spelling)
        if found is None:
            raise UnknownFilterValue(self.field, spelling, self.nearest(spelling))
        return found

    def nearest(self, spelling: str) -> tuple[str, ...]:
        """Up to three names, as they are shown, that look like `spelling`, best first."""
        close = difflib.get_close_matches(folded(spelling), self.by_spelling, n=6, cutoff=0.55)
        return tuple(dict.fromkeys(self.shown(self.by_spelling[match]) for match in close))[:3]
