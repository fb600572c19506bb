"""What users see, kept as files to be read; `SNAPSHOTS=write` writes them anew. And an answer to show."""

import os
from pathlib import Path

from adapters.buttons import AnswerState, Pick
from core.domain import Availability, MediaType, PickedTitle, RankedTitle, Rating, ScoreBreakdown, Title

__all__ = ["FARGO", "PICKS", "STATE", "STATE_OF_ANSWER", "UNKNOWN", "kept"]

STATE = "signed.state"
FARGO = Title(
    "tmdb:movie:275",
    MediaType.MOVIE,
    "Fargo",
    1996,
    genres=("Crime", "Drama"),
    runtime_minutes=98,
    rating=Rating(8.1, 663_000, "IMDb"),
    availability=(Availability("Netflix", "US", "2026-03"), Availability("Hulu", "US", "2026-03")),
    poster_url="https://image.tmdb.org/t/p/w342/fargo.jpg",
    trailer_url="https://www.youtube.com/watch?v=h2tY82z3xXU",
)
UNKNOWN = Title("matinee:tv:nothing-known", MediaType.TV, "Nothing *Known* [of it]", seasons=2)
PICKS = tuple(
    PickedTitle(RankedTitle(title, ScoreBreakdown(1, 0, 0, 0, 1)), reason)
    for title, reason in (
        (FARGO, "The jokes land because nobody here is clean."),
        (UNKNOWN, "Quieter, and it stays with you the longer for it."),
    )
)
STATE_OF_ANSWER = AnswerState(
    "1",
    {"filters": {"genres": ["Comedy"], "media_type": "movie", "year_from": 1990, "min_rating": 7.0}},
    tuple(Pick(title.id, title.name, title.label) for title in (FARGO, UNKNOWN)),
    private=False,
)


def kept(folder: Path, name: str, shown: str) -> None:
    """Compare with the file of a name."""
    path = folder / f"{name}.txt"
    if os.environ.get("SNAPSHOTS") == "write":
        path.write_text(shown, "utf-8")
    assert shown == path.read_text("utf-8"), "if that is meant: SNAPSHOTS=write, and read the difference"
