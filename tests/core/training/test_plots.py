"""What is drawn of trainings and measures."""

import errno
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from core.errors import DiskFull
from core.training.comparison import Group
from core.training.evaluation import MEASURES
from core.training.intervals import Interval
from core.training.plots import draw_curves, draw_measures

PNG = b"\x89PNG\r\n\x1a\n"
REACHED = tuple(Interval(0.4, 0.3, 0.5) for _ in MEASURES)


def test_curves_are_drawn_with_and_without_a_dev_set(tmp_path: Path) -> None:
    losses = [(10, 2.1), (20, 1.4), (30, 1.2)]
    measured = [(20, {"R@1": 0.36, "MRR@100": 0.47}), (30, {"R@1": 0.4, "MRR@100": 0.5})]
    for name, found in (("with.png", measured), ("without.png", [])):
        draw_curves(losses, found, tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(PNG)


def test_measures_are_drawn_for_every_group_and_system(tmp_path: Path) -> None:
    groups = [Group(name, 10, {"bm25": REACHED, "dense": REACHED}, ()) for name in ("all", "type movie")]
    draw_measures(groups, tmp_path / "of" / "measures.png")
    assert (tmp_path / "of" / "measures.png").read_bytes().startswith(PNG)


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", full)
    with pytest.raises(DiskFull, match="no room left"):
        draw_curves([(1, 1.0)], [], tmp_path / "curves.png")
