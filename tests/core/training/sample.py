"""A small catalogue with everything that templates and negatives look at."""

from core.domain import MediaType, Title

GENRES = (("Drama", "Crime"), ("Comedy", "Romance"), ("Horror", "Thriller"), ("Science Fiction", "Action"))
THEMES = ("heist", "small town", "robot", "wedding", "haunted house", "chess")
NAMES = ("Amber", "Birch", "Cedar", "Dahlia", "Elder", "Fern", "Gorse", "Hazel", "Iris", "Juniper")
UNKNOWN = 9_000_000
"""The first of its ids, which no film has, so that no encoder was trained on one."""
ENDINGS = ("wood", "field", "ford", "stone", "brook", "dale")


def catalogue(count: int = 60) -> tuple[Title, ...]:
    """Titles that share genres, themes, decades and stars in every combination; each sixth is a series."""
    titles: list[Title] = []
    for number in range(count):
        series = number % 6 == 5
        kind = MediaType.TV if series else MediaType.MOVIE
        theme = THEMES[number // 2 % 6]
        name = NAMES[number % 10] + ENDINGS[number // 10 % 6]
        titles.append(
            Title(
                id=f"tmdb:{kind}:{UNKNOWN + number}",
                media_type=kind,
                name=name,
                year=1980 + number % 4 * 10,
                overview=f"A story of a {theme}, told by somebody called {name}.",
                genres=GENRES[number % 4],
                keywords=(theme, "sequel"),
                stars=(f"Star {number % 7}", f"Actor {number % 5}"),
                directors=() if series else (f"Maker {number % 9}",),
                creators=(f"Maker {number % 9}",) if series else (),
                other_ids=(f"imdb:tt{UNKNOWN + number}",),
            )
        )
    return tuple(titles)
