"""Learning curves and measures as PNG files. Needs matplotlib (`requirements-models.txt`)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import ConfigurationError
from core.training.comparison import Group
from core.training.evaluation import MEASURES
from core.training.files import writing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_curves", "draw_measures", "needs_matplotlib"]

DOTS_PER_INCH = 120
# What is drawn of each group; the tables have the rest.
DRAWN = ("R@1", "R@10", "MRR")


def needs_matplotlib() -> None:
    """To be asked before hours of work whose last step is a drawing.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        import matplotlib  # noqa: F401 - asked for, not used
    except ImportError as error:
        raise ConfigurationError("drawing needs matplotlib: pip install matplotlib") from error


def draw_curves(
    losses: Sequence[tuple[int, float]], measured: Sequence[tuple[int, Mapping[str, float]]], path: Path
) -> None:
    """The loss of a training, and what it reached on the dev set, over its steps.

    Args:
        losses: Step and loss.
        measured: Step and measures by name, each from 0 to 1; may be empty.
        path: Of the PNG.

    Raises:
        DiskFull, CatalogueError: it cannot be written.
    """
    figure = _figure(10, 4)
    left, right = figure.subplots(1, 2)
    left.plot([step for step, _ in losses], [loss for _, loss in losses])
    left.set(title="loss in training", xlabel="steps", ylabel="loss")
    for name in dict.fromkeys(name for _, found in measured for name in found):
        points = [(step, found[name]) for step, found in measured if name in found]
        right.plot(*zip(*points, strict=True), marker="o", label=name)
        right.annotate(f" {points[-1][1]:.3f}", points[-1], va="center")
    right.set(title="dev set", xlabel="steps", ylim=(0, 1))
    if measured:
        right.legend(loc="lower right")
    for axes in (left, right):
        axes.grid(visible=True, alpha=0.3)
    _save(figure, path)


def draw_measures(groups: Sequence[Group], path: Path) -> None:
    """What each system reaches on each group of queries, with 95 % intervals.

    Raises:
        DiskFull, CatalogueError: it cannot be written.
    """
    figure = _figure(4 * len(DRAWN) + 1, 1.6 + 0.9 * len(groups))
    systems = list(groups[0].systems)
    height = 0.8 / len(systems)
    panels = figure.subplots(1, len(DRAWN), sharey=True)
    for axes, measure in zip(panels, DRAWN, strict=True):
        column = MEASURES.index(measure)
        for place, system in enumerate(systems):
            found = [group.systems[system][column] for group in groups]
            heights = [row + (place - (len(systems) - 1) / 2) * height for row in range(len(groups))]
            means = [item.mean for item in found]
            spread = [[item.mean - item.low for item in found], [item.high - item.mean for item in found]]
            axes.barh(heights, means, height * 0.9, xerr=spread, label=system, error_kw={"elinewidth": 1})
        axes.set(title=measure, xlim=(0, 1), yticks=range(len(groups)))
        axes.set_yticklabels([f"{group.name}\n{group.queries:,} queries" for group in groups])
        axes.grid(visible=True, axis="x", alpha=0.3)
    panels[0].invert_yaxis()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(systems))
    _save(figure, path)


def _figure(width: float, height: float) -> "Figure":
    """An empty figure, sizes in inches."""
    needs_matplotlib()
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _save(figure: Any, path: Path) -> None:
    with writing(path, "nothing was drawn"):
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=DOTS_PER_INCH)
