"""The command line as a person and as a program use it."""

import asyncio
import io
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.emulators.llm import Fault, ModelServer, Script
from bot import commands, doctor
from bot.commands import main
from bot.samples import REQUESTS, sampled
from core.answering.text import escaped, sentences_of
from core.catalog.appeals import read_appeals
from core.errors import MatineeError
from core.providers import fastembed_encoder
from tests.conftest import settings_with
from tests.qdrant_server import QdrantServer

ROOT = Path(__file__).parents[2]
SetEnvironment = Callable[[str, str], None]
pytestmark = pytest.mark.usefixtures("clean_environment")


class Ran:
    """What a command printed and how it ended."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    def call(*arguments: str, stdin: str | bytes = "") -> Ran:
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))
        capsys.readouterr()
        try:
            status = main(arguments)
        except SystemExit as ended:
            status = int(str(ended.code))
        printed = capsys.readouterr()
        return Ran(status, printed.out, printed.err)

    return call


PICK_KEYS = {"id", "media_type", "title", "year", "reason", "score"}
ANSWER_KEYS = {"intent", "filters", "picks", "relaxed", "text", "finish_reason", "timings_ms"}


def test_a_wish_is_answered_with_fitting_titles(run: Callable[..., Ran]) -> None:
    """The main job: real titles from the catalogue, of the decade and genre asked for."""
    ran = run("ask", "--json", "dark comedies with moral ambiguity from the 90s")
    assert ran.status == 0
    (answer,) = ran.objects
    assert answer.keys() == ANSWER_KEYS
    assert answer["intent"] == "recommend"
    assert answer["filters"] == {"genres": ["Comedy"], "year_from": 1990, "year_to": 1999}
    assert answer["relaxed"] == []
    assert answer["finish_reason"] == "complete"
    assert set(answer["timings_ms"]) == {"understand", "encode", "search", "rank", "answer"}
    assert 3 <= len(answer["picks"]) <= 5
    for pick in answer["picks"]:
        assert pick.keys() == PICK_KEYS
        assert {"relevance", "rating", "popularity", "total"} <= pick["score"].keys()
        assert 1990 <= pick["year"] <= 1999
        assert pick["title"] in answer["text"]


def test_the_answer_for_people_has_chips_reasons_and_a_table(run: Callable[..., Ran]) -> None:
    ran = run("ask", "gangster films from the 70s", "--type", "movie")
    assert ran.status == 0
    assert ran.out.startswith("[film] [1970 to 1979]\n")
    assert "1. **" in ran.out
    assert "★" in ran.out
    assert "\x1b" not in ran.out, "colours belong on a terminal only"
    assert ran.err == ""


def test_every_option_becomes_a_filter(run: Callable[..., Ran]) -> None:
    options = {
        "--type": "movie",
        "--genres": "comedy, drama",
        "--without": "scary",
        "--services": "prime, Hulu",
        "--year-from": "1980",
        "--year-to": "2010",
        "--min-runtime": "80",
        "--max-runtime": "140",
        "--min-rating": "6.5",
        "--language": "Korean, fr",
        "--country": "South Korea",
        "--people": "Song Kang-ho",
        "--without-people": "Nobody",
        "--max-certification": "pg-13",
        "--like": "Parasite",
        "--exclude-title": "Oldboy",
        "--popularity": "hidden_gems",
    }
    ran = run("understand", "something", *(part for option in options.items() for part in option))
    assert ran.objects == [
        {
            "intent": "similar",
            "filters": {
                "media_type": "movie",
                "genres": ["Comedy", "Drama"],
                "exclude_genres": ["Horror"],
                "providers": ["Amazon Prime Video", "Hulu"],
                "year_from": 1980,
                "year_to": 2010,
                "min_runtime": 80,
                "max_runtime": 140,
                "min_rating": 6.5,
                "languages": ["ko", "fr"],
                "countries": ["KR"],
                "people": ["Song Kang-ho"],
                "exclude_people": ["Nobody"],
                "max_certification": "PG-13",
                "like_titles": ["Parasite"],
                "exclude_titles": ["Oldboy"],
                "popularity": "hidden_gems",
            },
        }
    ]


def test_options_hold_in_the_picks(run: Callable[..., Ran]) -> None:
    options = ("--people", "song kang ho", "--type", "movie")
    (answer,) = run("ask", "--json", "a detective story", *options).objects
    assert answer["picks"][0]["title"] == "Memories of Murder"


def test_each_line_of_standard_input_gets_a_line_of_json(run: Callable[..., Ran]) -> None:
    ran = run("ask", "-", stdin="a heist film\n\n🎬\nhelp\n")
    heist, blank, emoji, asked_help = ran.objects
    assert heist["picks"]
    assert blank["error"]["code"] == "empty_request"
    assert emoji["error"]["code"] == "empty_request"
    assert emoji["picks"] == []
    assert asked_help["intent"] == "help"
    assert ran.status == 2


def test_understand_reads_lines_too_and_a_bad_one_does_not_end_the_others(run: Callable[..., Ran]) -> None:
    ran = run("understand", "-", stdin=b"\xff\xfe noise from 1990\n\x00\nhi\n")
    first, second, third = ran.objects
    assert first["filters"] == {"year_from": 1990, "year_to": 1990}
    assert second["error"]["code"] == "empty_request"
    assert third == {"intent": "smalltalk", "filters": {}}
    assert ran.status == 2


def test_lines_of_chat_are_one_conversation(run: Callable[..., Ran]) -> None:
    first, second = run("chat", "--json", stdin="korean thrillers\nwhat else?\n").objects
    assert second["intent"] == "refine"
    assert second["filters"] == first["filters"] == {"genres": ["Thriller"], "languages": ["ko"]}
    shown = {pick["id"] for pick in first["picks"]}
    assert shown.isdisjoint(pick["id"] for pick in second["picks"])


def test_run_answers_each_line_where_no_platform_and_no_terminal_is_there(run: Callable[..., Ran]) -> None:
    ran = run("run", stdin="a western\n")
    assert ran.status == 0
    assert "[western]" in ran.out
    assert run("run", stdin="").status == 0


@pytest.mark.parametrize(
    ("arguments", "message", "status"),
    [
        (["ask", ""], "Tell me in words", 2),
        (["ask", "🎬🔥"], "Tell me in words", 2),
        (["ask", "\x07\x00"], "Tell me in words", 2),
        (["ask", "a" * 20_000], "20,000 characters; at most 4,000 are read", 2),
        (["ask", "x", "--genres", "comdy"], "did you mean Comedy?", 2),
        (["ask", "x", "--services", "Netflicks"], "did you mean Netflix?", 2),
        (["ask", "x", "--year-from", "2000", "--year-to", "1990"], "swap them", 2),
        (["ask", "x", "--max-certification", "XXX"], "certification is called 'XXX'", 2),
        (["ask", "x", "--min-rating", "12"], "ratings go from 0 to 10", 2),
        (["ask", "x", "--year-from", "soon"], "invalid int value", 2),
        (["ask"], "the following arguments are required: TEXT", 2),
        (["dance"], "invalid choice: 'dance'", 2),
        (["evaluate", "--queries", "/nowhere"], "cannot read the queries /nowhere", 2),
        (["train", "export", "--source", "/nowhere", "--target", "/x"], "model.safetensors is missing", 3),
    ],
)
def test_bad_input_gets_a_clear_message_and_status(
    run: Callable[..., Ran], arguments: list[str], message: str, status: int
) -> None:
    ran = run(*arguments)
    assert message in ran.err
    assert ran.status == status
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_wrong_settings_are_listed_together(
    run: Callable[..., Ran], clean_environment: SetEnvironment
) -> None:
    clean_environment("QDRANT_ENDPOINT", "nonsense")
    clean_environment("LOG_LEVEL", "loud")
    ran = run("ask", "x")
    assert ran.status == 3
    assert "QDRANT_ENDPOINT: must be a URL" in ran.err
    assert "LOG_LEVEL: must be one of" in ran.err


def test_a_broken_row_is_reported_with_its_line_and_the_rest_is_used(
    run: Callable[..., Ran], clean_environment: SetEnvironment, tmp_path: Path
) -> None:
    rows = [
        json.dumps({"type": "movie", "title": name, "year": 2000, "overview": f"{name} goes west."})
        for name in ("Amber", "Birch", "Cedar", "Dahlia")
    ]
    titles = tmp_path / "mine.jsonl"
    titles.write_text("\n".join([*rows[:2], "{broken", *rows[2:]]), "utf-8")
    clean_environment("MATINEE_CATALOGUE", str(titles))
    clean_environment("MATINEE_DATA_DIR", str(tmp_path / "data"))
    ran = run("ask", "--json", "going west")
    assert "mine.jsonl, line 3: left out, not JSON" in ran.err
    assert {pick["title"] for pick in ran.objects[0]["picks"]} <= {"Amber", "Birch", "Cedar", "Dahlia"}
    assert ran.status == 0


@pytest.mark.parametrize("damage", ["truncated", "missing", "no tokenizer"])
def test_a_damaged_model_names_the_file_and_the_mend(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, damage: str
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for name in fastembed_encoder.MODEL_FILES:
        content = (fastembed_encoder.BUNDLED_FOLDER / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2] if name == "model.onnx" else content)
    if damage == "missing":
        (folder / "model.onnx").unlink()
    if damage == "no tokenizer":
        (folder / "tokenizer.json").unlink()
    monkeypatch.setattr(fastembed_encoder, "BUNDLED_FOLDER", folder)
    ran = run("ask", "x")
    assert ran.status == 3
    assert str(folder) in ran.err
    assert "git checkout" in ran.err
    assert "Traceback" not in ran.err


def test_a_model_that_cannot_be_had_says_what_is_missing(
    run: Callable[..., Ran], clean_environment: SetEnvironment
) -> None:
    clean_environment("EMBEDDING_MODEL", "someone/some-model")
    ran = run("ask", "x")
    assert ran.status == 3
    assert "EMBEDDING_MODEL=someone/some-model" in ran.err
    assert "Traceback" not in ran.err


def test_a_server_that_is_away_is_no_traceback(
    run: Callable[..., Ran], clean_environment: SetEnvironment
) -> None:
    clean_environment("QDRANT_ENDPOINT", "http://127.0.0.1:9")
    ran = run("ask", "x")
    assert ran.status == 4
    assert "answer from the Qdrant server (ConnectError); check QDRANT_ENDPOINT" in ran.err
    assert "Traceback" not in ran.err


def test_a_data_folder_that_cannot_be_written_names_the_setting(
    run: Callable[..., Ran], clean_environment: SetEnvironment, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    clean_environment("MATINEE_DATA_DIR", str(tmp_path / "file"))
    ran = run("ask", "x")
    assert ran.status == 3
    assert ran.err.startswith("MATINEE_DATA_DIR: ")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("redirection", "status"), [("<&-", 0), (">&-", 0), ("> /dev/full", 4), ("| head -c 1 >/dev/null", 0)]
)
def test_streams_that_are_closed_or_full_are_no_traceback(
    data_dir: Path, redirection: str, status: int
) -> None:
    done = subprocess.run(
        [
            "/bin/bash",
            "-c",
            f"set -o pipefail; {sys.executable} -m bot ask --json 'a quiet film' {redirection}",
        ],
        cwd=ROOT,
        env={"MATINEE_DATA_DIR": str(data_dir), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == status, done.stderr


async def in_process(*arguments: str, environment: dict[str, str]) -> Ran:
    """Run a command in a process of its own while this one's event loop serves."""
    import asyncio

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments,
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return Ran(process.returncode or 0, out.decode(), err.decode())


async def examined(name: str, environment: dict[str, str]) -> doctor.Finding:
    """What one of `doctor`'s checks finds; all of them take seconds."""
    return await doctor.CHECKS[name](settings_with(environment))


async def test_a_wrong_key_is_named_and_never_shown(data_dir: Path) -> None:
    async with QdrantServer(required_api_key="right-key") as server:
        environment = {
            "MATINEE_DATA_DIR": str(data_dir),
            "QDRANT_ENDPOINT": server.url,
            "QDRANT_API_KEY": "wrong-key",
        }
        ran = await in_process("ask", "x", environment=environment)
    assert ran.status == 3
    assert "check QDRANT_API_KEY" in ran.err
    assert "wrong-key" not in ran.err + ran.out


async def test_a_server_is_filled_once_and_then_answers(data_dir: Path, tmp_path: Path) -> None:
    """The whole bot over a server: the first start fills its collection, the next one only asks."""
    titles = tmp_path / "mine.jsonl"
    lines = (ROOT / "core/catalog/data/curated.jsonl").read_text("utf-8").splitlines()[:60]
    titles.write_text("\n".join(lines), "utf-8")
    async with QdrantServer(required_api_key="right-key") as server:
        environment = {
            "MATINEE_DATA_DIR": str(data_dir),
            "MATINEE_CATALOGUE": str(titles),
            "QDRANT_ENDPOINT": server.url,
            "QDRANT_API_KEY": "right-key",
        }
        first = await in_process("ask", "--json", "a funny film", environment=environment)
        second = await in_process("ask", "--json", "a funny film", environment=environment)
    assert "The server holds 0 of 60 titles of type movie; storing the others" in first.err
    assert second.err == ""
    assert first.objects[0]["picks"]
    assert first.objects[0]["picks"] == second.objects[0]["picks"]


def test_doctor_finds_a_healthy_start_and_a_sick_one(
    run: Callable[..., Ran], clean_environment: SetEnvironment
) -> None:
    well = run("doctor")
    assert well.status == 0
    assert well.out.splitlines()[-1] == "All is well."
    clean_environment("QDRANT_ENDPOINT", "http://127.0.0.1:9")
    clean_environment("OPENAI_API_KEY", "sk-secret")
    sick = run("doctor")
    assert sick.status == 3
    assert "✗ index" in sick.out
    assert "OPENAI_API_KEY" in sick.out
    assert "sk-secret" not in sick.out


QUERIES = [
    {"query": "a pregnant police chief in the snow", "relevant": ["imdb:tt0116282"]},
    {"query": "hacker learns that the world is simulated", "relevant": "tmdb:movie:603"},
    {"query": "the chemistry teacher", "relevant": ["imdb:tt0903747"], "filters": {"media_type": "tv"}},
    {"query": "who cooks drugs", "history": ["a chemistry teacher"], "relevant": ["imdb:tt0903747"]},
    {"query": "no such film", "relevant": ["tmdb:movie:999999999"]},
]


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    path = tmp_path / "queries.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in QUERIES), "utf-8")
    return path


def test_evaluate_prints_every_stage_as_json(run: Callable[..., Ran], queries: Path) -> None:
    ran = run("evaluate", "--queries", str(queries), "--json")
    assert ran.status == 0
    (stages,) = ran.objects
    assert list(stages) == ["bm25", "dense", "hybrid", "ranked"]
    for measures in stages.values():
        assert measures.keys() == {
            *("queries", "pool", "R@1", "R@3", "R@5", "R@10", "R@100", "MRR", "nDCG@10", "unanswerable")
        }
        assert measures["queries"] == 5
        assert measures["unanswerable"] == 1
    assert stages["hybrid"]["R@100"] >= 0.6


def test_evaluate_over_the_positives_prints_a_table(run: Callable[..., Ran], queries: Path) -> None:
    ran = run("evaluate", "--queries", str(queries), "--pool", "positives", "--stage", "hybrid")
    assert "5 queries over 3 titles; 1 have no answer among them and count as misses" in ran.out
    assert "hybrid" in ran.out
    assert "bm25" not in ran.out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no query in"),
        ('{"query": "x"}', "line 1: no 'tmdb'"),
        ('{"query": "x", "relevant": []}', "line 1: relevant must be"),
        ('\n{"query": "x", "tmdb": 1, "filters": {"genre": []}}', "line 2: there is no filter 'genre'"),
        ("{", "line 1:"),
        ('{"query": "x", "tmdb": 999999999}', None),
    ],
)
def test_evaluate_names_what_is_wrong_with_the_queries(
    run: Callable[..., Ran], tmp_path: Path, content: str, message: str | None
) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(content, "utf-8")
    ran = run("evaluate", "--queries", str(path), "--pool", "positives")
    assert ran.status == 2
    assert (message or "do the ids match?") in ran.err


def test_every_error_has_an_exit_status_and_a_code_of_its_own() -> None:
    kinds = [kind for kind in commands._all_subclasses(MatineeError) if kind.__module__ == "core.errors"]
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert set(commands._CODES.values()) == {1, 2, 3, 4}


def test_a_conversation_is_understood_turn_by_turn(run: Callable[..., Ran]) -> None:
    """What was said before is changed, pointed at, asked about and left behind."""
    lines = [
        "dark comedies from the 90s on netflix",
        "older",
        "who directed #1?",
        "no musicals",
        "more like the second one",
        "thanks!",
        "forget the filters",
        "a korean thriller under two hours",
    ]
    turns = run("chat", "--json", stdin="\n".join(lines)).objects
    assert [turn["intent"] for turn in turns] == [
        *("recommend", "refine", "question", "refine", "refine", "smalltalk", "refine", "recommend")
    ]
    first, older, question, refused, like, _, forgotten, fresh = turns
    assert first["filters"] == {
        "genres": ["Comedy"],
        "providers": ["Netflix"],
        "year_from": 1990,
        "year_to": 1999,
    }
    assert older["filters"] == {"genres": ["Comedy"], "providers": ["Netflix"], "year_to": 1989}
    assert all(pick["year"] <= 1989 for pick in older["picks"])
    assert older["picks"][0]["title"] in question["text"]
    assert question["finish_reason"] == "no_search"
    assert refused["filters"] == {**older["filters"], "exclude_genres": ["Music"]}
    assert like["filters"]["like_titles"] == [refused["picks"][1]["title"]]
    assert forgotten["filters"] == {}
    assert fresh["filters"] == {"genres": ["Thriller"], "languages": ["ko"], "max_runtime": 120}
    shown = [pick["id"] for turn in turns for pick in turn["picks"]]
    assert len(shown) == len(set(shown))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("who directed Heat?", "**Heat (1995)** was directed by Michael Mann."),
        ("how long is oppenheimer", "**Oppenheimer (2023)** runs 3 h 00 min."),
        ("where can I stream Severance?", "I don't know where **Severance (2022)** streams."),
        ("did greta gerwig direct lady bird?", "Yes: **Lady Bird (2017)** was directed by Greta Gerwig."),
        ("who directed Qwertzuiop?", "I don't know *Qwertzuiop*; it isn't in my catalogue under that name."),
    ],
)
def test_questions_are_answered_from_the_catalogue_or_not_at_all(
    asked: str, said: str, run: Callable[..., Ran]
) -> None:
    (answer,) = run("ask", "--json", asked).objects
    assert (answer["intent"], answer["text"]) == ("question", said)


def test_a_misspelt_name_is_answered_for_the_likely_one_and_said(run: Callable[..., Ran]) -> None:
    (answer,) = run("ask", "--json", "dramas with Meryl Strep").objects
    assert answer["filters"]["people"] == ["Meryl Streep"]
    assert answer["text"].startswith("I don't know anyone called *Meryl Strep*; did you mean Meryl Streep?")


def test_what_may_be_no_wish_and_names_nothing_is_asked_back(run: Callable[..., Ran]) -> None:
    (answer,) = run("ask", "--json", "what else?").objects
    assert (answer["finish_reason"], answer["picks"]) == ("no_search", [])
    assert answer["text"].startswith("I'm not sure what you're after.")


async def test_a_model_reads_along_where_one_is_configured(data_dir: Path) -> None:
    """The real client over loopback; the key is shown nowhere, and a model that fails changes nothing."""
    filters = {"languages": ["fr"], "genres": ["Drama"], "media_type": None}
    reading = {"intent": "recommend", "filters": filters, "mood": "sad winter"}
    environment = {
        "MATINEE_DATA_DIR": str(data_dir),
        "OPENAI_API_KEY": "sk-secret",
        "UNDERSTANDING_SECONDS": "5",
    }
    wish = "des films tristes en hiver"
    alone = await in_process("understand", wish, environment=environment)
    environment["UNDERSTANDING_MODEL"] = "openai:scripted"
    environment["ANSWER_MODELS"] = "none"
    async with ModelServer(Script(reading)) as server:
        environment["OPENAI_BASE_URL"] = f"{server.url}/v1"
        together = await in_process("understand", wish, environment=environment)
        well = await examined("model", environment)
        server.scripts = [Script(reading, Fault.SERVER_ERROR)]
        failing = await in_process("understand", wish, environment=environment)
        sick = await examined("model", environment)
    assert together.objects == [
        {"intent": "recommend", "filters": {"genres": ["Drama"], "languages": ["fr"]}}
    ]
    assert failing.objects == alone.objects
    assert well.detail.startswith("openai:scripted reads along")
    assert not well.mend
    assert "openai:scripted gives no usable reading" in sick.mend
    for ran in (together, failing):
        assert "sk-secret" not in ran.out + ran.err
    assert "sk-secret" not in f"{well} {sick}"


def test_the_classifier_is_trained_by_a_command(run: Callable[..., Ran], tmp_path: Path) -> None:
    training = tmp_path / "train.jsonl"
    rows = [
        {"text": text.format(word), "intent": intent}
        for text, intent in (("a {} film", "recommend"), ("less {}", "refine"), ("who made {}?", "question"))
        for word in ("quiet", "loud", "sad", "odd", "warm", "slow")
    ]
    training.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    weights = tmp_path / "weights.npz"
    options = ("--training", str(training), "--test", str(training), "--target", str(weights))
    ran = run("train", "intents", *options)
    assert ran.status == 0
    assert "18 messages" in ran.out
    assert "as labelled (rows), as predicted (columns)" in ran.out
    before = weights.read_bytes()
    assert run("train", "intents", "--measure-only", *options).status == 0
    assert weights.read_bytes() == before
    training.write_text('{"text": "x", "intent": "sing"}', "utf-8")
    wrong = run("train", "intents", *options)
    assert wrong.status == 2
    assert "line 1: needs text and intent" in wrong.err


def test_forty_answers_of_the_composer_vary_and_repeat_no_overview(data_dir: Path) -> None:
    """Without what their gaps were filled with, no more than three reasons are alike."""
    answers = asyncio.run(sampled(settings_with({"MATINEE_DATA_DIR": str(data_dir)})))
    assert len(answers) == len(REQUESTS) == 40
    appeals = read_appeals()
    frames: Counter[str] = Counter()
    openings: Counter[str] = Counter()
    for text, answer in zip(REQUESTS, answers, strict=True):
        assert 3 <= len(answer.picks) <= 5
        openings[_bare(answer.text.strip().splitlines()[0], re.findall(r"\w+", text))] += 1
        for pick in answer.picks:
            title = pick.ranked.title
            appeal = next((appeals[key] for key in title.ids if key in appeals), None)
            assert not any(sentence in pick.reason for sentence in sentences_of(title.overview) if sentence)
            said = pick.reason
            for line in appeal.lines if appeal else ():
                said = said.replace(escaped(line), "")
            known = [*(appeal.texts if appeal else ()), *title.moods, *title.keywords, *title.genres]
            known += [*title.stars, *title.directors, *title.creators]
            bare = _bare(said, [*known, *re.findall(r"\w+", text)]) if said.strip() else ""
            if bare:
                frames[bare] += 1
    assert max(frames.values()) <= 3, frames.most_common(3)
    assert max(openings.values()) <= 3, openings.most_common(3)
    assert len(frames) > 60


def _bare(sentence: str, values: list[str]) -> str:
    """A sentence without what may have filled its gaps."""
    for value in sorted(values, key=len, reverse=True):
        if len(value) > 2:
            sentence = re.sub(re.escape(escaped(value)), "_", sentence, flags=re.IGNORECASE)
    return re.sub(r"_(?:(?:, | and | or )_)+", "_", re.sub(r"\d+s?", "_", sentence)).strip()


def test_samples_are_written_to_a_file(run: Callable[..., Ran], tmp_path: Path) -> None:
    target = tmp_path / "new" / "samples.md"
    ran = run("samples", "--target", str(target))
    assert ran.status == 0
    assert "40 answers" in ran.out
    text = target.read_text("utf-8")
    assert text.count("\n## ") == 40
    assert text.count("\n1. **") == 40


async def test_a_model_writes_the_answers_where_one_is_configured(data_dir: Path) -> None:
    """The key alone is enough; `ask`, its JSON and `doctor` tell who wrote, and the key is shown nowhere."""
    environment = {"MATINEE_DATA_DIR": str(data_dir), "OPENAI_API_KEY": "sk-secret"}
    async with ModelServer() as server:
        environment["OPENAI_BASE_URL"] = f"{server.url}/v1"
        ran = await in_process("ask", "--json", "a quiet film", environment=environment)
        well = await examined("answers", environment)
        server.scripts = [Script("", Fault.WRONG_KEY)]
        alone = await in_process("ask", "a quiet film", environment=environment)
        sick = await examined("answers", environment)
    (answer,) = ran.objects
    assert answer["model"] == "openai:gpt-4.1-mini"
    assert answer["usage"]["output_tokens"] > 0
    assert answer["usage"]["estimated"] is False
    assert len(answer["picks"]) == 3
    assert "fault" not in answer
    assert "openai:gpt-4.1-mini, first word in" in well.detail
    assert not well.mend
    assert "A short answer today" in alone.out
    assert "refuses the key (HTTP 401); check ANSWER_MODELS, OPENAI_API_KEY" in sick.mend
    assert (ran.status, alone.status) == (0, 0)
    for one in (ran, alone):
        assert "sk-secret" not in one.out + one.err
    assert "sk-secret" not in f"{well} {sick}"


async def test_no_key_for_a_named_model_is_a_wrong_setting(data_dir: Path) -> None:
    environment = {"MATINEE_DATA_DIR": str(data_dir), "ANSWER_MODELS": "anthropic:claude-haiku-4-5"}
    ran = await in_process("ask", "a quiet film", environment=environment)
    assert ran.status == 3
    assert "set ANTHROPIC_API_KEY too" in ran.err
