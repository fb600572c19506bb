"""The counts of a catalogue as a picture."""

import sys
from pathlib import Path

import pytest

from bot.drawing import DOTS_PER_INCH, HEIGHT, MOST_BARS, WIDTH, _most, draw
from core.catalog.statistics import Statistics, counted_titles
from core.domain import Availability, MediaType, Title
from core.errors import ConfigurationError

TITLES = [
    Title(
        f"tmdb:{kind}:{number}",
        kind,
        f"Title {number}",
        1900 + number,
        genres=("Drama", "Comedy")[: number % 3],
        availability=(Availability("Netflix", "DE", "2026"),) if number % 2 else (),
    )
    for kind in MediaType
    for number in range(1, 120, 7)
]


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a PNG: https://www.w3.org/TR/png-3/#11IHDR"""
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def test_the_same_counts_make_the_same_picture(tmp_path: Path) -> None:
    counts = counted_titles(TITLES)
    draw(counts, tmp_path / "one.png")
    draw(counts, tmp_path / "other.png")
    assert size_of(tmp_path / "one.png") == (WIDTH * DOTS_PER_INCH, HEIGHT * DOTS_PER_INCH)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "other.png").read_bytes()


def test_an_empty_catalogue_can_be_drawn(tmp_path: Path) -> None:
    draw(counted_titles([]), tmp_path / "empty.png")
    draw(Statistics(dict.fromkeys(MediaType, 0), counted_titles(TITLES).tables), tmp_path / "odd.png")
    assert size_of(tmp_path / "empty.png") == size_of(tmp_path / "odd.png")


def test_what_is_rare_is_one_bar_together() -> None:
    table = {f"Service {number}": {MediaType.MOVIE: 40 - number, MediaType.TV: 1} for number in range(30)}
    bars = _most(table, "services")
    assert len(bars) == MOST_BARS
    name, together = bars[-1]
    assert name == "13 more services"
    assert sum(counts[MediaType.MOVIE] for _, counts in bars) == sum(40 - number for number in range(30))
    assert together[MediaType.TV] == 13


def test_without_matplotlib_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ConfigurationError, match="pip install matplotlib"):
        draw(counted_titles(TITLES), tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()
