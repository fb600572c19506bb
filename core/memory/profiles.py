"""What is known of whoever asks: preferences of user and server, and titles seen."""

from collections.abc import Sequence
from dataclasses import replace

from core.domain import Profile, SearchFilters
from core.memory.ports import MarkStore, PreferenceStore
from core.memory.records import MarkKind, Owner, Preferences
from core.retrieval import resolved
from core.vocabulary.certifications import level

__all__ = ["Profiles", "checked_preferences"]


def checked_preferences(preferences: Preferences) -> Preferences:
    """The same preferences with canonical genres, services, language and certification.

    Raises:
        UnknownFilterValue: one of them does not exist; the nearest names are offered.
        ContradictoryFilters: a genre is both preferred and blocked.
    """
    language = (preferences.language,) if preferences.language else ()
    region = (preferences.region,) if preferences.region else ()
    filters = resolved(
        SearchFilters(
            genres=preferences.genres,
            exclude_genres=preferences.blocked_genres,
            providers=preferences.providers,
            languages=language,
            countries=region,
            max_certification=preferences.max_certification,
        )
    )
    return replace(
        preferences,
        providers=filters.providers,
        region=next(iter(filters.countries), None),
        genres=filters.genres,
        language=next(iter(filters.languages), None),
        blocked_genres=filters.exclude_genres,
        max_certification=filters.max_certification,
    )


class Profiles:
    """Puts profiles together.

    Args:
        preferences: Where preferences are kept.
        marks: Where titles are marked as seen.
    """

    def __init__(self, preferences: PreferenceStore, marks: MarkStore) -> None:
        self._preferences = preferences
        self._marks = marks

    async def profile(self, user: Owner, server: Owner | None) -> Profile:
        """What holds for a user on a server. The user's defaults come before the server's; what the server
        does not allow, no user can allow.

        Raises:
            StoreFault: the store cannot be asked.
        """
        owners = (user, server) if server else (user,)
        own, shared = (*await self._preferences.preferences(*owners), Preferences())[:2]
        marks = await self._marks.marks(user)
        language = own.language or shared.language
        defaults = SearchFilters(
            genres=own.genres or shared.genres,
            providers=own.providers or shared.providers,
            languages=(language,) if language else (),
        )
        return Profile(
            defaults,
            own.blocked_genres,
            shared.blocked_genres,
            _strictest([own.max_certification, shared.max_certification]),
            tuple(mark.title_id for mark in marks if mark.kind is MarkKind.SEEN),
        )


def _strictest(certifications: Sequence[str | None]) -> str | None:
    return min((mark for mark in certifications if mark), key=level, default=None)
