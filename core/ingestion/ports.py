"""What ingestion asks of a service that titles are taken from; `core/providers/tmdb` implements it."""

import datetime
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from core.domain import MediaType, Title

__all__ = ["Listed", "Listing", "Numbered", "Span", "TitleSource", "Wanted"]


class Numbered(NamedTuple):
    """A title by its number at TMDB."""

    media_type: MediaType
    number: int

    @property
    def id(self) -> str:
        """Its id here: `tmdb:movie:603`."""
        return f"tmdb:{self.media_type}:{self.number}"


class Span(NamedTuple):
    """Days, both included."""

    first: datetime.date
    last: datetime.date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    def halves(self) -> tuple["Span", "Span"]:
        """Two spans that are this one together; it has two days at least."""
        middle = self.first + datetime.timedelta(days=self.days // 2 - 1)
        return Span(self.first, middle), Span(middle + datetime.timedelta(days=1), self.last)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which titles are taken. Unset means any."""

    min_rating: float | None = None
    """0 to 10."""
    min_votes: int | None = None
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes of original languages; one of them."""
    released: Span | None = None
    """When the film came out, or the series first."""


class Listed(NamedTuple):
    """One entry of a list."""

    number: int
    votes: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list."""

    found: tuple[Listed, ...]
    pages: int
    """Of the whole list, also those past the last one that is served."""
    total: int
    """Entries of the whole list."""


class TitleSource(Protocol):
    """A service with titles.

    Every method raises `SourceUnavailable` where it is away after all patience, `SourceForbidden` where it
    refuses the key, and `SourceFault` where it refuses the request.
    """

    page_size: int
    """Entries of a full page of `listed`."""
    last_page: int
    """Further pages are not served."""

    async def listed(self, media_type: MediaType, wanted: Wanted, page: int) -> Listing:
        """A page of the titles that are wanted, those with the most votes first."""
        ...

    async def title(self, title: Numbered) -> Title | None:
        """A title with all that is known of it; None where there is none any more.

        Raises:
            MalformedRow: what came cannot be a title.
        """
        ...

    async def changed(self, media_type: MediaType, span: Span, page: int) -> Listing:
        """A page of the titles that changed within 14 days at most; no votes."""
        ...

    async def numbered(self, imdb_id: str) -> Numbered | None:
        """The title with an id of IMDb (`tt0133093`)."""
        ...
