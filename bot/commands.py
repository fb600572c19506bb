"""The command line: run, playground, ask, chat, understand, evaluate, train, ingest, catalogue, samples,
doctor.

Exit status: 0 done; 1 a fault; 2 wrong usage or a request that cannot be answered as it is; 3 wrong
configuration; 4 something needed is away or full (try again); 130 interrupted.
"""

import argparse
import asyncio
import io
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from adapters.completions import listed
from adapters.console.jsonlines import understanding_object
from adapters.console.render import Shown
from adapters.console.session import Session, lines_of, print_json, prompt
from bot.ingest_options import add_catalogue_options, add_collection_option, add_ingest_options
from bot.logs import configure_logs
from bot.progress import reporting
from bot.settings import PROJECT, Settings
from bot.training_options import (
    add_average_options,
    add_dataset_options,
    add_evaluate_options,
    add_export_options,
    add_fit_options,
)
from core.domain import MediaType, Popularity, SearchFilters
from core.errors import (
    CatalogueBusy,
    CatalogueError,
    ConfigurationError,
    IndexFault,
    IndexForbidden,
    InvalidRequest,
    MatineeError,
    ModelMisconfigured,
    ModelUnavailable,
    SourceFault,
    SourceForbidden,
    StoreFault,
    StoreUnavailable,
)

if TYPE_CHECKING:
    from bot.wiring import Matinee

__all__ = ["main"]

EXIT_FAULT, EXIT_USAGE, EXIT_CONFIGURATION, EXIT_AWAY, EXIT_INTERRUPTED = 1, 2, 3, 4, 130

# Where the output is no terminal nobody's eyes wrap it, so cells need not either.
WIDTH_OF_FILES = 240
on_terminal = sys.stdout is not None and sys.stdout.isatty()  # None: started with it closed
out = Console(highlight=False, width=None if on_terminal else WIDTH_OF_FILES)
err = Console(stderr=True, highlight=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    if sys.stdin is None:  # started with it closed
        sys.stdin = io.StringIO()
    if sys.stdout is None:
        sys.stdout = io.StringIO()
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a sign shows another
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.from_env()
        if getattr(options, "collection", None):
            settings = settings.searching(options.collection)
        configure_logs(settings.log_level or "WARNING", as_json=settings.json_logs)
        return asyncio.run(_COMMANDS[options.command](settings, options))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # whoever read the output has enough of it
        _drop_output()
        return 0
    except OSError as error:
        err.print(f"cannot write the output: {error.strerror}", markup=False, style="red")
        _drop_output()
        return EXIT_AWAY
    except MatineeError as error:
        err.print(str(error), markup=False, style="red", soft_wrap=True)
        return _CODES[error.code]
    except Exception as error:
        logging.getLogger("matinee").debug("the command broke", exc_info=error)
        kind = type(error).__qualname__
        err.print(f"something broke on our side ({kind}); LOG_LEVEL=DEBUG tells where", style="red")
        return EXIT_FAULT


async def _ask(settings: Settings, options: argparse.Namespace) -> int:
    text = " ".join(options.text)
    filters = _filters(options)
    async with _ready(settings) as matinee:
        if text == "-":
            return await _each_line(lambda line: Session(matinee.assistant, filters).answer_json(line))
        session = Session(matinee.assistant, filters)
        if options.json:
            result = await session.answer_json(text)
            print_json(result)
            return _status_of(result)
        shown = await session.answer(text, out, err)
        return _status_of_turn(shown)


async def _understand(settings: Settings, options: argparse.Namespace) -> int:
    text = " ".join(options.text)
    filters = _filters(options)
    async with _ready(settings) as matinee:

        async def understood(line: str) -> dict[str, Any]:
            request = Session(matinee.assistant, filters).request(line)
            return understanding_object(await matinee.assistant.understand(request))

        if text == "-":
            return await _each_line(understood)
        print_json(await understood(text))
        return 0


async def _each_line(answer: Callable[[str], Awaitable[dict[str, Any]]]) -> int:
    """One line of JSON for each line of standard input; a bad line does not end the others."""
    status = 0
    for line in lines_of(sys.stdin, blank=True):
        try:
            result = await answer(line)
        except MatineeError as error:
            result = {"error": {"code": error.code, "message": str(error)}}
        print_json(result)
        status = status or _status_of(result)
    return status


async def _chat(settings: Settings, options: argparse.Namespace) -> int:
    async with _ready(settings) as matinee:
        session = Session(matinee.assistant)
        if options.json:
            return await _each_line(session.answer_json)
        if not sys.stdin.isatty():
            status = 0
            for line in lines_of(sys.stdin):
                shown = await session.answer(line, out, err)
                status = status or _status_of_turn(shown)
            return status
        out.print("What do you feel like watching? (Ctrl-C stops an answer, Ctrl-D ends)")
        while (typed := prompt()) is not None:
            if typed.strip():
                await session.answer_interruptibly(typed, out, err)
        return 0


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    """Start what is configured; where no platform is, the playground, or an answer to each line read."""
    from bot.wiring import has_platform, platforms
    from bot.worker import work

    if not has_platform(settings):
        return await (_playground if sys.stdin.isatty() else _chat)(settings, options)
    await work(settings, partial(platforms, settings), notice=_notice)
    return 0


async def _playground(settings: Settings, options: argparse.Namespace) -> int:
    from bot.operations import until_told_to_stop
    from bot.playground import playing

    async with AsyncExitStack() as stack:
        with reporting(err) as progress:
            running = playing(settings, options.port, progress, _notice)
            playground = await stack.enter_async_context(running)
        out.print(f"Matinee's playground is at {playground.url} (Ctrl-C ends it)", soft_wrap=True)
        told_to_stop = asyncio.create_task(until_told_to_stop())
        await asyncio.wait((told_to_stop, playground.worker), return_when=asyncio.FIRST_COMPLETED)
        told_to_stop.cancel()
    return 0


async def _evaluate(settings: Settings, options: argparse.Namespace) -> int:
    from bot.evaluating import details_object, draw, heading, plan_of, run_plan, tables
    from core.training.plots import needs_matplotlib

    plan = plan_of(options)
    if options.plot:
        needs_matplotlib()
    with reporting(err) as progress:
        evaluation = await run_plan(settings, plan, progress, _notice)
    detailed = plan.detailed or options.details
    if options.plot:
        draw(evaluation, options.plot)
        _notice(f"the plot is {options.plot}")
    if options.json:
        stages = {str(stage): values.as_dict() for stage, values in evaluation.measures.items()}
        print_json(details_object(evaluation) if detailed else stages)
        return 0
    out.print(heading(evaluation.measures), soft_wrap=True)
    for table in tables(evaluation, detailed=detailed):
        out.print(table)
    return 0


async def _train(settings: Settings, options: argparse.Namespace) -> int:
    if options.step == "intents":
        return await _train_intents(settings, options)
    if options.step == "dataset":
        return await _train_dataset(settings, options)
    from bot.fitting import average, export_model, fit_model, told_of_export, told_of_fit

    if options.step == "fit":
        told = told_of_fit(await fit_model(settings, options, _notice))
    elif options.step == "average":
        told = await average(options)
    else:
        told = told_of_export(*await export_model(settings, options, _notice))
    out.print(told, markup=False, soft_wrap=True)
    return 0


async def _train_intents(settings: Settings, options: argparse.Namespace) -> int:
    from bot.intents import report, train

    outcome = await train(settings, options, _notice)
    out.print(report(outcome), soft_wrap=True)
    return 0


async def _train_dataset(settings: Settings, options: argparse.Namespace) -> int:
    from bot.dataset import make_dataset, summary

    with reporting(err) as progress:
        report = await make_dataset(settings, options, progress, _notice)
    out.print(summary(report), soft_wrap=True)
    return 0


async def _samples(settings: Settings, options: argparse.Namespace) -> int:
    from bot.samples import sampled, write_samples

    answers = await sampled(replace(settings, answer_models=()))
    await asyncio.to_thread(write_samples, answers, options.target)
    out.print(f"{len(answers)} answers in {options.target}", markup=False, soft_wrap=True)
    return 0


async def _ingest(settings: Settings, options: argparse.Namespace) -> int:
    with reporting(err) as progress:
        if options.source == "bundle":
            from bot.bundling import bundle

            await bundle(settings, options.dump, progress, _notice)
            return 0
        from bot.ingesting import ingest

        return await ingest(settings, options, progress, _notice)


async def _catalogue(settings: Settings, options: argparse.Namespace) -> int:
    if options.view == "indexes":
        from bot.collections import indexes

        return await indexes(settings, options, out, _notice)
    from bot.catalogue import inspect

    return inspect(settings, options, out)


async def _doctor(settings: Settings, options: argparse.Namespace) -> int:
    from bot.doctor import examine

    return await examine(settings, out)


@asynccontextmanager
async def _ready(settings: Settings) -> AsyncIterator["Matinee"]:
    """The core, opened; what takes long is shown meanwhile and gone when it is ready."""
    from bot.wiring import opened

    async with AsyncExitStack() as stack:
        with reporting(err) as progress:
            matinee = await stack.enter_async_context(opened(settings, progress, _notice))
        yield matinee


def _notice(line: str) -> None:
    first_word = line.split(" ", 1)[0]
    shown = line[:1].upper() + line[1:] if first_word.isalpha() else line  # a file keeps its name
    err.print(shown, markup=False, style="dim", soft_wrap=True)


def _drop_output() -> None:
    """Send what is still to be flushed at exit nowhere; standard output takes no more."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _status_of_turn(shown: Shown) -> int:
    return _CODES.get(shown.failed.code, EXIT_FAULT) if shown.failed else 0


def _status_of(result: dict[str, Any]) -> int:
    return _CODES.get(result["error"]["code"], EXIT_FAULT) if "error" in result else 0


def _all_subclasses(kind: type[MatineeError]) -> Iterator[type[MatineeError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _all_subclasses(child)


def _exit_status(kind: type[MatineeError]) -> int:
    for base, status in (
        (InvalidRequest, EXIT_USAGE),
        (CatalogueBusy, EXIT_AWAY),
        (CatalogueError, EXIT_USAGE),
        (SourceForbidden, EXIT_CONFIGURATION),
        (SourceFault, EXIT_AWAY),
        (ConfigurationError, EXIT_CONFIGURATION),
        (IndexForbidden, EXIT_CONFIGURATION),
        (IndexFault, EXIT_AWAY),
        (ModelMisconfigured, EXIT_CONFIGURATION),
        (ModelUnavailable, EXIT_AWAY),
        (StoreUnavailable, EXIT_AWAY),
        (StoreFault, EXIT_CONFIGURATION),
    ):
        if issubclass(kind, base):
            return status
    return EXIT_FAULT


_CODES = {kind.code: _exit_status(kind) for kind in _all_subclasses(MatineeError)}

_COMMANDS: dict[str, Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]]] = {
    "run": _run,
    "playground": _playground,
    "ask": _ask,
    "chat": _chat,
    "understand": _understand,
    "evaluate": _evaluate,
    "train": _train,
    "ingest": _ingest,
    "catalogue": _catalogue,
    "doctor": _doctor,
    "samples": _samples,
}


def _filters(options: argparse.Namespace) -> SearchFilters:
    """Filters from the options of `ask` and `understand`; spellings are resolved by the core.

    Raises:
        InvalidRequest: values that no title can meet.
    """
    return SearchFilters(
        media_type=MediaType(options.type) if options.type else None,
        genres=listed(options.genres),
        exclude_genres=listed(options.without),
        providers=listed(options.services),
        region=options.region,
        year_from=options.year_from,
        year_to=options.year_to,
        min_runtime=options.min_runtime,
        max_runtime=options.max_runtime,
        min_rating=options.min_rating,
        languages=listed(options.language),
        countries=listed(options.country),
        people=listed(options.people),
        exclude_people=listed(options.without_people),
        max_certification=options.max_certification,
        like_titles=tuple(name.strip() for name in options.like or () if name.strip()),
        exclude_titles=tuple(name.strip() for name in options.exclude_title or () if name.strip()),
        popularity=Popularity(options.popularity) if options.popularity else None,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="Matinee recommends films and series.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="start what is configured; the playground where nothing is")
    run.set_defaults(json=False, port=None)

    playground = commands.add_parser("playground", help="try it in a browser, on emulated Discord and Slack")
    playground.add_argument("--port", type=_port, metavar="PORT", help="on loopback; 8090 by default")

    chat = commands.add_parser("chat", help="talk at the terminal")
    chat.add_argument(
        "--json", action="store_true", help="read a request a line, answer each by one line of JSON"
    )

    for name, text in (("ask", "answer one request"), ("understand", "show what a request is taken to mean")):
        command = commands.add_parser(name, help=text)
        command.add_argument(
            "text", nargs="+", metavar="TEXT", help="the request; - reads one a line, as JSON out"
        )
        if name == "ask":
            command.add_argument("--json", action="store_true", help="print JSON instead of text")
        add_collection_option(command)
        _add_filter_options(command)

    add_evaluate_options(commands)

    train = commands.add_parser("train", help="make models (needs requirements-models.txt)")
    steps = train.add_subparsers(dest="step", required=True, metavar="STEP")
    add_fit_options(steps)
    add_average_options(steps)
    add_export_options(steps)
    intents = steps.add_parser(
        "intents", help="the classifier of what a message is for; needs no further package"
    )
    intents.add_argument("--training", type=Path, metavar="FILE", help="JSON Lines: text, intent")
    intents.add_argument("--test", type=Path, metavar="FILE", help="the same, to be measured on")
    intents.add_argument(
        "--target", type=Path, metavar="FILE", help="where the weights go; in place by default"
    )
    intents.add_argument("--measure-only", action="store_true", help="measure the weights that are there")
    add_dataset_options(steps)

    ingest = commands.add_parser("ingest", help="take in titles")
    sources = ingest.add_subparsers(dest="source", required=True, metavar="SOURCE")
    bundle = sources.add_parser("bundle", help="refresh the facts and vectors of the bundled catalogue")
    bundle.add_argument(
        "dump", type=Path, nargs="?", metavar="DUMP", help="take facts from it; else only vectors"
    )

    add_ingest_options(sources)
    add_catalogue_options(commands)

    samples = commands.add_parser("samples", help="write answers of the composer to read")
    samples.add_argument("--target", type=Path, default=PROJECT / "docs" / "samples.md", metavar="FILE")

    doctor = commands.add_parser("doctor", help="examine settings, models, index, memory and host")
    for command in (run, playground, chat, doctor):
        add_collection_option(command)
    return parser


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError("a port is 0 to 65535")
    return number


def _add_filter_options(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("filters", "they win over what the text says; commas separate several")
    group.add_argument("--type", choices=[str(kind) for kind in MediaType])
    group.add_argument("--genres", metavar="NAMES")
    group.add_argument("--without", metavar="GENRES")
    group.add_argument("--services", metavar="NAMES")
    group.add_argument("--region", metavar="COUNTRY", help="whose services count")
    group.add_argument("--year-from", type=int, metavar="YEAR")
    group.add_argument("--year-to", type=int, metavar="YEAR")
    group.add_argument("--min-runtime", type=int, metavar="MINUTES")
    group.add_argument("--max-runtime", type=int, metavar="MINUTES")
    group.add_argument("--min-rating", type=float, metavar="0-10")
    group.add_argument("--language", metavar="NAMES")
    group.add_argument("--country", metavar="NAMES")
    group.add_argument("--people", metavar="NAMES")
    group.add_argument("--without-people", metavar="NAMES")
    group.add_argument("--max-certification", metavar="MARK")
    group.add_argument("--like", action="append", metavar="TITLE", help="may be repeated")
    group.add_argument("--exclude-title", action="append", metavar="TITLE", help="may be repeated")
    group.add_argument("--popularity", choices=[str(wish) for wish in Popularity])
