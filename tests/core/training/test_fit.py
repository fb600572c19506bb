"""Training and exporting for real, on a model of a few thousand weights made here."""

import json
from pathlib import Path

import numpy as np
import pytest

from bot.wiring import load_encoders
from core.catalog.documents import dense_document
from core.errors import CatalogueError, EncoderUnavailable
from core.training.averaging import average_models
from core.training.evaluation import dense_ranks
from core.training.export import export_encoder
from core.training.fit import CURVES, DevSet, fit
from core.training.queries import Query
from core.training.recipe import Lineage, Recipe, Row
from tests.conftest import settings_with
from tests.core.training.sample import catalogue
from tests.models import WITH_MODELS

pytestmark = [
    WITH_MODELS,
    # torch and its trainer warn of what they do with themselves
    pytest.mark.filterwarnings("default"),
]

TITLES = catalogue(24)
ROWS = [
    Row(f"{title.name} of the {title.keywords[0]}", dense_document(title), None, "vibe_train", (title.id,))
    for title in TITLES
]
DEV = DevSet(tuple(Query(row.query, frozenset(row.titles)) for row in ROWS[:8]), TITLES)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two layers and 32 dimensions that knows letters and a few words."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("base")
    words = sorted({word.lower() for row in ROWS for word in row.positive.replace(".", " ").split()})
    letters = "abcdefghijklmnopqrstuvwxyz.,"
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = [*marks, *letters, *(f"##{letter}" for letter in letters), *words]
    places = {token: place for place, token in enumerate(dict.fromkeys(vocabulary))}
    tokenizer = BertTokenizerFast(vocab=places, model_max_length=64)
    tokenizer.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=256,
    )
    BertModel(config).save_pretrained(folder)
    model = SentenceTransformer(modules=[Transformer(str(folder)), Pooling(32), Normalize()], device="cpu")
    model.save_pretrained(str(tmp_path_factory.mktemp("sentences")), create_model_card=False)
    return Path(tmp_path_factory.getbasetemp()) / "sentences0"


def recipe(base: Path, **others: object) -> Recipe:
    return Recipe(str(base), epochs=16, batch=8, rate=2e-3, checkpoints=2, max_tokens=32, **others)  # type: ignore[arg-type]


def test_training_brings_queries_nearer_to_their_titles_and_goes_on_where_it_stopped(
    base: Path, tmp_path: Path
) -> None:
    told: list[str] = []
    varied = recipe(base, masking=0.1, thinning=0.1, average=2)
    report = fit(varied, ROWS, tmp_path, DEV, told.append)
    before = json.loads((tmp_path / "history.jsonl").read_text("utf-8").splitlines()[0])
    assert report.steps == 48
    assert report.measures["MRR@100"] > 0.6, "by chance it is .16"
    assert "step" in before
    assert (tmp_path / CURVES).stat().st_size > 1000
    assert Lineage.read(tmp_path).titles == {title.id for title in TITLES}
    again = fit(varied, ROWS, tmp_path, DEV, told.append, resume=True)
    assert again.steps == report.steps, "nothing is left to do, and nothing is done twice"


def test_hard_negatives_and_small_parts_of_a_batch_are_trained_on(base: Path, tmp_path: Path) -> None:
    hard = [
        Row(row.query, row.positive, ROWS[place - 1].positive, row.source, row.titles)
        for place, row in enumerate(ROWS)
    ]
    report = fit(recipe(base, mini_batch=4, both_ways=False), hard, tmp_path, None, lambda line: None)
    assert report.measures == {}
    assert Lineage.read(tmp_path).runs[0].hard == len(ROWS)


def test_models_that_were_trained_alike_have_a_mean(base: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    models = [tmp_path / "one", tmp_path / "other"]
    for seed, folder in enumerate(models):
        fit(recipe(base, seed=seed), ROWS[seed:], folder, None, lambda line: None)
    average_models(models, tmp_path / "mean")
    first, second, mean = (load_file(folder / "model.safetensors") for folder in (*models, tmp_path / "mean"))
    for name, weights in mean.items():
        assert np.allclose(weights, (first[name] + second[name]) / 2, atol=1e-6), name
    lineage = Lineage.read(tmp_path / "mean")
    assert len(lineage.runs) == 2
    assert lineage.titles == {title.id for title in TITLES}
    with pytest.raises(EncoderUnavailable, match="no mean"):
        average_models([models[0], tmp_path / "nowhere"], tmp_path / "mean")


def test_an_export_is_what_fastembed_loads_whole_or_cut(base: Path, tmp_path: Path) -> None:
    for dimensions in (None, 16):
        folder = tmp_path / f"export-{dimensions}"
        report = export_encoder(base, folder, max_tokens=32, dimensions=dimensions)
        assert report.dimensions == (dimensions or 32)
        assert report.cosine_to_source > 0.9
        told = json.loads((folder / "tokenizer.json").read_text("utf-8"))
        assert told["padding"] is None, "a short query would cost what a long text does"
        assert told["truncation"]["max_length"] == 32
        encoder = load_encoders(settings_with({"EMBEDDING_MODEL": str(folder)})).dense
        assert encoder.dimensions == report.dimensions
        encoder.close()
    with pytest.raises(EncoderUnavailable, match="--dimensions"):
        export_encoder(base, tmp_path / "more", dimensions=64)


async def test_ranks_are_those_of_the_vectors(base: Path, tmp_path: Path) -> None:
    export_encoder(base, tmp_path, max_tokens=32)
    encoder = load_encoders(settings_with({"EMBEDDING_MODEL": str(tmp_path)})).dense
    unanswered = Query("nothing", frozenset({"tmdb:movie:999"}))
    ranks = await dense_ranks([*DEV.queries, unanswered], TITLES, encoder, encoder.dimensions)
    encoder.close()
    assert len(ranks) == len(DEV.queries)
    assert np.all((ranks >= 1) & (ranks <= len(TITLES)))


def test_a_base_that_cannot_be_had_and_nothing_to_resume_are_said(base: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailable, match="could not be fetched"):
        fit(recipe(tmp_path / "nowhere"), ROWS, tmp_path / "target", None, lambda line: None)
    with pytest.raises(CatalogueError, match="leave out --resume"):
        fit(recipe(base), ROWS, tmp_path / "target", None, lambda line: None, resume=True)
