"""A wish said again, as somebody would who takes one of its filters away: by `/recommend`, and in words what
that has no option for.
"""

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
# A region is the asker's, or is said of services; no option has it.
_OPTIONS = (
    *("media_type", "genres", "exclude_genres", "providers", "region", "year_from", "year_to"),
    *("min_rating", "max_runtime", "languages"),
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
        chips += [
            {"text": unescaped(chip), "query": query, "options": _options(rest)}
            for chip in filter_chips(wish)
        ]
    return chips


def _options(filters: SearchFilters) -> dict[str, Any]:
    kinds = {MediaType.MOVIE: "film", MediaType.TV: "series"}
    options = {
        "type": kinds[filters.media_type] if filters.media_type else None,
        "genres": ", ".join(filters.genres),
        "without": ", ".join(filters.exclude_genres),
        "services": ", ".join(filters.providers),
        "year_from": filters.year_from,
        "year_to": filters.year_to,
        "min_rating": filters.min_rating,
        "max_runtime": filters.max_runtime,
        "language": ", ".join(map(language_name, filters.languages)),
    }
    return {name: value for name, value in options.items() if value not in (None, "")}


def _in_words(filters: SearchFilters) -> str:
    """What no option says, so that it is understood as the same."""
    for key in _OPTIONS:
        filters = filters.without(key)
    words = []
    for wish in wishes(filters):
        (chip,) = filter_chips(wish)
        words.append(f"from {unescaped(chip)}" if wish.countries else unescaped(chip))
    return ", ".join(words)
