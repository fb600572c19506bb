"""Cards as embeds: what they say, and that no limit is ever passed."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.embeds import EMBEDS, TOTAL, embeds
from core.domain import Availability, MediaType, PickedTitle, RankedTitle, Rating, ScoreBreakdown, Title

FARGO = Title(
    "tmdb:movie:275",
    MediaType.MOVIE,
    "Fargo",
    1996,
    genres=("Crime", "Drama"),
    runtime_minutes=98,
    rating=Rating(8.1, 663_000, "IMDb"),
    poster_url="https://image.tmdb.org/t/p/w500/fargo.jpg",
    availability=(Availability("Netflix", "US", "2022"),),
)
REASON = "The jokes land because nobody here is clean."


def picked(title: Title, reason: str) -> PickedTitle:
    return PickedTitle(RankedTitle(title, ScoreBreakdown(1, 0, 0, 0, 1)), reason)


def test_a_card_says_what_is_known() -> None:
    [card] = embeds([picked(FARGO, REASON)])
    assert card.to_dict() == {
        "type": "rich",
        "title": "Fargo (1996)",
        "url": "https://www.themoviedb.org/movie/275",
        "description": f"{REASON}\n\n★ 8.1 (663k IMDb votes) · 1 h 38 · Crime, Drama",
        "color": 0x495057,
        "thumbnail": {
            "url": "https://image.tmdb.org/t/p/w500/fargo.jpg",
            "description": "Poster of Fargo (1996)",
        },
        "footer": {"text": "On Netflix (US, as of 2022)"},
        "flags": 0,
    }


def test_what_is_not_known_leaves_no_empty_place() -> None:
    [card] = embeds([picked(Title("matinee:tv:x", MediaType.TV, "M*A*S*H"), "Because.")])
    known = {"type": "rich", "title": r"M\*A\*S\*H", "description": "Because.", "color": 0x6C757D}
    assert card.to_dict() == {**known, "flags": 0}


WORDS = st.text(st.sampled_from("ab *_`|🎬\n."), max_size=9_000)


@given(st.lists(st.tuples(WORDS, st.text(min_size=1, max_size=700), st.integers(0, 200)), max_size=14))
def test_no_limit_is_passed(parts: list[tuple[str, str, int]]) -> None:
    picks = [
        picked(
            Title(
                f"tmdb:movie:{number}",
                MediaType.MOVIE,
                name,
                genres=("Drama",) * 3,
                availability=tuple(Availability(f"Service {n}", "US", "2022") for n in range(services)),
            ),
            reason,
        )
        for number, (reason, name, services) in enumerate(parts)
    ]
    cards = embeds(picks)
    assert len(cards) == min(len(picks), EMBEDS)
    assert sum(len(card) for card in cards) <= TOTAL
    for card in cards:
        values: dict[str, Any] = dict(card.to_dict())
        assert 1 <= len(values["title"]) <= 256
        assert len(values["description"]) <= 4_096
        assert len(values.get("footer", {}).get("text", "")) <= 2_048
