"""One measurement in this process; prints one JSON object. Started by `__main__`."""

import asyncio
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, ExitStack, aclosing, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from adapters.completions import TitleCompletions
from adapters.emulators.discord import DiscordServer
from adapters.emulators.llm import ModelServer, Script, argue
from adapters.emulators.slack import Channel as SlackChannel
from adapters.emulators.slack import SlackServer
from bot.settings import ModelName, Settings
from bot.wiring import Matinee, load_encoders, opened, opened_store, read_directory
from core.answering.grounding import Grounding
from core.answering.outside import Mentionable, OutsideGuard
from core.catalog.appeals import read_appeals
from core.catalog.bundle import bundled_files
from core.catalog.reader import read_catalogue
from core.catalog.roster import entry_of
from core.domain import (
    Author,
    Conversation,
    Intent,
    MediaType,
    RankedTitle,
    Request,
    ScoreBreakdown,
    SearchFilters,
    Understanding,
    key_of,
)
from core.events import TextDelta
from core.memory.budgets import Budget, Budgets, Limits
from core.memory.profiles import Profiles
from core.memory.records import (
    IncomingEvent,
    MarkKind,
    Outcome,
    Owner,
    Preferences,
    StoredTurn,
    Subject,
)
from core.understanding.questions import read_question
from core.understanding.words import read
from tests.adapters.discord.people import TOKEN, has_cards, working
from tests.adapters.slack.people import Host, Newcomers, has_buttons
from tests.adapters.slack.people import working as slack_working
from tests.browsers import CHROMIUM
from tests.many_answers import many
from tests.scripted_platform import EditingPlatform, StreamingPlatform

TURNS = 400
PAGES = 12
# An answer without a model has ended by then.
SETTLED_MS = 2_000
WISHES = (
    "dark comedies with moral ambiguity",
    "space survival alone",
    "a heist that goes wrong",
    "cosy series about food",
    "slow burn detective story in a rainy city",
    "feel-good film about an unlikely friendship",
    "courtroom drama with a twist",
    "revenge thriller from korea",
    "mind-bending science fiction about memory",
    "coming of age in a small town",
    "political satire",
    "haunted house with a family secret",
    "animated film about grief",
    "sports underdog",
    "spy thriller in the cold war",
    "lonely people meeting by chance",
    "workplace comedy",
    "epic fantasy with dragons",
    "documentary about music",
    "western about revenge",
)
MESSAGES = (
    "dark comedies with moral ambiguity, on Netflix, from the 90s",
    "korean thriller under two hours rated above 7.5",
    "something by villeneuve but not dune",
    "like Interstellar but funnier",
    "i loved arrival and contact, what should i watch next? not interstellar, seen it twice",
    "smth w keanu reevs that isnt john wick or the matrix",
    "family movie for sunday, kids are 5 and 9, nothing scary, on disney+ or hulu",
    "who directed heat?",
    "how long is oppenheimer",
    "thanks, that was great",
    "hidden gems from iran or turkey in the last ten years, nothing with subtitles is not needed",
    "a slow burn about a family secret that comes out at a funeral in a small coastal town in winter",
)
FILTERS = SearchFilters(
    genres=("Comedy",), providers=("Netflix", "Amazon Prime Video"), year_from=1990, year_to=2015
)
EVERY_FILTER = SearchFilters(
    media_type=MediaType.MOVIE,
    genres=("Drama",),
    exclude_genres=("Horror", "War"),
    providers=("Netflix", "Amazon Prime Video"),
    region="US",
    year_from=1980,
    year_to=2020,
    min_runtime=80,
    max_runtime=150,
    min_rating=6.0,
    languages=("en", "fr"),
    countries=("US", "GB", "FR"),
    exclude_people=("Nicolas Cage",),
    max_certification="R",
    exclude_titles=("Heat",),
)


def memory_mb(process: int | str = "self") -> dict[str, float]:
    """Resident memory of a process, its peak and what of it is anonymous, 10^6 bytes (Linux)."""
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return {name: round(int(fields[name].split()[0]) * 1024 / 1e6) for name in ("VmRSS", "VmHWM", "RssAnon")}


def spread(milliseconds: list[float]) -> dict[str, float]:
    """Median and 99th percentile."""
    ordered = sorted(milliseconds)
    return {
        "median": round(statistics.median(ordered), 2),
        "p99": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 2),
    }


PLACES = (
    *("paris", "tokyo", "alaska", "lagos", "the desert", "a ship", "a hotel", "the suburbs"),
    *("a village", "the mountains", "new york", "a prison", "a school", "outer space", "berlin", "a farm"),
)


def texts(count: int) -> list[str]:
    """Distinct wishes of five to twelve words, so that nothing is measured that was seen before."""
    return [f"{WISHES[n % len(WISHES)]} in {PLACES[n // len(WISHES) % len(PLACES)]}" for n in range(count)]


def playground() -> dict[str, Any]:
    """From `make run` to the first answer on the page; from Enter to the first text, by platform."""
    times: dict[str, list[float]] = {}
    with sync_playwright() as playwright, ExitStack() as stack:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        pages = [browser.new_page() for _ in range(PAGES)]  # somebody has a browser open
        terminal = stack.enter_context(closing(_Terminal("make", "run")))
        url = terminal.until(re.compile(rb"http://[\d.]+:\d+"))
        first: float | None = None
        for number, (page, wish) in enumerate(zip(pages, texts(PAGES), strict=True)):
            tab = ("Discord", "Slack")[number % 2]
            page.goto(url)
            page.get_by_role("tab", name=tab).click()
            for kind, text in (("first", wish), ("later", f"{wish}, but older")):
                page.locator("#say").fill(page.locator("#say").input_value() + text)
                page.locator("#say").press("Enter")
                shown = page.locator(".visible")
                milliseconds = float(shown.get_attribute("data-milliseconds") or "nan")
                first = first or terminal.seconds
                times.setdefault(f"{tab}, {kind} question of a page", []).append(milliseconds)
                page.locator("#say:enabled").wait_for()
                page.wait_for_timeout(SETTLED_MS)
                shown.evaluate("line => line.remove()")
            page.close()
        browser.close()
    return {"seconds": round(first or 0, 2), **{kind: spread(values) for kind, values in times.items()}}


class _Terminal:
    """A command on a terminal of its own, since `run` asks whether there is one."""

    def __init__(self, *command: str) -> None:
        self._ours, theirs = os.openpty()
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)

    @property
    def seconds(self) -> float:
        """Since it was started."""
        return time.perf_counter() - self._began

    def until(self, wanted: re.Pattern[bytes]) -> str:
        """The first match in what it prints."""
        printed = b""
        while (match := wanted.search(printed)) is None:
            printed += os.read(self._ours, 4096)
        return match[0].decode()

    def close(self) -> None:
        """End it as Ctrl-C does."""
        os.killpg(self._process.pid, signal.SIGINT)
        self._process.wait(timeout=30)
        os.close(self._ours)


async def search(settings: Settings) -> dict[str, Any]:
    """Encode, search and rank, without and with filters, in turn; then the process's memory."""
    wanted = {"plain": SearchFilters(), "filtered": FILTERS, "every": EVERY_FILTER}
    times: dict[str, list[float]] = {kind: [] for kind in wanted}
    async with opened(settings) as matinee:
        retriever = matinee.assistant.retriever
        for number, text in enumerate(texts(320)):
            for kind, filters in wanted.items():
                understood = Understanding(Intent.RECOMMEND, filters, text, text)
                start = time.perf_counter()
                query = await retriever.encode(understood)
                await retriever.rank(await retriever.search(query), query, text)
                if number >= 20:
                    times[kind].append((time.perf_counter() - start) * 1000)
        titles = await matinee.index.count()
    return {"titles": titles, **{kind: spread(values) for kind, values in times.items()}, **memory_mb()}


async def understand(settings: Settings) -> dict[str, Any]:
    """Reading a request by lists and names, the classifier, and all of it together with the encoder; then the
    process's memory.
    """
    spent: dict[str, list[float]] = {"read": [], "questions": [], "whole": [], "encoder": []}
    async with opened(settings) as matinee, AsyncExitStack() as stack:
        directory = await read_directory(matinee.index)
        encoder = load_encoders(settings).dense
        stack.callback(encoder.close)
        requests = [*MESSAGES, *texts(100)]
        for number, text in enumerate(requests * 3):
            request = Request(text, Conversation("bench", "here"), Author("bench"))
            start = time.perf_counter()
            read(text, directory)
            after_read = time.perf_counter()
            read_question(text, directory)
            after_question = time.perf_counter()
            await matinee.assistant.understand(request)
            after_whole = time.perf_counter()
            await encoder.encode_query(text)
            end = time.perf_counter()
            if number >= len(requests):
                for name, seconds in (
                    ("read", after_read - start),
                    ("questions", after_question - after_read),
                    ("whole", after_whole - after_question),
                    ("encoder", end - after_whole),
                ):
                    spent[name].append(seconds * 1000)
        titles = await matinee.index.count()
    return {"titles": titles, **{name: spread(values) for name, values in spent.items()}, **memory_mb()}


def encoder(encode: Callable[[str], object]) -> dict[str, Any]:
    """Single queries through an encoder."""
    times = []
    for number, text in enumerate(texts(220)):
        start = time.perf_counter()
        encode(text)
        if number >= 20:
            times.append((time.perf_counter() - start) * 1000)
    return {**spread(times), **memory_mb()}


def bundled() -> dict[str, Any]:
    """The bundled encoder."""
    from core.providers.fastembed_encoder import load_bundled

    start = time.perf_counter()
    loaded = load_bundled()
    load_seconds = time.perf_counter() - start
    loop = asyncio.new_event_loop()
    measured = encoder(lambda text: loop.run_until_complete(loaded.encode_query(text)))
    loop.close()
    return {"load_seconds": round(load_seconds, 2), **measured}


async def answer(settings: Settings) -> dict[str, Any]:
    """Microseconds of grounding a delta; milliseconds until the first words of an answer.

    A model's first delta is timed from where the emulator is about to send it to where it is an event: its
    way through the loopback, the vendor's client and the grounding.
    """
    appeals = read_appeals()
    filtering: list[float] = []
    composing: list[float] = []
    arriving: list[float] = []
    sent = 0.0

    def says(body: Mapping[str, Any]) -> str:
        nonlocal sent
        said = argue(body)
        sent = time.perf_counter()
        return said

    async def first_words(matinee: Matinee, text: str) -> float:
        request = Request(text, Conversation("bench", text), Author("bench"))
        async with aclosing(matinee.assistant.reply(request)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    return time.perf_counter()
        raise SystemExit("no words came")

    async with opened(replace(settings, answer_models=())) as matinee:
        directory = await read_directory(matinee.index)
        titles = list((await matinee.index.fetch([key_of(key) for key in appeals])).values())[:300]
        for place in range(0, len(titles) - 5, 5):
            offered = [
                RankedTitle(title, ScoreBreakdown(1, 0, 0, 0, 1)) for title in titles[place : place + 5]
            ]
            mentionable = Mentionable(
                [item.title.name for item in offered], [], [item.title.overview for item in offered]
            )
            grounding = Grounding(offered, OutsideGuard(directory, mentionable))
            lines = [" ".join(appeals[item.title.id].lines) for item in offered]
            text = "".join(f"\n{n}. [[{n}]] — {line}" for n, line in enumerate(lines, start=1))
            for begin in range(0, len(text), 4):
                start = time.perf_counter()
                list(grounding.feed(text[begin : begin + 4]))
                filtering.append((time.perf_counter() - start) * 1e6)
        for text in WISHES * 5:
            start = time.perf_counter()
            composing.append((await first_words(matinee, text) - start) * 1e3)
    async with ModelServer(Script(says)) as server:
        own = replace(
            settings, answer_models=(ModelName("openai", "scripted"),), openai_base_url=f"{server.url}/v1"
        )
        async with opened(own) as matinee:
            for text in WISHES * 5:
                shown = await first_words(matinee, text)
                arriving.append((shown - sent) * 1e3)
    return {
        "filtering": spread(filtering),
        "composing": spread(composing),
        "arriving": spread(arriving),
    }


def sentence_transformers(folder: str) -> dict[str, Any]:
    """The same model through sentence-transformers."""
    from sentence_transformers import SentenceTransformer

    start = time.perf_counter()
    model = SentenceTransformer(folder, device="cpu")
    load_seconds = time.perf_counter() - start
    measured = encoder(lambda text: model.encode(text, normalize_embeddings=True, show_progress_bar=False))
    return {"load_seconds": round(load_seconds, 2), **measured}


async def state(settings: Settings) -> dict[str, Any]:
    """Milliseconds of what a turn asks of the store, on a SQLite file: accept, count, read the conversation
    (of five turns) and the profile, note what is shown, finish with the turn and its tokens.
    """
    limits = Limits(user=Budget(10**6, 10**9), server=Budget(10**6))
    turn = StoredTurn("ann", "a wish of some words", Intent.RECOMMEND, SearchFilters(genres=("Comedy",)))
    user, server = Owner(Subject.USER, "bench", "ann"), Owner(Subject.SERVER, "bench", "server")
    spent: dict[str, list[float]] = {"turn": [], "accept": []}
    async with opened_store(settings) as store:
        budgets, profiles = Budgets(store, limits, time.time), Profiles(store, store)
        await store.set_preferences(user, Preferences(providers=("Netflix",), blocked_genres=("Horror",)))
        for number in range(20):
            await store.mark(user, f"tmdb:movie:{number}", MarkKind.SEEN)
        for number in range(TURNS):
            event = IncomingEvent(
                "bench", f"e{number}", "server", "channel", f"m{number}", {"text": turn.text}
            )
            conversation = Conversation("bench", "channel", "server", f"thread {number // 5}")
            start = time.perf_counter()
            claim = await store.accept(event, "worker", 30)
            spent["accept"].append((time.perf_counter() - start) * 1000)
            assert claim is not None
            await budgets.request(user, server)
            await asyncio.gather(store.turns(conversation, 20), profiles.profile(user, server))
            await store.note_shown(claim, {"messages": ["1"]})
            await store.finish(claim, Outcome(conversation, turn, budgets.spent(user, server, 900)))
            spent["turn"].append((time.perf_counter() - start) * 1000)
    return {name: spread(values) for name, values in spent.items()}


async def delivery() -> dict[str, Any]:
    """Seconds from the end of an answer to its last edit: 200 answers at once over 60 buckets of 5 calls in
    5 s, each call failing with 5 %, on the real clock. Raises where an answer is not whole and single, or a
    bucket is exceeded.
    """
    kinds = {"editing": EditingPlatform, "streaming": StreamingPlatform}
    return {name: spread(await many(200, 60, 0.05, kind)) for name, kind in kinds.items()}


def completions(settings: Settings) -> dict[str, Any]:
    """Milliseconds until the titles that go on as what was typed are found."""
    roster = [entry_of(title) for title in read_catalogue(settings.catalogue or bundled_files()).titles]
    titles = TitleCompletions(roster)
    chance = random.Random(7)
    spent = []
    for entry in chance.sample(roster, 400):
        typed = entry.name[: chance.randint(1, len(entry.name))]
        start = time.perf_counter()
        titles.complete(typed)
        spent.append((time.perf_counter() - start) * 1000)
    return {"titles": len(roster), **spread(spent)}


async def discord(answers: int) -> dict[str, Any]:
    """So many commands at once on the emulated Discord, in a fifth as many channels: milliseconds until each
    is acknowledged, and from the model's first delta to the first text of its answer; edits per answer.
    """
    model_script = Script(argue, first_token_seconds=0.5, delta_seconds=0.03)
    async with (
        ModelServer(model_script) as model,
        DiscordServer(TOKEN) as server,
        AsyncExitStack() as stack,
    ):
        channels = [server.guild("Bench", "ann").channel(str(number)) for number in range(answers // 5 or 1)]
        environment = {
            "DISCORD_API_URL": server.url,
            "DISCORD_GATEWAY_URL": server.gateway_url,
            "OPENAI_API_KEY": "sk-bench",
            "OPENAI_BASE_URL": f"{model.url}/v1",
            "PARALLEL_ANSWERS": "100",
        }
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        await stack.enter_async_context(working(folder, **environment))
        asked = [
            await server.command(
                channels[number % len(channels)],
                server.person(f"guest {number}"),
                "recommend",
                query=f"{WISHES[number % len(WISHES)]}, wish {number}.",
            )
            for number in range(answers)
        ]
        await server.until(lambda: all(has_cards(one.original) for one in asked), 120)
        delays, acknowledged, edits = [], [], []
        for number, one in enumerate(asked):
            assert one.original is not None
            assert one.answered_after is not None
            said = next(
                place for place, body in enumerate(model.requests) if f"wish {number}." in json.dumps(body)
            )
            shown = next(
                at
                for text, at in zip(one.original.history, one.original.times, strict=True)
                if "Thr" in text  # argue's first word, or its beginning
            )
            delays.append((shown - model.first_deltas[said]) * 1000)
            acknowledged.append(one.answered_after * 1000)
            edits.append(float(len(one.original.history) - 1))
        assert server.limits.refused == 0
    return {"delay": spread(delays), "acknowledged": spread(acknowledged), "edits": spread(edits)}


async def slack(answers: int) -> dict[str, Any]:
    """So many answers at once in three workspaces of the emulated Slack, to mentions and to commands in turn,
    each in a channel of its own: milliseconds until each is acknowledged, and from the model's first delta to
    the first text of its answer; calls per answer.
    """
    model_script = Script(argue, first_token_seconds=0.5, delta_seconds=0.03)
    async with (
        ModelServer(model_script) as model,
        SlackServer() as server,
        AsyncExitStack() as stack,
    ):
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        clubs = [Newcomers(server, name) for name in ("Bench", "Book club", "Chess club")]
        host = Host(clubs[0], folder)
        environment = {
            "OPENAI_API_KEY": "sk-bench",
            "OPENAI_BASE_URL": f"{model.url}/v1",
            "PARALLEL_ANSWERS": "100",
        }
        await stack.enter_async_context(slack_working(clubs[0], folder, **host.environment, **environment))
        for club in clubs:
            await host.install(club)
        before, told = len(server.calls), len(server.delivery.acknowledged)
        rooms = [clubs[number % 3].workspace.channel(f"room {number}") for number in range(answers)]

        async def ask(number: int, room: SlackChannel) -> None:
            guest, wish = room.workspace.person(f"guest {number}"), f"{WISHES[number % len(WISHES)]}"
            if number % 2:
                await server.command(room, guest, "/recommend", f"{wish}, wish {number}.")
            else:
                await server.say(room, guest, f"@Matinee {wish}, wish {number}.")

        await asyncio.gather(*(ask(number, room) for number, room in enumerate(rooms)))
        await server.until(lambda: all(has_buttons(room.visible[-1]) for room in rooms), 180)
        await server.delivery.settle()
        assert server.limits.refused == 0
        delays = []
        for number, room in enumerate(rooms):
            [answer] = [message for message in room.visible if has_buttons(message)]
            said = next(
                place for place, body in enumerate(model.requests) if f"wish {number}." in json.dumps(body)
            )
            shown = next(
                at
                for text, at in zip(answer.history, answer.times, strict=True)
                if "Thr" in text  # argue's first word, or its beginning
            )
            delays.append((shown - model.first_deltas[said]) * 1000)
        acknowledged: dict[str, list[float]] = {"messages": [], "commands": []}
        for envelope, seconds in server.delivery.acknowledged[told:]:
            if not envelope.is_event:
                acknowledged["commands"].append(seconds * 1000)
            elif envelope.payload["event"].get("client_msg_id"):  # people's, not what becomes of ours
                acknowledged["messages"].append(seconds * 1000)
        return {
            "delay": spread(delays),
            **{kind: spread(milliseconds) for kind, milliseconds in acknowledged.items()},
            "calls": round((len(server.calls) - before) / answers, 1),
        }


def main() -> None:
    """`measure.py playground|search|understand|answer|state|delivery|completions|bundled`,
    `measure.py discord ANSWERS`,
    `measure.py slack ANSWERS`, `measure.py sentence_transformers FOLDER`.
    """
    match sys.argv[1:]:
        case ["playground"]:
            result = playground()
        case ["search"]:
            result = asyncio.run(search(Settings.from_env()))
        case ["understand"]:
            result = asyncio.run(understand(Settings.from_env()))
        case ["answer"]:
            result = asyncio.run(answer(Settings.from_env()))
        case ["state"]:
            with tempfile.TemporaryDirectory() as folder:
                result = asyncio.run(state(Settings.from_env({"MATINEE_DATA_DIR": folder})))
        case ["delivery"]:
            result = asyncio.run(delivery())
        case ["completions"]:
            result = completions(Settings.from_env())
        case ["discord", answers]:
            result = asyncio.run(discord(int(answers)))
        case ["slack", answers]:
            result = asyncio.run(slack(int(answers)))
        case ["bundled"]:
            result = bundled()
        case ["sentence_transformers", folder]:
            result = sentence_transformers(folder)
        case other:
            raise SystemExit(f"nothing to measure: {other}")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
