"""What Hypothesis draws in several tests."""

from hypothesis import strategies as st

from core.domain import MediaType, SearchFilters
from core.vocabulary.genres import GENRES
from core.vocabulary.services import SERVICES

__all__ = ["filters_of_forms"]


@st.composite
def filters_of_forms(draw: st.DrawFn) -> SearchFilters:
    """What every form can show."""
    genres = draw(st.lists(st.sampled_from(GENRES.canonical), unique=True, max_size=4))
    years = sorted(draw(st.lists(st.integers(1900, 2030), min_size=2, max_size=2)))
    minutes = sorted(draw(st.lists(st.integers(1, 400), min_size=2, max_size=2)))
    some = st.booleans()
    return SearchFilters(
        media_type=draw(st.sampled_from([None, *MediaType])),
        genres=tuple(genres[:2]),
        exclude_genres=tuple(genres[2:]),
        providers=tuple(draw(st.lists(st.sampled_from(SERVICES.canonical), unique=True, max_size=2))),
        year_from=years[0] if draw(some) else None,
        year_to=years[1] if draw(some) else None,
        min_runtime=minutes[0] if draw(some) else None,
        max_runtime=minutes[1] if draw(some) else None,
        min_rating=draw(st.sampled_from([None, 6.5, 7.0])),
        languages=draw(st.sampled_from([(), ("fr",), ("ja", "ko")])),
        people=draw(st.sampled_from([(), ("Bill Murray",)])),
    )
