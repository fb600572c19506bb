"""The card of an exported model: what it is, what it was trained on, what it reaches, what it cannot do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from core.training.export import ExportReport
from core.training.recipe import TITLES_FILE, Lineage, Recipe, Run

__all__ = ["Figures", "card_of"]

_DEFAULTS = {field.name: field.default for field in fields(Recipe)}
_SHOWN = (
    ("epochs", "{} epochs"),
    ("batch", "batches of {}"),
    ("rate", "learning rate {}"),
    ("scale", "scale {}"),
    ("max_tokens", "texts cut at {} tokens"),
    ("precision", "steps in {}"),
    ("masking", "{} of a query's words masked"),
    ("thinning", "{} of a title's sentences left out"),
    ("average", "mean of the last {} checkpoints"),
    ("seed", "seed {}"),
)
# Said of every model, so not where they are as by default.
_ALWAYS = frozenset({"epochs", "batch", "rate", "max_tokens", "precision"})


@dataclass(frozen=True, slots=True)
class Figures:
    """What an export reaches alone on queries that it was not trained on, beside the model it was made of."""

    queries: int
    pool: int
    """Titles searched."""
    name: str
    """Of the queries."""
    exported: Mapping[str, float]
    """`R@1`, `R@10`, `MRR`."""
    source: Mapping[str, float]

    @property
    def lost(self) -> float:
        """By how much quantisation lowered MRR; negative where it raised it."""
        return self.source["MRR"] - self.exported["MRR"]


def card_of(report: ExportReport, lineage: Lineage, figures: Figures | None, licence: str) -> str:
    """Markdown."""
    return "\n".join(_lines(report, lineage, figures, licence)) + "\n"


def _lines(report: ExportReport, lineage: Lineage, figures: Figures | None, licence: str) -> Iterator[str]:
    yield f"# {report.folder.name}"
    yield ""
    yield (
        "A sentence encoder that places a request beside the films and series that answer it: "
        f"{report.layers} layers, {report.dimensions} dimensions, mean pooling, unit vectors; ONNX, "
        f"quantised to 8 bits per channel, {report.megabytes} MB. Texts are cut where "
        "`tokenizer_config.json` says (`model_max_length`)."
    )
    yield ""
    yield f"- Licence: {licence}"
    yield f"- Made by `python -m bot train export` of weights with SHA-256 `{report.weights_sha256}`."
    yield (
        f"- On probe sentences its vectors have a cosine of {report.cosine_to_source:.3f} or more to those "
        "of the model before quantisation."
    )
    yield from _reached(figures)
    yield from _training(lineage)
    yield ""
    yield "## Limits"
    yield ""
    yield "- English. Other languages are read as far as the base model read them."
    yield "- It knows a title by the text that it is given, and remembers no plots."
    yield "- Names, years and rare words are better found by BM25 beside it, as in hybrid search."
    yield (
        "- A query has one right title in training, though others may answer it as well; what it learned of "
        "moods is what language models and people wrote of well-known titles."
    )


def _reached(figures: Figures | None) -> Iterator[str]:
    yield ""
    yield "## What it reaches"
    yield ""
    if figures is None:
        yield "Not measured at export; `python -m bot evaluate` measures it."
        return
    yield (
        f"{figures.queries:,} queries of `{figures.name}`, none of whose titles was trained on, over their "
        f"{figures.pool:,} titles, by cosine alone:"
    )
    yield ""
    yield "| | R@1 | R@10 | MRR |"
    yield "|---|---|---|---|"
    for name, values in (("this file", figures.exported), ("before quantisation", figures.source)):
        yield f"| {name} | " + " | ".join(f"{values[key]:.3f}" for key in ("R@1", "R@10", "MRR")) + " |"


def _training(lineage: Lineage) -> Iterator[str]:
    yield ""
    yield "## What it was trained on"
    yield ""
    if not lineage.runs:
        yield "It was not trained here."
        return
    yield (
        f"Texts of {len(lineage.titles):,} titles, whose ids are in `{TITLES_FILE}`, by multiple negatives "
        "ranking loss:"
    )
    yield ""
    for number, run in enumerate(lineage.runs, start=1):
        yield f"{number}. from `{run.recipe['base']}`: {_told(run)}"


def _told(run: Run) -> str:
    queries = ", ".join(f"{count:,} {source}" for source, count in run.queries.items())
    how = [
        text.format(_shown(value))
        for name, text in _SHOWN
        if (value := run.recipe.get(name, _DEFAULTS[name])) != _DEFAULTS[name] or name in _ALWAYS
    ]
    how.append("both ways" if run.recipe["both_ways"] else "from query to title")
    how.append("with hard negatives" if run.hard else "negatives of the batch")
    if run.averaged_with:
        how.append(f"one of {run.averaged_with + 1} whose weights were averaged")
    return f"{queries} queries in {run.rows:,} rows; {', '.join(how)}"


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
