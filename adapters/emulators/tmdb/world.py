"""Made-up titles, and how TMDB tells of them.

Shapes are those of TMDB's answers: https://developer.themoviedb.org/reference/movie-details
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Made", "details", "entry", "made_titles"]

_GENRES = {"movie": ("Drama", "Comedy", "Thriller", "Science Fiction"), "tv": ("Drama", "Sci-Fi & Fantasy")}
_NAMES = ("Amber", "Birch", "Cedar", "Dahlia", "Elder", "Fern", "Gorse", "Hazel", "Iris", "Juniper")
_NOUNS = ("Road", "House", "Winter", "Game", "Letters", "Garden", "Station", "Song", "Harbour", "Night")
_SERVICES = {"US": ("Netflix", "Hulu"), "GB": ("Disney Plus",), "DE": ("MUBI", "Netflix")}


@dataclass(frozen=True, slots=True)
class Made:
    """A title."""

    kind: str
    """`movie` or `tv`."""
    number: int
    name: str
    released: datetime.date | None = None
    votes: int = 0
    average: float = 0.0
    overview: str = ""
    poster: bool = True
    language: str = "en"
    changed: datetime.date = datetime.date(2020, 1, 1)
    """When it was last edited."""

    @property
    def imdb_id(self) -> str:
        """Its id at IMDb."""
        return f"tt{self.number + (5_000_000 if self.kind == 'tv' else 1_000_000):07}"


def made_titles(kind: str, count: int, first_year: int = 1960, last_year: int = 2024) -> list[Made]:
    """Titles numbered from 1, spread over the years; every 50th lacks date, overview, poster and votes."""
    span = datetime.date(last_year, 12, 31) - datetime.date(first_year, 1, 1)
    made: list[Made] = []
    for number in range(1, count + 1):
        name = f"{_NAMES[number % 10]} {_NOUNS[number // 10 % 10]} {number}"
        if kind == "tv":
            name = f"Tales of {name}"
        if number % 50 == 0:
            made.append(Made(kind, number, name, poster=False))
            continue
        days = (number * 7_919) % span.days
        made.append(
            Made(
                kind,
                number,
                name,
                datetime.date(first_year, 1, 1) + datetime.timedelta(days=days),
                votes=10 + (number * 104_729) % 20_000,
                average=round(4 + (number * 31 % 55) / 10, 1),
                overview=f"What happened at number {number}, and who was there to see it.",
                language=("en", "fr", "ko")[number % 3],
            )
        )
    return made


def entry(title: Made) -> dict[str, Any]:
    """A title in a list."""
    name, day = ("title", "release_date") if title.kind == "movie" else ("name", "first_air_date")
    return {
        "adult": False,
        "id": title.number,
        name: title.name,
        f"original_{name}": title.name,
        "original_language": title.language,
        "overview": title.overview,
        "popularity": round(title.votes / 100, 3),
        "poster_path": f"/poster{title.number}.jpg" if title.poster else None,
        day: title.released.isoformat() if title.released else "",
        "vote_average": title.average,
        "vote_count": title.votes,
    }


def details(title: Made, appended: Iterable[str]) -> dict[str, Any]:
    """A title alone, with what is appended to it."""
    film = title.kind == "movie"
    genre = _GENRES[title.kind][title.number % len(_GENRES[title.kind])]
    body = entry(title) | {
        "genres": [{"id": title.number % 4, "name": genre}],
        "tagline": "",
        "status": "Released" if film else "Ended",
        "origin_country": ["US"],
        "production_countries": [{"iso_3166_1": "FR", "name": "France"}, {"iso_3166_1": "US", "name": "US"}],
    }
    if film:
        body |= {"imdb_id": title.imdb_id, "runtime": 80 + title.number % 80, "video": False}
    else:
        body |= {
            "created_by": [{"id": 7, "name": f"Maker {title.number % 40}"}],
            "episode_run_time": [],
            "last_episode_to_air": {"runtime": 50},
            "number_of_seasons": 1 + title.number % 9,
        }
    return body | {name: _PARTS[name](title) for name in appended if name in _PARTS}


def _people(title: Made) -> dict[str, Any]:
    cast = [{"name": f"Player {(title.number + place) % 300}", "order": place} for place in (2, 0, 1)]
    crew = [{"name": f"Director {title.number % 90}", "job": "Director", "department": "Directing"}]
    return {"cast": cast, "crew": crew if title.kind == "movie" else []}


def _keywords(title: Made) -> dict[str, Any]:
    words = [{"id": title.number % 17, "name": f"theme {title.number % 17}"}]
    return {"keywords" if title.kind == "movie" else "results": words}


def _providers(title: Made) -> dict[str, Any]:
    if title.number % 3 == 0:
        return {"results": {}}
    return {
        "results": {
            region: {
                "link": f"https://www.themoviedb.org/{title.kind}/{title.number}/watch?locale={region}",
                "flatrate": [{"provider_id": 8, "provider_name": name} for name in names],
                "buy": [{"provider_id": 2, "provider_name": "Apple TV"}],
            }
            for region, names in _SERVICES.items()
        }
    }


def _videos(title: Made) -> dict[str, Any]:
    common = {"iso_639_1": "en", "site": "YouTube", "size": 1080}
    trailer = {"name": "Official Trailer", "key": f"trailer{title.number:04}", "type": "Trailer"}
    teaser = {"name": "Teaser", "key": f"teaser{title.number:05}", "type": "Teaser"}
    later = trailer | {"name": "Anniversary", "key": f"again{title.number:06}"}
    return {
        "id": title.number,
        "results": [
            common | teaser | {"official": True, "published_at": "2010-01-01T00:00:00.000Z"},
            common | later | {"official": True, "published_at": "2020-01-01T00:00:00.000Z"},
            common | trailer | {"official": True, "published_at": "2011-01-01T00:00:00.000Z"},
        ],
    }


def _release_dates(title: Made) -> dict[str, Any]:
    def release(mark: str, kind: int) -> dict[str, Any]:
        return {"certification": mark, "type": kind, "release_date": "2000-01-01T00:00:00.000Z"}

    return {
        "results": [
            {"iso_3166_1": "GB", "release_dates": [release("15", 3)]},
            {"iso_3166_1": "US", "release_dates": [release("", 1), release("NR", 5), release("PG-13", 3)]},
        ]
    }


def _content_ratings(title: Made) -> dict[str, Any]:
    return {
        "results": [{"iso_3166_1": "DE", "rating": "16"}, {"iso_3166_1": "US", "rating": "TV-14"}],
        "id": title.number,
    }


_PARTS: Mapping[str, Any] = {
    "credits": _people,
    "aggregate_credits": _people,
    "keywords": _keywords,
    "watch/providers": _providers,
    "external_ids": lambda title: {"imdb_id": title.imdb_id, "wikidata_id": None},
    "videos": _videos,
    "release_dates": _release_dates,
    "content_ratings": _content_ratings,
}
