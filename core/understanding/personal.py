"""What a profile adds to a wish: defaults where it says nothing, a region, what is not allowed."""

from dataclasses import replace
from typing import Any

from core.domain import Intent, Profile, Request, SearchFilters, Understanding
from core.errors import ForbiddenGenre
from core.vocabulary.certifications import level

__all__ = ["personalised"]

_WISHES = (Intent.RECOMMEND, Intent.REFINE, Intent.SIMILAR)


def personalised(understood: Understanding, request: Request) -> Understanding:
    """What was understood, with what the profile adds. Defaults join a new wish alone: a follow-up carries
    them over already, or has dropped them. Wherever services are named, they are those of the region.

    Raises:
        ForbiddenGenre: the wish asks for a genre that the server does not allow.
    """
    profile = request.profile
    if understood.intent not in _WISHES or profile == Profile():
        return understood
    follows = understood.intent is Intent.REFINE and any(turn.searched for turn in request.history)
    if not (follows or understood.unclear):
        understood = _with_defaults(understood, profile.defaults)
    filters = _with_rules(understood.filters, profile)
    if filters.providers and not filters.region:
        filters = replace(filters, region=profile.region)
    return replace(understood, filters=filters)


def _with_defaults(understood: Understanding, defaults: SearchFilters) -> Understanding:
    filters = understood.filters
    added: dict[str, Any] = {}
    if not filters.providers:
        added["providers"] = defaults.providers
    named = filters.like_titles or filters.people
    if not (filters.languages or filters.countries or named):
        added["languages"] = defaults.languages
    described = understood.search_terms or filters.genres or named
    if defaults.genres and not described:
        if len(defaults.genres) == 1:
            added["genres"] = defaults.genres
        else:  # one of them will do, which no filter says
            words = " or ".join(defaults.genres)
            understood = replace(understood, search_text=words, search_terms=words)
    return replace(understood, filters=replace(filters, **added))


def _with_rules(filters: SearchFilters, profile: Profile) -> SearchFilters:
    forbidden = [genre for genre in filters.genres if genre in profile.forbidden_genres]
    if forbidden:
        raise ForbiddenGenre(forbidden)
    blocked = [genre for genre in profile.blocked_genres if genre not in filters.genres]
    certifications = [mark for mark in (filters.max_certification, profile.max_certification) if mark]
    return replace(
        filters,
        exclude_genres=tuple(dict.fromkeys([*filters.exclude_genres, *profile.forbidden_genres, *blocked])),
        max_certification=min(certifications, key=level, default=None),
    )
