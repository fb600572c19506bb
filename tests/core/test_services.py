"""Streaming services, as people and lists write them."""

import pytest

from core.vocabulary.names import folded
from core.vocabulary.services import SERVICES, TMDB_SERVICES, listed_service


@pytest.mark.parametrize(
    ("listed", "service"),
    [
        ("Shudder Amazon Channel", "Shudder"),
        ("Paramount Plus Apple TV Channel ", "Paramount Plus"),
        ("AMC+ Roku Premium Channel", "AMC Plus"),
        ("Paramount+ with Showtime", "Paramount Plus"),
        ("Paramount Plus Essential", "Paramount Plus"),
        ("Netflix basic with Ads", "Netflix"),
        ("Netflix Standard with Ads", "Netflix"),
        ("Netflix Kids", "Netflix"),
        ("Amazon Prime Video with Ads", "Amazon Prime Video"),
        ("Peacock Premium Plus", "Peacock"),
        ("Max Amazon Channel", "HBO Max"),
        ("Canal+ S\u00e9ries", "Canal+"),
        ("Now TV Cinema", "NOW"),
        ("Plex Player", "Plex"),
        ("ARROW", "Arrow Player"),
        ("Mitele ", "Mitele"),
        ("YouTube Premium", "YouTube Premium"),
        ("The Roku Channel", "The Roku Channel"),
        ("Criterion Channel", "Criterion Channel"),
    ],
)
def test_a_service_is_known_by_whatever_plan_and_shop_lists_it(listed: str, service: str) -> None:
    assert listed_service(listed) == service


@pytest.mark.parametrize(
    "listed", ["", "Google Play Movies", "Amazon Channel", "Cinemax Amazon Channel", "Kids"]
)
def test_what_is_no_service_of_ours_is_none(listed: str) -> None:
    assert listed_service(listed) is None


def test_no_spelling_stands_for_two_services() -> None:
    spellings = [folded(name) for name in SERVICES.canonical]
    assert len(set(spellings)) == len(spellings)
    assert all(SERVICES.find(name) == name for name in SERVICES.canonical)


def test_each_of_tmdbs_numbers_is_a_service() -> None:
    assert set(TMDB_SERVICES.values()) <= set(SERVICES.canonical)
    numbered = {8: "Netflix", 9: "Amazon Prime Video", 337: "Disney Plus", 304: "Joyn", 38: "BBC iPlayer"}
    assert {number: TMDB_SERVICES[number] for number in numbered} == numbered
    assert 10 not in TMDB_SERVICES, "a shop that sells and lends, though Amazon's"
