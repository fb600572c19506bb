"""Small things that every text of ours needs."""

import re
from collections.abc import Sequence

__all__ = [
    "capitalised",
    "escaped",
    "joined",
    "sentences_of",
    "stems",
    "unescaped",
    "where_and_when",
    "with_article",
]

# The end of a sentence: not after an initial ("J. Robert") or a title ("Mr. Robot").
_SENTENCE_END = re.compile(
    r"(?<=[.!?…])(?<!\b[A-Z]\.)(?<!Mr\.)(?<!Mrs\.)(?<!Ms\.)(?<!Dr\.)(?<!St\.)(?<!Jr\.)(?<!Sr\.)(?<!No\.)"
    r"\s+(?=[A-Z0-9“\"'])"
)
# A sentence with fewer words ("Paris, 1899.") says too little alone; the next one joins it.
_TELLING_WORDS = 8
_MARKUP = re.compile(r"([\\`*_\[\]<>|~#])")
_ESCAPED = re.compile(r"\\([\\`*_\[\]<>|~#])")
_MIN_STEM = 4


def escaped(text: str) -> str:
    """Text from the catalogue or the asker, so that CommonMark shows it as it is."""
    return _MARKUP.sub(r"\\\1", text)


def unescaped(text: str) -> str:
    """The reverse of `escaped`."""
    return _ESCAPED.sub(r"\1", text)


def joined(items: Sequence[str], word: str = "and") -> str:
    """`a, b and c`."""
    return f" {word} ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def where_and_when(region: str, as_of: str) -> str:
    """Behind services: ` (US, as of 2022)`, or as much of it as is known."""
    known = ", ".join(part for part in (region, f"as of {as_of}" if as_of else "") if part)
    return f" ({known})" if known else ""


def capitalised(text: str) -> str:
    """With a capital first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def with_article(noun: str) -> str:
    """`a comedy film`, `an action film`."""
    return f"{'an' if noun[:1].lower() in 'aeio' else 'a'} {noun}"


def sentences_of(overview: str) -> list[str]:
    """The sentences of an overview; a short one stands with the next, or with the one before."""
    whole: list[str] = []
    for sentence in _SENTENCE_END.split(overview):
        if whole and min(len(whole[-1].split()), len(sentence.split())) < _TELLING_WORDS:
            whole[-1] += f" {sentence}"
        else:
            whole.append(sentence)
    return whole


def stems(words: Sequence[str]) -> set[str]:
    """Beginnings of words, crude on purpose: `comedies` and `comedy`, `ambiguity` and `ambiguous` are one."""
    return {word[: max(_MIN_STEM, len(word) - 3)] for word in words}
