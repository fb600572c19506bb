"""US certifications on one ladder of the youngest audience, films and series together.

Sources: https://www.filmratings.com and http://www.tvguidelines.org. The age marks of streaming
services (`13+`), which dumps hold too, stand where their age stands; they are not translated, so
that a card shows what was given.
"""

from types import MappingProxyType

from core.vocabulary.names import Names

__all__ = ["ADULTS_ALONE", "CERTIFICATIONS", "level"]

ADULTS_ALONE = "NC-17"
"""What no child is let in to, with whomever. The streaming services' `18+`, which they give to what cinemas
rate R, is not that.
"""

# Canonical certification → the age from which it is meant.
_AGES = MappingProxyType(
    {
        "G": 0,
        "TV-Y": 0,
        "TV-G": 0,
        "TV-Y7": 7,
        "PG": 8,
        "TV-PG": 10,
        "PG-13": 13,
        "TV-14": 14,
        "R": 17,
        "TV-MA": 17,
        "NC-17": 18,
        "ALL": 0,
        "7+": 7,
        "13+": 13,
        "16+": 16,
        "18+": 18,
    }
)

CERTIFICATIONS = Names(
    "certification",
    {
        **dict.fromkeys(_AGES, ()),
        "TV-Y7": ("tv-y7-fv",),
        "PG-13": ("pg13",),
        "TV-14": ("tv14",),
        "TV-MA": ("tvma", "ma"),
        "NC-17": ("nc17",),
    },
)


def level(certification: str) -> int:
    """The age from which a canonical certification is meant, in years."""
    return _AGES[certification]
