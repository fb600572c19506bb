"""Names of titles that a model was not given. Pure; reads a text as it streams and stops before the name.

A name counts where it is written like one: in capitals that no sentence asks for, in emphasis or quotation
marks, or with a year behind it.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

from core.understanding.directory import Directory
from core.understanding.tokens import Token, common, tokens_of
from core.vocabulary.names import folded
from core.vocabulary.places import is_country, languages

__all__ = ["Mentionable", "OutsideGuard"]

# One word that is written with a capital means a title only where many know it by that.
_KNOWN_BY_ONE_WORD = 0.5
_KNOWN_BY_WORDS = 0.2
# What may stand between words of a name, beside a hyphen.
_GAP = re.compile(r"[ \-–'’]|, |: | & |(?<=[MDJS][rt])\. ")
_CONNECTORS = frozenset(
    "of the a an and in on to for at with from by "
    "de la le les du des del der die das und von el los las et s n".split()
)
_YEAR_BEHIND = re.compile(r"[\"”»“*_]{0,3}\s?\((?:18|19|20)\d\d")
_YEAR_MAY_FOLLOW = re.compile(r"[\"”»“*_]{0,3}\s?(?:\(\d{0,3})?")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;…—–\n(\[\"“„«*_>-]|\n\s*\d+[.)])\s*$")
_SPAN = re.compile(
    r"(?P<mark>\*{1,3}|_{1,2})(?=\S)(?P<emphasised>[^*_\n]{1,80}?)(?P=mark)|[\"“„«](?P<quoted>[^\"“”»\n]{1,80}?)[\"”“»]"
)
_OPEN_SPAN = re.compile(r"(?:(?<![\w*_])[*_]{1,3}(?=\S|$)|[\"“„«])[^*_\"“”»\n]{0,80}$")
_LINK = re.compile(r"\S*(?:://|\bwww\.|\]\()\S*")
_LINK_BEGUN = re.compile(
    r"\S*(?:://|\bwww\.|\]\()\S*$|(?:\bh(?:t(?:t(?:ps?:?/?)?)?)?|\bw(?:ww?)?|\]|\w+:/?)$"
)
# How much of what was released is looked at again, for a name that began in it.
_WINDOW = 48
_LONGEST_HELD = 200
# A longer "name" of a person is no name.
_LONGEST_PERSON = 5


class Mentionable:
    """What a text may name: the titles it was given, and what their own texts speak of.

    Args:
        names: Names of titles that may be named.
        people: Names of people.
        texts: Texts of ours about the titles offered.
    """

    def __init__(self, names: Iterable[str], people: Iterable[str] = (), texts: Iterable[str] = ()) -> None:
        self._names = {folded(name) for name in names}
        names_of_people = [folded(name).split() for name in people]
        self._words = {word for name in names_of_people if len(name) <= _LONGEST_PERSON for word in name}
        self._texts = "\n".join(f" {folded(text)} " for text in texts)

    def name(self, key: str) -> bool:
        """Whether this is, or is part of, the name of a title that may be named."""
        return any(f" {key} " in f" {name} " for name in self._names)

    def in_passing(self, key: str) -> bool:
        """Whether a text would say this without meaning a title: a person, a place, what a plot is about."""
        return (
            all(word in self._words for word in key.split())
            or is_country(key)
            or (len(key) > 2 and languages().find(key) is not None)
            or f" {key} " in self._texts
        )


class OutsideGuard:
    """Lets a text through up to the first title that was not offered.

    Links are left out, since nothing that was offered has one.

    Args:
        directory: Names of all titles.
        mentionable: What may be named.
    """

    def __init__(self, directory: Directory, mentionable: Mentionable) -> None:
        self._directory = directory
        self._mentionable = mentionable
        self._window = ""
        self._held = ""
        self.stopped = False
        """Whether a title outside the offered ones was met; nothing comes out afterwards."""

    def feed(self, delta: str) -> str:
        """What can be shown of the text so far; the rest is held back."""
        return self._read(self._held + delta, final=False)

    def finish(self) -> str:
        """What was held back, now that a marker or the end follows."""
        shown = self._read(self._held, final=True)
        self._window = ""
        return shown

    def _read(self, pending: str, *, final: bool) -> str:
        if self.stopped:
            return ""
        pending = _LINK.sub(lambda link: link[0] if link.end() == len(pending) and not final else "", pending)
        begun = len(self._window)
        text = self._window + pending
        safe = self._safe(text, begun, final=final)
        if not final and len(text) - safe > _LONGEST_HELD and not self.stopped:
            safe = len(text)
        shown, self._held = text[begun:safe], text[safe:]
        self._window = _recent(text[:safe])
        return shown

    def _safe(self, text: str, begun: int, *, final: bool) -> int:
        """Up to where the text may be shown, at least `begun`; sets `stopped`."""
        held = len(text)
        if not final:
            for pattern in (_OPEN_SPAN, _LINK_BEGUN):
                match = pattern.search(text, begun)
                held = min(held, match.start()) if match else held
        for match in _SPAN.finditer(text):
            if match.end() > begun and self._outside_span(text, match):
                self.stopped = True
                return max(begun, match.start())
        for run in _runs(text):
            start, end = run[0].start, run[-1].end
            year = _YEAR_BEHIND.match(text, end)
            if max(end, year.end() if year else 0) <= begun:
                continue
            if not final and _still_open(text, run):
                first_word = start == 0 and not begun and len(run) == 1  # words are to come at once
                if not first_word:
                    held = min(held, start)
                break
            if self._outside_run(text, run):
                self.stopped = True
                return max(begun, min(start, held))
        return max(begun, held)

    def _outside_span(self, text: str, match: re.Match[str]) -> bool:
        """Whether emphasis or quotation marks hold a title's name."""
        inside = (match["emphasised"] or match["quoted"]).strip()
        key = folded(re.sub(r"\s*\(\d{4}\)$", "", inside))
        if not key or not (inside[0].isupper() or inside[0].isdigit()) or self._mentionable.name(key):
            return False
        if self._directory.versions(key):
            return not self._mentionable.in_passing(key)
        heads_line = not text[: match.start()].rpartition("\n")[2].strip(" 0123456789.)-*")
        is_label = inside.endswith(":") or text[match.end() :].startswith(":")
        return (match["mark"] or "").startswith("**") and heads_line and not is_label

    def _outside_run(self, text: str, run: list[Token]) -> bool:
        """Whether words in capitals are, or hold, a title's name."""
        words = [token.word for token in run]
        if _YEAR_BEHIND.match(text, run[-1].end) and not self._mentionable.name(" ".join(words)):
            return not any(self._mentionable.name(" ".join(words[place:])) for place in range(len(words)))
        place = 0
        while place < len(words):
            found = self._directory.title_at(words, place)
            if found is None:
                place += 1
                continue
            count, entry, _ = found
            key = " ".join(words[place : place + count])
            if not self._mentionable.name(key):
                starts_sentence = bool(_SENTENCE_START.search(text, 0, run[place].start))
                alone = count == 1 and (starts_sentence or common(key))
                known = entry.fame >= (_KNOWN_BY_ONE_WORD if count == 1 else _KNOWN_BY_WORDS)
                first, *others = run[place : place + count]
                proper = any(token.capital for token in others) and _may_begin(first)
                if (
                    known
                    and not alone
                    and (proper or (count == 1 and first.capital))
                    and not self._mentionable.in_passing(key)
                ):
                    return True
            place += count
        return False


def _runs(text: str) -> list[list[Token]]:
    """Words in capitals that follow each other, with the small words between them, to the last capital, or
    to the end of the text where more may come.
    """
    runs: list[list[Token]] = []
    run: list[Token] = []
    tokens = tokens_of(text)
    for before, token in pairwise([None, *tokens]):
        assert token is not None
        if run and before is not None and not _GAP.fullmatch(text[before.end : token.start]):
            runs.append(_trimmed(run))
            run = []
        proper = _may_begin(token)
        last = token.end == len(text)
        if proper or (run and (token.word in _CONNECTORS or (last and _begins_connector(token.word)))):
            run.append(token)
        elif run:
            runs.append(_trimmed(run))
            run = []
    if run:
        runs.append(run)
    return runs


def _trimmed(run: list[Token]) -> list[Token]:
    """A run without the small words at its end."""
    while len(run) > 1 and not _may_begin(run[-1]):
        run = run[:-1]
    return run


def _may_begin(token: Token) -> bool:
    """Whether a name may begin with it."""
    return token.capital or token.word[0].isdigit()


def _begins_connector(word: str) -> bool:
    return any(connector.startswith(word) for connector in _CONNECTORS)


def _still_open(text: str, run: list[Token]) -> bool:
    """Whether the name may go on, or a year may follow it, once more of the text is there."""
    rest = text[run[-1].end :]
    return not rest or bool(
        _YEAR_MAY_FOLLOW.fullmatch(rest) or _GAP.fullmatch(rest) or rest in (",", ":", " &", ".")
    )


def _recent(shown: str) -> str:
    """The end of what was shown, from the beginning of a word."""
    if len(shown) <= _WINDOW:
        return shown
    return shown[-_WINDOW:].partition(" ")[2]
