"""The counts of a catalogue as one picture. Needs matplotlib, which is loaded when something is drawn."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from core.catalog.statistics import Statistics
from core.domain import MediaType
from core.training.plots import needs_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw"]

Counts = Mapping[MediaType, int]
Bars = Sequence[tuple[str, Counts]]

DOTS_PER_INCH = 120
WIDTH, HEIGHT = 16.0, 11.0
MOST_BARS = 18
"""Of genres and of services; what is rarer is one bar together."""

# Told apart by people who see fewer colours, and in grey: https://jfly.uni-koeln.de/color/
_COLOURS = {MediaType.MOVIE: "#0f5f8f", MediaType.TV: "#e8a33d"}
_NAMES = {MediaType.MOVIE: "films", MediaType.TV: "series"}
_INK, _FAINT, _GROUND = "#22303c", "#66757f", "#fbfaf7"
_STYLE: Mapping[str, Any] = {
    "axes.edgecolor": _FAINT,
    "axes.facecolor": _GROUND,
    "axes.labelcolor": _FAINT,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": _INK,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.titlesize": 13,
    "axes.titleweight": "bold",
    "figure.facecolor": _GROUND,
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": _INK,
    "xtick.bottom": False,
    "xtick.color": _FAINT,
    "xtick.labelcolor": _INK,
    "ytick.color": _INK,
    "ytick.left": False,
}


def draw(statistics: Statistics, path: Path) -> None:
    """Write a PNG: titles by decade, genre and service, and what share of them lacks what.

    Raises:
        ConfigurationError: matplotlib is not installed.
        OSError: the file cannot be written.
    """
    needs_matplotlib()
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    with rc_context(cast(Any, dict(_STYLE))):
        layout = ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.15, wspace=0.03, hspace=0.04)
        figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DOTS_PER_INCH, layout=layout)
        _compose(figure, statistics)
        picture = BytesIO()
        # Without the version of the library, so that the same counts make the same file.
        figure.savefig(picture, format="png", metadata={"Software": None})
    path.write_bytes(picture.getvalue())


def _compose(figure: "Figure", statistics: Statistics) -> None:
    tables = statistics.tables
    panels = figure.subplot_mosaic(
        [["decade", "decade", "decade"], ["genre", "service", "missing"]],
        height_ratios=(1.0, 1.75),
    )
    every = sum(statistics.titles.values())
    by_type = ", ".join(f"{statistics.titles[kind]:,} {name}" for kind, name in _NAMES.items())
    figure.suptitle(f"{every:,} titles: {by_type}", x=0.012, ha="left", fontsize=19, fontweight="bold")
    _columns(panels["decade"], list(tables["decade"].items()))
    panels["decade"].set_title("By decade of release")
    _rows(panels["genre"], _most(tables["genre"], "genres"))
    panels["genre"].set_title("By genre")
    _rows(panels["service"], _most(tables["service"], "services"))
    panels["service"].set_title("By service, with its country")
    _shares(panels["missing"], tables["missing"], statistics.titles)
    panels["missing"].set_title("Missing, in per cent of each")
    _legend(panels["decade"])


def _legend(axes: "Axes") -> None:
    from matplotlib.patches import Patch

    handles = [Patch(color=_COLOURS[kind], label=name) for kind, name in _NAMES.items()]
    axes.legend(handles=handles, loc="upper left", frameon=False, fontsize=11, ncols=2, handlelength=1)


def _most(table: Mapping[str, Counts], noun: str) -> Bars:
    """The most frequent values, and the others together."""
    bars = list(table.items())
    if len(bars) <= MOST_BARS:
        return bars
    rest = bars[MOST_BARS - 1 :]
    together = {kind: sum(counts[kind] for _, counts in rest) for kind in MediaType}
    return [*bars[: MOST_BARS - 1], (f"{len(rest):,} more {noun}", together)]


def _columns(axes: "Axes", bars: Bars) -> None:
    """Stacked columns with their sums above."""
    places = range(len(bars))
    floor = [0] * len(bars)
    for kind in MediaType:
        heights = [counts[kind] for _, counts in bars]
        axes.bar(places, heights, bottom=floor, width=0.78, color=_COLOURS[kind])
        floor = [below + height for below, height in zip(floor, heights, strict=True)]
    for place, height in zip(places, floor, strict=True):
        axes.annotate(f"{height:,}", (place, height), (0, 3), textcoords="offset points", ha="center")
    axes.set_xticks(places, [name for name, _ in bars])
    axes.set_yticks([])
    axes.set_ylim(0, max(floor, default=0) * 1.15 or 1)
    axes.margins(x=0.01)


def _rows(axes: "Axes", bars: Bars) -> None:
    """Stacked rows, the first on top, with their sums behind."""
    places = range(len(bars))
    start = [0] * len(bars)
    for kind in MediaType:
        lengths = [counts[kind] for _, counts in bars]
        axes.barh(places, lengths, left=start, height=0.74, color=_COLOURS[kind])
        start = [before + length for before, length in zip(start, lengths, strict=True)]
    for place, length in zip(places, start, strict=True):
        axes.annotate(f"{length:,}", (length, place), (4, 0), textcoords="offset points", va="center")
    _named(axes, [name for name, _ in bars], MOST_BARS)
    axes.set_xlim(0, max(start, default=0) * 1.16 or 1)


def _shares(axes: "Axes", table: Mapping[str, Counts], titles: Counts) -> None:
    """Two thin rows for each field: which share of films and of series lacks it."""
    thickness = 0.38
    for place, counts in enumerate(table.values()):
        for kind, offset in zip(MediaType, (-thickness / 2, thickness / 2), strict=True):
            share = 100 * counts[kind] / titles[kind] if titles[kind] else 0.0
            axes.barh(place + offset, share, height=thickness * 0.92, color=_COLOURS[kind])
            axes.annotate(
                _per_cent(share),
                (share, place + offset),
                (4, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
                color=_INK if share else _FAINT,
            )
    _named(axes, list(table), MOST_BARS * 2 // 3)
    axes.set_xlim(0, 112)


def _named(axes: "Axes", names: Sequence[str], room: int = 0) -> None:
    """Names before rows, which are as thick as if there were at least as many as there is `room` for."""
    axes.set_yticks(range(len(names)), names)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.set_ylim(max(len(names), room, 1) - 0.4, -0.6)


def _per_cent(share: float) -> str:
    return f"{share:.0f} %" if share >= 1 or share == 0 else "< 1 %"
