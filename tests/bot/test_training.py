"""`train dataset`, and `evaluate` by protocol, as a person uses them."""

import asyncio
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from adapters.emulators.llm import Fault, ModelServer, Script
from bot import evaluating
from bot.commands import _parser, main
from bot.dataset import PRICES, make_dataset, summary
from bot.settings import DEFAULT_MODELS
from core.catalog.bundle import write_rows
from core.catalog.rows import row_of
from core.errors import ModelMisconfigured
from core.library import silent
from core.training.recipe import Lineage
from tests.conftest import VARIABLES, settings_with
from tests.core.training.sample import catalogue

TITLES = catalogue(24)
VIBES = "1. a slow story of guilt\n2. friends who plan too much\n3. winter in a small place"
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of these tests alone, since none needs the bundled index."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("MATINEE_DATA_DIR", str(folder))


@pytest.fixture
def titles(tmp_path: Path) -> Path:
    path = tmp_path / "titles.jsonl"
    write_rows(path, map(row_of, TITLES))
    return path


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    """A mood a title, and one that nothing answers."""
    path = tmp_path / "moods.jsonl"
    rows = [{"query": f"{title.name}, an evening", "relevant": list(title.ids)} for title in TITLES]
    write_rows(path, [*rows, {"query": "nothing", "tmdb": 10**8}])
    return path


def rows_of(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_dataset_is_made_measured_and_made_again_alike(
    titles: Path, queries: Path, tmp_path: Path, capsys: Capture
) -> None:
    """What is held out is what `evaluate` measures by the same seed, and no title of it is trained on."""
    options = ["train", "dataset", "--catalogue", str(titles), "--queries", str(queries), "--share", "0.3"]
    assert main([*options, "--target", str(tmp_path / "one")]) == 0
    printed = capsys.readouterr()
    assert "1 of 25 queries of moods left out: no title here answers them" in printed.err
    assert "queries to train on in" in printed.out
    assert main([*options, "--target", str(tmp_path / "two")]) == 0
    trained = rows_of(tmp_path / "one" / "train.jsonl")
    assert trained == rows_of(tmp_path / "two" / "train.jsonl")
    assert {"query", "positive", "negative", "source"} <= trained[0].keys()
    capsys.readouterr()

    measure = ["evaluate", "--catalogue", str(titles), "--stage", "bm25", "--stage", "hybrid", "--json"]
    protocol = ["--queries", str(queries), "--protocol", "titles", "--share", "0.3"]
    assert main([*measure, *protocol, "--save", str(tmp_path / "run.jsonl")]) == 0
    (honest,) = map(json.loads, capsys.readouterr().out.splitlines())
    held_out = rows_of(tmp_path / "one" / "test.jsonl")
    measured = {row["title"] for row in rows_of(tmp_path / "run.jsonl")[1:]}
    assert honest["stages"]["hybrid"]["queries"] == len(held_out)
    assert honest["stages"]["hybrid"]["pool"] == len(TITLES)
    assert not measured & {row[key] for row in trained for key in ("positive_id", "negative_id")}

    assert main([*measure, "--queries", str(tmp_path / "one" / "test.jsonl"), "--pool", "all"]) == 0
    (again,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert again == honest["stages"]


def test_titles_that_the_encoder_was_trained_on_are_left_out_of_the_honest_protocol(
    titles: Path, queries: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    known = TITLES[:20]
    Lineage((), frozenset(title.id for title in known)).write(tmp_path)
    monkeypatch.setattr(evaluating, "encoder_folder", lambda settings: tmp_path)
    options = ["evaluate", "--catalogue", str(titles), "--queries", str(queries), "--stage", "bm25", "--json"]
    assert main([*options, "--protocol", "titles", "--share", "1", "--metadata", "0"]) == 0
    printed = capsys.readouterr()
    assert "20 of 24 queries left out: their titles were trained on" in printed.err.replace("\n", " ")
    (found,) = map(json.loads, printed.out.splitlines())
    assert found["stages"]["bm25"]["queries"] == len(TITLES) - len(known)
    assert main([*options, "--protocol", "rows", "--share", "1", "--metadata", "0"]) == 0
    (found,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert found["stages"]["bm25"]["queries"] == len(TITLES), "the other one says that it is not honest"


def test_by_rows_the_mixed_figures_stand_beside_those_of_each_source(
    titles: Path, queries: Path, tmp_path: Path, capsys: Capture
) -> None:
    options = ["evaluate", "--catalogue", str(titles), "--queries", str(queries), "--protocol", "rows"]
    saved = tmp_path / "before.jsonl"
    assert main([*options, "--share", "0.5", "--stage", "bm25", "--save", str(saved)]) == 0
    printed = capsys.readouterr()
    assert "the run is saved in" in printed.err.lower()
    for name in ("all (", "source moods (", "source metadata (", "source metadata:precise (", "type tv ("):
        assert name in printed.out
    assert main([*options, "--share", "0.5", "--stage", "dense", "--against", str(saved), "--json"]) == 0
    (found,) = map(json.loads, capsys.readouterr().out.splitlines())
    groups = found["groups"]
    assert (
        groups["all"]["queries"] == groups["source moods"]["queries"] + groups["source metadata"]["queries"]
    )
    mean, low, high = groups["all"]["systems"]["dense"]["R@10"]
    assert low <= mean <= high
    (difference,) = found["against"][0]["all"]["differences"]
    assert (difference["system"], difference["over"]) == ("dense", "before:bm25")


def test_sources_are_shown_apart_without_a_protocol_too(titles: Path, queries: Path, capsys: Capture) -> None:
    options = ["evaluate", "--catalogue", str(titles), "--queries", str(queries), "--pool", "positives"]
    assert main([*options, "--stage", "bm25", "--metadata", "1"]) == 0
    out = capsys.readouterr().out
    assert "source moods (24)" in out
    assert "source metadata:loose (24)" in out
    assert "…" not in out


@pytest.mark.parametrize(
    ("options", "message", "status"),
    [
        (["--queries", "{other}"], "no title of the catalogue is", 2),
        (["--queries", "/nowhere"], "cannot read the queries /nowhere", 2),
        (["--held-out", "{other}"], "no title of the catalogue answers a query of other", 2),
        (["--share", "1"], "nothing is left to train on", 2),
        (["--metadata", "0"], "nothing is left to train on", 2),
        (["--vibes", "3"], "set OPENAI_API_KEY or ANTHROPIC_API_KEY", 3),
        (["--target", "{other}/inside"], "cannot write", 2),
        (["--share", "1.5"], "must be from 0 to 1", 2),
        (["--each", "-1"], "must not be negative", 2),
        (["--prices", "4"], "invalid", 2),
    ],
)
def test_what_is_wrong_is_said(
    titles: Path, tmp_path: Path, capsys: Capture, options: list[str], message: str, status: int
) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text('{"query": "x", "tmdb": 99999999}', "utf-8")
    given = [text.format(other=other) for text in options]
    start = ["train", "dataset", "--catalogue", str(titles), "--target", str(tmp_path / "set")]
    pool = ["--pool", "positives"] if options[0] == "--queries" else []
    try:
        ended = main([*start, *pool, "--negatives", "genre", *given])
    except SystemExit as error:
        ended = int(str(error.code))
    assert ended == status
    assert message in " ".join(capsys.readouterr().err.split())


async def test_a_model_writes_queries_and_what_it_cost_is_printed(titles: Path, tmp_path: Path) -> None:
    arguments = ["train", "dataset", "--catalogue", str(titles), "--target", str(tmp_path / "set")]
    arguments += ["--vibes", "20", "--metadata", "0", "--negatives", "genre", "--parallel", "4"]
    environment = {"MATINEE_DATA_DIR": str(tmp_path / "data"), "OPENAI_API_KEY": "sk-secret"}
    said: list[str] = []
    async with ModelServer([*[Script(VIBES)] * 5, Script(fault=Fault.BAD_REQUEST)]) as server:
        settings = settings_with({**environment, "OPENAI_BASE_URL": f"{server.url}/v1"})
        options = await asyncio.to_thread(_parser().parse_args, arguments)
        with pytest.raises(ModelMisconfigured, match="does not take the request"):
            await make_dataset(settings, options, silent, said.append)
        server.scripts = [Script(VIBES)]
        made = await make_dataset(settings, options, silent, said.append)
        assert made.asked is not None
        assert made.asked.kept >= 2
        assert made.asked.answered + made.asked.kept == 20
    assert "the same command goes on from there" in said[1]
    text = shown(summary(made))
    assert "openai:gpt-4.1-mini answered for" in text
    assert "at $0.4 and $1.6 a million" in text
    assert made.report.queries.total() + made.report.held_out.total() == 60


def shown(table: object) -> str:
    console = Console(file=io.StringIO(), width=240)
    console.print(table)
    printed: Callable[[], str] = console.file.getvalue  # type: ignore[attr-defined]
    return printed()


def test_the_models_that_are_asked_by_default_have_a_price() -> None:
    assert {f"{vendor}:{model}" for vendor, model in DEFAULT_MODELS.items()} == PRICES.keys()
