"""Genres: TMDB's film genre names for films and series alike, and the spellings of dumps.

TMDB's list: https://developer.themoviedb.org/reference/genre-movie-list. Its combined series genres
(`Sci-Fi & Fantasy`) are split; Reality, Talk, News, Soap and Kids are its series genres.
"""

from collections.abc import Iterable
from types import MappingProxyType

from core.vocabulary.names import Names, folded

__all__ = ["GENRES", "from_dump"]

GENRES = Names(
    "genre",
    {
        "Action": ("action movie", "martial arts", "actioner"),
        "Adventure": ("adventures",),
        "Animation": ("animated", "anime", "cartoon", "cartoons"),
        "Comedy": ("comedies", "funny", "stand up", "stand up comedy", "sitcom", "sitcoms"),
        "Crime": ("crime movie", "gangster", "mob", "heist"),
        "Documentary": ("documentaries", "documentation", "docu", "docuseries", "doc", "docs"),
        "Drama": ("dramas", "dramatic"),
        "Family": ("family friendly",),
        "Fantasy": ("fantasies",),
        "History": ("historical", "period drama", "period piece", "costume drama"),
        "Horror": ("scary", "horrors", "slasher", "slashers", "spooky"),
        "Kids": ("children", "childrens", "for kids"),
        "Music": ("musical", "musicals", "music and musicals"),
        "Mystery": ("mysteries", "whodunit", "whodunits", "whodunnit"),
        "News": (),
        "Reality": ("reality tv", "reality show", "reality shows"),
        "Romance": ("romantic", "romances", "love story", "love stories"),
        "Science Fiction": ("scifi", "sci fi", "sf", "science-fiction"),
        "Soap": ("soap opera", "soaps", "telenovela"),
        "Talk": ("talk show", "talk shows", "late night"),
        "TV Movie": ("television film",),
        "Thriller": ("thrillers", "suspense"),
        "War": ("war movie", "wartime", "military and war"),
        "Western": ("westerns",),
    },
)

# Spellings that only dumps use, most of them for two genres at once or for none.
_DUMP_SPELLINGS = MappingProxyType(
    {
        "action adventure": ("Action", "Adventure"),
        "tv action adventure": ("Action", "Adventure"),
        "sci fi fantasy": ("Science Fiction", "Fantasy"),
        "tv sci fi fantasy": ("Science Fiction", "Fantasy"),
        "war politics": ("War",),
        "children family movies": ("Family",),
        "kids tv": ("Kids",),
        "kids": ("Kids",),
        "tv comedies": ("Comedy",),
        "stand up comedy talk shows": ("Comedy", "Talk"),
        "sketch comedy": ("Comedy",),
        "parody": ("Comedy",),
        "satire": ("Comedy",),
        "romantic comedy": ("Romance", "Comedy"),
        "tv dramas": ("Drama",),
        "soap opera melodrama": ("Soap", "Drama"),
        "crime tv shows": ("Crime",),
        "police cop": ("Crime",),
        "romantic movies": ("Romance",),
        "romantic tv shows": ("Romance",),
        "horror movies": ("Horror",),
        "tv horror": ("Horror",),
        "tv mysteries": ("Mystery",),
        "tv thrillers": ("Thriller",),
        "spy espionage": ("Thriller",),
        "music musicals": ("Music",),
        "music videos and concerts": ("Music",),
        "concert film": ("Music", "Documentary"),
        "anime series": ("Animation",),
        "anime features": ("Animation",),
        "adult animation": ("Animation",),
        "animals nature": ("Documentary",),
        "science nature tv": ("Documentary",),
        "game shows": ("Reality",),
        "game show competition": ("Reality",),
        "unscripted": ("Reality",),
        "talk show and variety": ("Talk",),
        "superhero": ("Action", "Fantasy"),
        "noir": ("Crime", "Mystery"),
        "supernatural": ("Fantasy",),
        "spy": ("Thriller",),
        "biographical": ("History", "Drama"),
    }
)


def from_dump(values: Iterable[str]) -> tuple[str, ...]:
    """Canonical genres for the mixed spellings of dumps, in order, without repeats.

    What is no genre (`European`, `International Movies`, `Foreign`) is left out.
    """
    found: dict[str, None] = {}
    for value in values:
        name = GENRES.find(value)
        for genre in (name,) if name else _DUMP_SPELLINGS.get(folded(value), ()):
            found[genre] = None
    return tuple(found)
