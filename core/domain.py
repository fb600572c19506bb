"""The nouns of Matinee: titles, filters, requests, candidates and turns. Frozen, without behaviour
beyond reading themselves.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Self

from core.errors import ContradictoryFilters, InvalidRequest

__all__ = [
    "Author",
    "Availability",
    "Candidate",
    "Conversation",
    "Intent",
    "MediaType",
    "PickedTitle",
    "Popularity",
    "Question",
    "QuestionKind",
    "RankedTitle",
    "Rating",
    "Request",
    "ScoreBreakdown",
    "SearchFilters",
    "Title",
    "Turn",
    "Understanding",
    "filters_from_mapping",
    "key_of",
]

FIRST_YEAR = 1800
LAST_YEAR = 2100
LONGEST_MINUTES = 10_000
# Median over the 3,367 titles of our dump that carry both counts.
IMDB_VOTES_PER_TMDB_VOTE = 55


class MediaType(StrEnum):
    """What kind of title it is; the values are TMDB's."""

    MOVIE = "movie"
    TV = "tv"


class Intent(StrEnum):
    """What a message is for."""

    RECOMMEND = "recommend"
    REFINE = "refine"
    SIMILAR = "similar"
    QUESTION = "question"
    SMALLTALK = "smalltalk"
    HELP = "help"


class Popularity(StrEnum):
    """A wish for the well-known or the overlooked: a weight in ranking, not a filter."""

    POPULAR = "popular"
    HIDDEN_GEMS = "hidden_gems"


class QuestionKind(StrEnum):
    """What a question is about."""

    DIRECTOR = "director"
    CREATOR = "creator"
    CAST = "cast"
    RUNTIME = "runtime"
    SEASONS = "seasons"
    YEAR = "year"
    GENRE = "genre"
    WHERE = "where"
    RATING = "rating"
    CERTIFICATION = "certification"
    LANGUAGE = "language"
    COUNTRY = "country"
    ABOUT = "about"
    FILMOGRAPHY = "filmography"
    OTHER = "other"
    """Something that no catalogue holds."""


@dataclass(frozen=True, slots=True)
class Availability:
    """A streaming service that carried a title, and when that was known."""

    service: str
    """Canonical name of the service, as in `core.vocabulary.services`."""
    region: str
    """ISO 3166-1 alpha-2 code of the country."""
    as_of: str
    """When it was so: an ISO date, month or year (`2022`)."""


@dataclass(frozen=True, slots=True)
class Rating:
    """The mean of the public's votes."""

    average: float
    """Mean vote, 0 to 10."""
    votes: int | None
    """Number of votes, where known."""
    source: str
    """Who counted: `TMDB` or `IMDb`."""

    @property
    def weight(self) -> float:
        """Number of votes on TMDB's scale; 0 where it is not known."""
        return (self.votes or 0) / (IMDB_VOTES_PER_TMDB_VOTE if self.source == "IMDb" else 1)


@dataclass(frozen=True, slots=True)
class Title:
    """One film or series, with what the catalogue knows of it. What is not known is absent."""

    id: str
    """Canonical id: `tmdb:movie:603`, else `imdb:tt0133093`, else `matinee:tv:severance-2022`."""
    media_type: MediaType
    name: str
    year: int | None = None
    """Year of first release, or of the first season."""
    overview: str = ""
    """What it is about, without its ending."""
    tagline: str = ""
    genres: tuple[str, ...] = ()
    """Names from `core.vocabulary.genres`."""
    moods: tuple[str, ...] = ()
    """Lower-case mood words of the curated titles."""
    keywords: tuple[str, ...] = ()
    stars: tuple[str, ...] = ()
    """Leading actors in billing order."""
    directors: tuple[str, ...] = ()
    creators: tuple[str, ...] = ()
    """Creators of a series."""
    runtime_minutes: int | None = None
    """Length of the film, or of a typical episode."""
    seasons: int | None = None
    certification: str | None = None
    """US certification, as in `core.vocabulary.certifications`."""
    countries: tuple[str, ...] = ()
    """ISO 3166-1 alpha-2 codes, the main producer first."""
    language: str | None = None
    """ISO 639-1 code of the original language."""
    availability: tuple[Availability, ...] = ()
    rating: Rating | None = None
    popularity: float | None = None
    """TMDB's popularity figure at the time of the dump."""
    poster_url: str | None = None
    trailer_url: str | None = None
    """Its official trailer, on YouTube."""
    as_of: str | None = None
    """ISO date on which TMDB was last asked for it; None for what was only in dumps."""
    asked: tuple[str, ...] = field(default=(), compare=False)
    """ISO codes of the countries whose services it was asked for then: all are known of these, also where
    there are none. Indexes do not keep it."""
    other_ids: tuple[str, ...] = ()
    """Further ids of the same title, in the form of `id`."""

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids, the canonical one first."""
        return (self.id, *self.other_ids)

    @property
    def key(self) -> str:
        """What an index stores it under; see `key_of`."""
        return key_of(self.id)

    @property
    def label(self) -> str:
        """Name and year as people write them: `Fargo (1996)`."""
        return f"{self.name} ({self.year})" if self.year else self.name

    def seen_from(self, region: str | None) -> Self:
        """The same title with the services of one country alone; with all, where none there is known."""
        there = tuple(item for item in self.availability if item.region == region)
        return replace(self, availability=there) if there else self

    @property
    def url(self) -> str | None:
        """Its page on TMDB or IMDb: the one of the canonical id, else of the first id that has one."""
        return next((page for identifier in self.ids if (page := _page(identifier))), None)


def key_of(title_id: str) -> str:
    """A UUID made from a canonical id (RFC 9562, version 5), since indexes take no free text as key."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, title_id))


def _page(identifier: str) -> str | None:
    match identifier.split(":"):
        case ["tmdb", ("movie" | "tv") as kind, number]:
            return f"https://www.themoviedb.org/{kind}/{number}"
        case ["imdb", number]:
            return f"https://www.imdb.com/title/{number}/"
        case _:
            return None


@dataclass(frozen=True, slots=True)
class SearchFilters:
    """What a title must meet. Unset means no wish. The field names are the keys of the JSON contract."""

    media_type: MediaType | None = None
    genres: tuple[str, ...] = ()
    """All of them must apply."""
    exclude_genres: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    """At least one of these services."""
    region: str | None = None
    """ISO 3166-1 alpha-2 code of the country whose services count; by itself it asks for nothing."""
    year_from: int | None = None
    year_to: int | None = None
    min_runtime: int | None = None
    """Minutes."""
    max_runtime: int | None = None
    """Minutes."""
    min_rating: float | None = None
    """0 to 10."""
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes; one of them."""
    countries: tuple[str, ...] = ()
    """ISO 3166-1 alpha-2 codes; one of them."""
    people: tuple[str, ...] = ()
    """Actors, directors or creators; all of them."""
    exclude_people: tuple[str, ...] = ()
    max_certification: str | None = None
    """The strictest US certification allowed; titles without one do not meet it."""
    like_titles: tuple[str, ...] = ()
    """Names of titles to start from."""
    exclude_titles: tuple[str, ...] = ()
    """Names of titles to leave out."""
    popularity: Popularity | None = None

    def __post_init__(self) -> None:
        for low, high in (("year_from", "year_to"), ("min_runtime", "max_runtime")):
            first, last = getattr(self, low), getattr(self, high)
            if first is not None and last is not None and first > last:
                raise ContradictoryFilters(f"{low} {first} is after {high} {last}; swap them")
        for name in ("year_from", "year_to"):
            year = getattr(self, name)
            if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
                raise InvalidRequest(f"{name} is {year}; it must be from {FIRST_YEAR} to {LAST_YEAR}")
        if self.min_rating is not None and not 0 <= self.min_rating <= 10:
            raise InvalidRequest(f"min_rating is {self.min_rating:g}; ratings go from 0 to 10")
        for name in ("min_runtime", "max_runtime"):
            minutes = getattr(self, name)
            if minutes is not None and not 1 <= minutes <= LONGEST_MINUTES:
                raise InvalidRequest(f"{name} must be a number of minutes from 1 to {LONGEST_MINUTES:,}")
        both = {genre for genre in self.genres if genre in self.exclude_genres}
        if both:
            raise ContradictoryFilters(f"{', '.join(sorted(both))} is both wanted and unwanted")

    @property
    def any_wish(self) -> bool:
        """Whether they ask for anything."""
        return any(key != "region" for key in self.set_keys())

    def set_keys(self) -> tuple[str, ...]:
        """Names of the fields that hold a wish, in the order of the contract."""
        return tuple(item.name for item in fields(self) if getattr(self, item.name) not in (None, ()))

    def as_dict(self) -> dict[str, Any]:
        """The JSON form: set keys only, tuples as lists."""
        values = {key: getattr(self, key) for key in self.set_keys()}
        return {key: list(v) if isinstance(v, tuple) else v for key, v in values.items()}

    def without(self, *keys: str) -> Self:
        """The same filters with wishes dropped; a region goes with the services that it is said of."""
        empty: dict[str, Any] = {item.name: item.default for item in fields(self)}
        gone = (*keys, "region") if "providers" in keys else keys
        return replace(self, **{name: empty[name] for name in gone})

    def over(self, said: Self) -> Self:
        """These (typed) filters, joined by those `said` in words; where both speak, these win.

        A typed range replaces a said one as a whole, so that the two never contradict each other.
        """
        joined = {key: getattr(said, key) for key in said.set_keys()}
        typed = {key: getattr(self, key) for key in self.set_keys()}
        for pair in (("year_from", "year_to"), ("min_runtime", "max_runtime")):
            if any(key in typed for key in pair):
                for key in pair:
                    joined.pop(key, None)
        for wanted, unwanted in (("genres", "exclude_genres"), ("exclude_genres", "genres")):
            if wanted in typed and unwanted in joined:
                kept = tuple(value for value in joined[unwanted] if value not in typed[wanted])
                joined[unwanted] = kept
        return type(self)(**{**joined, **typed})


@dataclass(frozen=True, slots=True)
class Author:
    """Who asks. Ids are the platform's, opaque to the core."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where a turn belongs."""

    platform: str
    channel: str
    workspace: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One finished exchange of a conversation, as follow-ups need it."""

    text: str
    understood: "Understanding"
    shown: tuple[str, ...] = ()
    """Canonical ids of the titles picked."""

    @property
    def searched(self) -> bool:
        """Whether titles were looked for; small talk, help and questions look for none."""
        return self.understood.intent in (Intent.RECOMMEND, Intent.SIMILAR, Intent.REFINE)


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of whoever asks, and of where they ask."""

    defaults: "SearchFilters" = field(default_factory=SearchFilters)
    """They hold where a new wish does not say otherwise: services, language, genres."""
    blocked_genres: tuple[str, ...] = ()
    """Left out, unless the wish asks for them."""
    forbidden_genres: tuple[str, ...] = ()
    """Left out, whatever the wish asks for: the server's rule."""
    max_certification: str | None = None
    """The strictest US certification allowed, whatever the wish asks for."""
    cautious: bool = False
    """Whether titles for adults alone are left out, whatever the wish asks for."""
    seen: tuple[str, ...] = ()
    """Canonical ids of titles seen already; they are left out."""
    region: str | None = None
    """ISO 3166-1 alpha-2 code of the country whose services count, where a wish names none."""


@dataclass(frozen=True, slots=True)
class Request:
    """What someone asked for."""

    text: str
    conversation: Conversation
    author: Author
    filters: SearchFilters = field(default_factory=SearchFilters)
    """Filters given as options; they win over those said in the text."""
    history: tuple[Turn, ...] = ()
    """Earlier turns of the conversation, oldest first."""
    profile: Profile = field(default_factory=Profile)


@dataclass(frozen=True, slots=True)
class Question:
    """A question about titles or people, with the titles looked up."""

    kind: QuestionKind
    titles: tuple[Title, ...] = ()
    """The title it is about, or the titles of the person it is about, the best known first."""
    people: tuple[str, ...] = ()
    expected: "SearchFilters | None" = None
    """For a question that is answered by yes or no: what the title would have to meet. For the cast, the
    director and the creators, `people` hold who would have to be among them."""
    unknown: str = ""
    """A name that the catalogue does not hold, as it was written."""
    region: str | None = None
    """ISO 3166-1 alpha-2 code of the country that it asks of, where it asks where something streams."""

    @property
    def yes_or_no(self) -> bool:
        """Whether it is answered by yes or no."""
        return self.expected is not None


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a request was taken to mean."""

    intent: Intent
    filters: SearchFilters
    search_text: str
    """What is left to search by in sense, once phrases that became filters are taken out."""
    search_terms: str = ""
    """The same without the words for genres that became filters: what is left to search by in terms."""
    question: Question | None = None
    """What is asked, where the intent is a question."""
    corrected: tuple[tuple[str, str], ...] = ()
    """Names of people as they were written, and as they were taken."""
    unclear: bool = False
    """Whether it may as well be no wish at all: then it is searched only if a word of it is found."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A title that the index found, by its key, with the score of each ranking that held it."""

    key: str
    relevance: float
    """Both scores fused."""
    dense: float | None = None
    """Cosine similarity, -1 to 1."""
    sparse: float | None = None
    """BM25 score, 0 upwards."""


@dataclass(frozen=True, slots=True)
class ScoreBreakdown:
    """Why a title stands where it stands: `total` is the sum of the four weighted parts."""

    relevance: float
    """Fused similarity of request and title: cosine plus weighted BM25 score."""
    rating: float
    """Bayesian mean of the votes on a scale of 0 to 1, times its weight."""
    popularity: float
    """How well known it is, logarithmic, 0 to 1, times its weight."""
    described: float
    """A share for having a text of ours."""
    total: float
    dense: float | None = None
    sparse: float | None = None

    def as_dict(self) -> dict[str, float]:
        """The JSON form, rounded; parts that are not known are left out."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {key: round(value, 4) for key, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class RankedTitle:
    """A candidate in its final place."""

    title: Title
    score: ScoreBreakdown


@dataclass(frozen=True, slots=True)
class PickedTitle:
    """A title that the answer argues for."""

    ranked: RankedTitle
    reason: str
    """CommonMark, one or two sentences."""


def filters_from_mapping(values: Mapping[str, Any]) -> SearchFilters:
    """Build filters from the JSON form; the reverse of `SearchFilters.as_dict`.

    Raises:
        InvalidRequest: a key that does not exist, or a value of the wrong type.
    """
    known = {item.name: item.default for item in fields(SearchFilters)}
    arguments: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise InvalidRequest(f"there is no filter {key!r}; filters are {', '.join(known)}")
        try:
            arguments[key] = _coerced(key, value, is_list=known[key] == ())
        except (TypeError, ValueError) as error:
            raise InvalidRequest(f"filter {key} cannot be {value!r}") from error
    return SearchFilters(**arguments)


def _coerced(key: str, value: Any, *, is_list: bool) -> Any:
    if is_list:
        values = [value] if isinstance(value, str) else value
        if not all(isinstance(item, str) for item in values):
            raise TypeError(key)
        return tuple(values)
    match key:
        case "media_type":
            return MediaType(value)
        case "popularity":
            return Popularity(value)
        case "min_rating":
            return float(value)
        case "max_certification" | "region":
            if not isinstance(value, str):
                raise TypeError(key)
            return value
        case _:
            return int(value)
