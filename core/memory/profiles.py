"""What is known of whoever asks: preferences of user and server, and titles seen."""

from collections.abc import Sequence
from dataclasses import replace

from core.domain import Profile, SearchFilters
from core.memory.ports import MarkStore, PreferenceStore
from core.memory.records import MarkKind, Owner, Preferences
from core.retrieval import resolved
from core.vocabulary.certifications import level

__all__ = ["Profiles", "checked_preferences", "region_of"]


def checked_preferences(preferences: Preferences) -> Preferences:
    """The same preferences with canonical genres, services, region, language and certification.

    Raises:
        UnknownFilterValue: one of them does not exist; the nearest names are offered.
        ContradictoryFilters: a genre is both preferred and blocked.
    """
    language = (preferences.language,) if preferences.language else ()
    filters = resolved(
        SearchFilters(
            genres=preferences.genres,
            exclude_genres=preferences.blocked_genres,
            providers=preferences.providers,
            region=preferences.region,
            languages=language,
            max_certification=preferences.max_certification,
        )
    )
    return replace(
        preferences,
        providers=filters.providers,
        region=filters.region,
        genres=filters.genres,
        language=next(iter(filters.languages), None),
        blocked_genres=filters.exclude_genres,
        max_certification=filters.max_certification,
    )


def region_of(own: Preferences, *shared: Preferences) -> str | None:
    """The country whose services count for a user: their own, else the channel's, else the server's.

    Args:
        own: The user's.
        shared: The server's, then the channel's.
    """
    return next((kept.region for kept in (own, *reversed(shared)) if kept.region), None)


class Profiles:
    """Puts profiles together.

    Args:
        preferences: Where preferences are kept.
        marks: Where titles are marked as seen.
    """

    def __init__(self, preferences: PreferenceStore, marks: MarkStore) -> None:
        self._preferences = preferences
        self._marks = marks

    async def profile(self, user: Owner, *rulers: Owner) -> Profile:
        """What holds for a user where the `rulers` (a server, and a channel in it) have a say. The user's
        defaults come before the channel's, and these before the server's; what one of the two does not
        allow, no user can allow.

        Raises:
            StoreFault: the store cannot be asked.
        """
        own, *shared = await self._preferences.preferences(user, *rulers)
        marks = await self._marks.marks(user)
        nearest = [own, *reversed(shared)]
        language = next((kept.language for kept in nearest if kept.language), None)
        defaults = SearchFilters(
            genres=next((kept.genres for kept in nearest if kept.genres), ()),
            providers=next((kept.providers for kept in nearest if kept.providers), ()),
            languages=(language,) if language else (),
        )
        return Profile(
            defaults,
            own.blocked_genres,
            tuple(dict.fromkeys(genre for kept in shared for genre in kept.blocked_genres)),
            _strictest([kept.max_certification for kept in nearest]),
            seen=tuple(mark.title_id for mark in marks if mark.kind is MarkKind.SEEN),
            region=region_of(own, *shared),
        )


def _strictest(certifications: Sequence[str | None]) -> str | None:
    return min((mark for mark in certifications if mark), key=level, default=None)
