"""Fine-tune a sentence encoder with sentence-transformers' trainer. https://sbert.net

Needs `requirements-models.txt`.
"""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from core.catalog.documents import dense_document
from core.domain import Title
from core.errors import CatalogueError, EncoderUnavailable, first_line
from core.training.averaging import mean_of
from core.training.files import writing, written
from core.training.plots import draw_curves, needs_matplotlib
from core.training.queries import Query
from core.training.recipe import Lineage, Precision, Recipe, Row

__all__ = ["CURVES", "DevSet", "FitReport", "fit", "masked", "thinned"]

_TITLES = ("positive", "negative")
CURVES, HISTORY, CHECKPOINTS = "learning-curve.png", "history.jsonl", "checkpoints"
LOGGED_STEPS = 10
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
# Of the trainer's measures, those that are shown and drawn.
_MEASURES = {"cosine_accuracy@1": "R@1", "cosine_accuracy@10": "R@10", "cosine_mrr@100": "MRR@100"}


@dataclass(frozen=True, slots=True)
class DevSet:
    """What is measured while training, and is never trained on."""

    queries: tuple[Query, ...]
    pool: tuple[Title, ...]


@dataclass(frozen=True, slots=True)
class FitReport:
    """What a training came to."""

    folder: Path
    rows: int
    steps: int
    measures: Mapping[str, float]
    """On the dev set: `R@1`, `R@10`, `MRR@100`; empty where none was given."""


def fit(
    recipe: Recipe,
    rows: Sequence[Row],
    target: Path,
    dev: DevSet | None,
    notice: Callable[[str], None],
    *,
    resume: bool = False,
) -> FitReport:
    """Train, and write model, lineage, history, curves and checkpoints to `target`.

    Args:
        recipe: How.
        rows: On what.
        target: A folder, made when it is not there.
        dev: What is measured at every checkpoint; None measures nothing.
        notice: Told in a line what goes on.
        resume: Go on from the last checkpoint in `target`.

    Raises:
        EncoderUnavailable: the base model cannot be had, or the model packages are not installed.
        ConfigurationError: matplotlib is not installed.
        CatalogueError: there is no checkpoint to go on from, or `target` cannot be written.
        DiskFull: there is no room; the checkpoints before are kept.
    """
    needs_matplotlib()
    last = _last_checkpoint(target) if resume else None
    model = _base(recipe)
    lineage = Lineage.read(Path(recipe.base)).after(recipe, rows)
    trainer, steps = _trainer(recipe, rows, target, dev, model)
    notice(f"{len(rows):,} rows in batches of {recipe.batch}: {steps:,} steps")
    with writing(target, "the checkpoints before are kept; --resume goes on from the last one"):
        trainer.train(resume_from_checkpoint=last)
        if recipe.average > 1:
            _average(model, target / CHECKPOINTS, recipe.average)
        model.save_pretrained(str(target), create_model_card=False)
    lineage.write(target)
    history = trainer.state.log_history
    measures = _named(_evaluator(dev)(model)) if dev else {}
    written(target / HISTORY, history)
    losses = [(row["step"], row["loss"]) for row in history if "loss" in row]
    measured = [(row["step"], found) for row in history if (found := _named(row))]
    draw_curves(losses, measured, target / CURVES)
    return FitReport(target, len(rows), trainer.state.global_step, measures)


def masked(query: str, share: float, chance: random.Random) -> str:
    """The query without about this share of its words; at least one is left."""
    return _without(query.split(), share, chance)


def thinned(document: str, share: float, chance: random.Random) -> str:
    """The text of a title without about this share of its sentences; at least one is left."""
    return _without(_SENTENCE_END.split(document), share, chance)


def _without(parts: Sequence[str], share: float, chance: random.Random) -> str:
    kept = [part for part in parts if chance.random() >= share]
    return " ".join(kept or parts[:1])


def _last_checkpoint(target: Path) -> str:
    from transformers.trainer_utils import get_last_checkpoint

    folder = target / CHECKPOINTS
    last = get_last_checkpoint(str(folder)) if folder.is_dir() else None
    if last is None:
        raise CatalogueError(f"no checkpoint in {folder} to go on from; leave out --resume")
    return str(last)


def _base(recipe: Recipe) -> Any:
    """The model to start from. Of attention nothing is dropped out: on a CPU that costs a fifth of a step."""
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise EncoderUnavailable(
            f"training needs {error.name}: pip install -r requirements-models.txt"
        ) from error
    try:
        model = SentenceTransformer(recipe.base, config_kwargs={"attention_probs_dropout_prob": 0.0})
    except Exception as error:  # the hub's client, transformers and the file system all raise here
        raise EncoderUnavailable(
            f"the base model {recipe.base} is no folder with a model, and could not be fetched "
            f"({first_line(error)})"
        ) from error
    model.max_seq_length = recipe.max_tokens
    return model


def _trainer(
    recipe: Recipe, rows: Sequence[Row], target: Path, dev: DevSet | None, model: Any
) -> tuple[Any, int]:
    """The trainer, and the number of its steps."""
    import torch
    from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments

    data = _datasets(rows, recipe)
    steps = ceil(recipe.epochs * sum(ceil(len(part) / recipe.batch) for part in data.values()))
    every = max(1, steps // recipe.checkpoints)
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(target / CHECKPOINTS),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch,
        learning_rate=recipe.rate,
        warmup_steps=0.1,
        bf16=recipe.precision is Precision.BFLOAT16,
        use_cpu=not torch.cuda.is_available(),
        batch_sampler="no_duplicates",
        multi_dataset_batch_sampler="proportional",
        logging_steps=LOGGED_STEPS,
        eval_strategy="steps" if dev else "no",
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=max(2, recipe.average),
        seed=recipe.seed,
        report_to="none",
    )
    trainer = SentenceTransformerTrainer(
        model=model,
        args=arguments,
        train_dataset=data,
        loss=_loss(recipe, model),
        evaluator=_evaluator(dev) if dev else None,
        data_collator=_varying(recipe, model) if recipe.masking or recipe.thinning else None,
    )
    return trainer, steps


def _datasets(rows: Sequence[Row], recipe: Recipe) -> Any:
    """A dataset for each kind of query, since all texts of a batch are padded to its longest one."""
    from datasets import Dataset, DatasetDict

    parts: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        texts = {"query": row.query, "positive": row.positive}
        name = row.source.partition(":")[0]
        if recipe.hard and row.negative:
            parts[name].append(texts | {"negative": row.negative})
        else:
            parts[f"{name} alone"].append(texts)
    return DatasetDict({name: Dataset.from_list(part) for name, part in sorted(parts.items())})


def _loss(recipe: Recipe, model: Any) -> Any:
    """Multiple negatives ranking: the right title among those of the batch (Henderson et al. 2017,
    arXiv:1705.00652).
    """
    from sentence_transformers.sentence_transformer import losses

    both = ("query_to_doc", "doc_to_query")
    shared: dict[str, Any] = {
        "scale": recipe.scale,
        "directions": both if recipe.both_ways else both[:1],
        "partition_mode": "per_direction",
    }
    if recipe.mini_batch:
        shared["mini_batch_size"] = recipe.mini_batch
        return losses.CachedMultipleNegativesRankingLoss(model, **shared)
    return losses.MultipleNegativesRankingLoss(model, **shared)


def _varying(recipe: Recipe, model: Any) -> Any:
    from sentence_transformers.sentence_transformer.data_collator import SentenceTransformerDataCollator

    class Varying(SentenceTransformerDataCollator):  # type: ignore[misc]  # its package is without types here
        """Leaves out words of queries and sentences of titles, others each time that one is drawn."""

        def __call__(self, features: list[dict[str, Any]]) -> dict[str, Any]:
            collated: dict[str, Any] = super().__call__([varied(row) for row in features])
            return collated

    chance = random.Random(recipe.seed)  # noqa: S311 - nothing secret

    def varied(row: dict[str, Any]) -> dict[str, Any]:
        titles = {name: thinned(row[name], recipe.thinning, chance) for name in _TITLES if name in row}
        return row | titles | {"query": masked(row["query"], recipe.masking, chance)}

    return Varying(model.preprocess)


def _evaluator(dev: DevSet) -> Any:
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator

    by_id = {identifier: title.key for title in dev.pool for identifier in title.ids}
    return InformationRetrievalEvaluator(
        queries={str(place): query.text for place, query in enumerate(dev.queries)},
        corpus={title.key: dense_document(title) for title in dev.pool},
        relevant_docs={
            str(place): {by_id[name] for name in query.relevant if name in by_id}
            for place, query in enumerate(dev.queries)
        },
        accuracy_at_k=[1, 10],
        mrr_at_k=[100],
        ndcg_at_k=[10],
        precision_recall_at_k=[10],
        map_at_k=[10],
        write_csv=False,
        name="dev",
    )


def _named(found: Mapping[str, Any]) -> dict[str, float]:
    """Those of the evaluator's measures that are shown, by our names."""
    return {
        ours: round(float(value), 4)
        for name, value in found.items()
        for theirs, ours in _MEASURES.items()
        if name.endswith(theirs)
    }


def _average(model: Any, checkpoints: Path, count: int) -> None:
    """Put the mean of the last checkpoints' weights into the model."""
    folders = sorted(checkpoints.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    model[0].auto_model.load_state_dict(mean_of(folders[-count:]))
