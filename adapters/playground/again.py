"""A wish said again, as somebody would who takes one of its filters away: by `/recommend`, and in words what
that has no option for.
"""

from types import MappingProxyType
from typing import Any

from adapters.playground.seats import Json
from core.answering.chips import filter_chips, less, wishes
from core.answering.text import unescaped
from core.domain import MediaType, SearchFilters, Understanding
from core.understanding.words import read
from core.vocabulary.places import language_name

__all__ = ["removable_chips"]

# What the command is asked where nothing is left.
_ANYTHING = "something good"
_KINDS = {None: "", MediaType.MOVIE: "film", MediaType.TV: "series"}
# Filter → the option of `/recommend` that sets it.
_OPTIONS = MappingProxyType(
    {
        "media_type": "type",
        "genres": "genres",
        "exclude_genres": "without",
        "providers": "services",
        "year_from": "year_from",
        "year_to": "year_to",
        "min_rating": "min_rating",
        "max_runtime": "max_runtime",
        "languages": "language",
    }
)


def removable_chips(understood: Understanding, kept: SearchFilters, *, goes_on: bool) -> list[Json]:
    """The chips of what was searched for, each with the command that asks for the rest: `text`, `query`,
    `options`.

    Args:
        understood: Of the request.
        kept: Its filters, without those that were dropped because nothing was left.
        goes_on: Whether the command continues the conversation, so that its wish is known and its filters
            have to be taken back first.
    """
    sense = " ".join(word for word in understood.search_terms.split() if not read(word).filters.any_wish)
    chips: list[Json] = []
    for wish in wishes(kept):
        rest = less(understood.filters, wish)
        words = ("drop all filters", _in_words(rest)) if goes_on else (_in_words(rest), sense)
        query = ", ".join(filter(None, words)) or _ANYTHING
        (chip,) = filter_chips(wish)
        chips.append({"text": unescaped(chip), "query": query, "options": _options(rest)})
    return chips


def _options(filters: SearchFilters) -> dict[str, Any]:
    languages = tuple(map(language_name, filters.languages))
    values = filters.as_dict() | {"media_type": _KINDS[filters.media_type], "languages": languages}
    told = {name: values.get(key) for key, name in _OPTIONS.items()}
    listed = {name: ", ".join(value) for name, value in told.items() if isinstance(value, (list, tuple))}
    return {name: value for name, value in (told | listed).items() if value not in (None, "")}


def _in_words(filters: SearchFilters) -> str:
    """What no option says, so that it is understood as the same."""
    words = []
    for wish in wishes(filters.without(*_OPTIONS)):
        (chip,) = filter_chips(wish)
        words.append(f"from {unescaped(chip)}" if wish.countries else unescaped(chip))
    return ", ".join(words)
