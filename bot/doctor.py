"""The `doctor` command: what is set up, what is wrong, and how to mend it."""

import datetime
import os
import shutil
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web
from rich.console import Console
from rich.text import Text

from bot.operations import EVERYWHERE, LOOPBACK, LOOPBACK_PORT, serving
from bot.settings import Settings
from bot.wiring import (
    Encoders,
    answer_models,
    catalogue_files,
    discord_options,
    doubts,
    intent_encoder,
    load_encoders,
    local_library,
    opened_store,
    recipe_for,
    server_generation,
    server_index,
    slack_options,
    understanding_model,
)
from core.answering.failover import FailoverModel
from core.catalog.reader import read_catalogue
from core.errors import MatineeError, ModelFault
from core.ports import ChatPrompt
from core.understanding.directory import Directory
from core.understanding.intents import INTENTS, IntentClassifier
from core.understanding.model_reader import ModelReader

__all__ = ["CHECKS", "Finding", "examine"]

EXIT_UNWELL = 3
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `mend` is empty where nothing has to be done."""

    detail: str
    mend: str = ""


async def examine(settings: Settings, out: Console) -> int:
    """Run every check, print a line each, and return the exit status: 0 when all is well."""
    well = True
    for name, check in CHECKS.items():
        try:
            finding = await check(settings)
        except (MatineeError, OSError) as error:
            finding = Finding("", str(error))
        well = well and not finding.mend
        sign = Text("✗", "red") if finding.mend else Text("✓", "green")
        out.print(sign, Text(f"{name:<10}"), Text(finding.mend or finding.detail), soft_wrap=True)
    out.print("All is well." if well else "Mend what is marked with ✗, then run doctor again.")
    return 0 if well else EXIT_UNWELL


async def _python(settings: Settings) -> Finding:
    return Finding(f"{sys.version.split()[0]}, {os.cpu_count()} cores")


async def _data(settings: Settings) -> Finding:
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / "probe.tmp"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return Finding("", f"{folder} cannot be written ({error.strerror}); set MATINEE_DATA_DIR")
    return Finding(f"{folder}, {shutil.disk_usage(folder).free / 1e9:,.1f} GB free")


async def _catalogue(settings: Settings) -> Finding:
    catalogue = read_catalogue(catalogue_files(settings))
    described = sum(bool(title.overview) for title in catalogue.titles)
    detail = f"{catalogue.report.summary(len(catalogue.titles))}; {described:,} with an overview"
    refused = [f"{name}, line {line}: {reason}" for name, line, reason in catalogue.report.refused[:3]]
    return Finding(detail, "; ".join([detail, *refused]) if refused else "")


async def _encoder(settings: Settings) -> Finding:
    encoders: Encoders = load_encoders(settings)
    start = time.perf_counter()
    await encoders.dense.encode_query("a slow, rainy detective story")
    spent = (time.perf_counter() - start) * 1000
    name = settings.embedding_model or "bundled model"
    return Finding(f"{name}, {encoders.dense.dimensions} dimensions, first query in {spent:.0f} ms")


async def _index(settings: Settings) -> Finding:
    """Looks only: nothing is built, made or filled."""
    if settings.qdrant_endpoint is not None:
        return await _server(settings)
    files = catalogue_files(settings)
    library = local_library(settings, load_encoders(settings), files, settings.data_dir / "index")
    if not library.folder.exists():
        return Finding("embedded, not built yet: the next start does it")
    if not library.intact():
        return Finding("embedded, damaged: the next start rebuilds it")
    async with library:
        return Finding(f"embedded, {await library.count():,} titles")


async def _state(settings: Settings) -> Finding:
    """Opens what is remembered, which makes it where it is not there yet."""
    start = time.perf_counter()
    async with opened_store(settings) as store:
        await store.ping()
    where = "PostgreSQL" if settings.database_url else str(settings.data_dir / "state.sqlite")
    text = "" if settings.keep_message_text else ", without the text of messages"
    return Finding(f"{where}{text}, opened in {(time.perf_counter() - start) * 1000:.0f} ms")


async def _server(settings: Settings) -> Finding:
    async with AsyncExitStack() as stack:
        index = server_index(settings, stack)
        missing = await index.missing()
        if missing and not index.read_only:
            return Finding(f"server; the next start makes and fills {', '.join(missing)}")
        encoders = load_encoders(settings)
        stack.callback(encoders.dense.close)
        recipe = recipe_for(settings, encoders, catalogue_files(settings))
        await index.ensure(encoders.dense.dimensions, server_generation(recipe))
        told = [f"server, {await index.count():,} titles in {', '.join(index.collections)}"]
        told += await index.look(await index.ours())
        for name in await index.outdated(server_generation(recipe)):
            told.append(f"{name} was made otherwise: the next start builds it anew beside the old one")
        lacking = {name: fields for name, fields in (await index.lacking_indexes()).items() if fields}
        if lacking:
            count = sum(map(len, lacking.values()))
            told.append(f"{count} payload indexes are missing (python -m bot catalogue indexes)")
        doubtful = await doubts(index, encoders.dense)
        return Finding("; ".join(told), "; ".join(doubtful))


async def _intents(settings: Settings) -> Finding:
    """The classifier belongs to the bundled encoder, whichever one searches."""
    async with AsyncExitStack() as stack:
        encoder = intent_encoder(load_encoders(settings).dense, stack)
        IntentClassifier.load(encoder.fingerprint)
    return Finding(f"weights of the bundled encoder, {len(INTENTS)} intents")


async def _model(settings: Settings) -> Finding:
    """Asks the model that reads along for one reading, which costs a few hundred tokens."""
    named = settings.understanding_model
    async with AsyncExitStack() as stack:
        model = understanding_model(settings, stack)
        if named is None or model is None:
            return Finding("none reads along, none needed")
        reader = ModelReader(model, Directory(), datetime.date.today().year)
        start = time.perf_counter()
        reading = await reader.read("sad films about winter, from the 90s", None, ())
        spent = time.perf_counter() - start
    name = f"{named.vendor}:{named.model}"
    if reading is None:
        return Finding(
            "",
            f"{name} gives no usable reading within {settings.understanding_seconds:g} s "
            "(UNDERSTANDING_SECONDS); "
            "check its name, key and base URL, or unset UNDERSTANDING_MODEL",
        )
    return Finding(f"{name} reads along, one reading in {spent:.1f} s")


async def _answers(settings: Settings) -> Finding:
    """Asks every model that writes answers for a word, which costs a few tokens each."""
    if not settings.answer_models:
        return Finding("by the composer, no model needed")
    well, mend = [], []
    prompt = ChatPrompt("Answer with one word.", "Say: ready")
    async with AsyncExitStack() as stack:
        for model in answer_models(settings, stack):
            alone = FailoverModel([model], settings.answer_first_token_seconds, settings.answer_total_seconds)
            start = time.perf_counter()
            try:
                async with aclosing(alone.stream(prompt)) as events:
                    await anext(events)
                well.append(f"{model.name}, first word in {time.perf_counter() - start:.1f} s")
            except ModelFault as fault:
                vendor = model.name.partition(":")[0].upper()
                mend.append(
                    f"{model.name}: {fault}; check ANSWER_MODELS, {vendor}_API_KEY, {vendor}_BASE_URL"
                )
    return Finding("; ".join(well), "; ".join([*well, *mend]) if mend else "")


async def _discord(settings: Settings) -> Finding:
    """Logs in by REST alone: of the gateway, Discord allows a thousand sessions a day."""
    if settings.discord_token is None:
        return Finding("not set up; the README says how")
    from adapters.discord.checkup import looked_at

    options = discord_options(settings)
    try:
        found = await looked_at(settings.discord_token.reveal(), options)
    except (OSError, TimeoutError) as error:
        return Finding("", f"Discord cannot be reached: {error}")
    reads = "reads all messages" if options.message_content else "reads what mentions it"
    return Finding(f"{found.name}, {reads}; invite it by {found.invite}")


async def _slack(settings: Settings) -> Finding:
    """Asks about the tokens alone; no connection is opened."""
    if settings.slack_bot_token is None and settings.slack_client_id is None:
        return Finding("not set up; the README says how")
    from adapters.slack.checkup import looked_at

    options = slack_options(settings)
    try:
        return Finding(await looked_at(options))
    except (OSError, TimeoutError) as error:
        return Finding("", f"Slack cannot be reached: {error}")


async def _host(settings: Settings) -> Finding:
    """Whether health, readiness and metrics can be served, and what a worker does when it is told to stop."""
    host, port = (EVERYWHERE, settings.port) if settings.port else (LOOPBACK, LOOPBACK_PORT)
    where = f"{host}, port {port}"
    try:
        async with serving(web.Application(), host, port):
            pass
    except OSError:
        if settings.port:
            return Finding("", f"PORT={port} is taken by another program, or may not be used")
        where = f"{host}, a free port, since {port} is taken"
    metrics = "" if settings.metrics_token or not settings.port else ", no metrics without METRICS_TOKEN"
    reports = "errors to Sentry" if settings.sentry_dsn else "errors to the log alone"
    return Finding(f"health on {where}{metrics}; {settings.drain_seconds:g} s to stop; {reports}")


async def _keys(settings: Settings) -> Finding:
    """No key is needed: without one the composer answers."""
    given = {
        "QDRANT_API_KEY": settings.qdrant_api_key,
        "OPENAI_API_KEY": settings.openai_api_key,
        "ANTHROPIC_API_KEY": settings.anthropic_api_key,
        "TMDB_TOKEN": settings.tmdb_token,
        "TMDB_API_KEY": settings.tmdb_api_key,
        "DATABASE_URL": settings.database_url,
        "DISCORD_TOKEN": settings.discord_token,
        "SLACK_BOT_TOKEN": settings.slack_bot_token,
        "SLACK_APP_TOKEN": settings.slack_app_token,
        "SLACK_SIGNING_SECRET": settings.slack_signing_secret,
        "SLACK_CLIENT_SECRET": settings.slack_client_secret,
        "METRICS_TOKEN": settings.metrics_token,
        "SENTRY_DSN": settings.sentry_dsn,
    }
    present = [name for name, key in given.items() if key]
    detail = f"set: {', '.join(present)}" if present else "none set, none needed"
    endpoint = urlsplit(settings.qdrant_endpoint or "")
    if settings.qdrant_api_key and endpoint.scheme == "http" and endpoint.hostname not in _LOOPBACK:
        return Finding("", f"QDRANT_API_KEY goes unencrypted to {endpoint.hostname}; use an https URL")
    return Finding(detail)


CHECKS: dict[str, Callable[[Settings], Awaitable[Finding]]] = {
    "python": _python,
    "data": _data,
    "catalogue": _catalogue,
    "encoder": _encoder,
    "index": _index,
    "intents": _intents,
    "model": _model,
    "answers": _answers,
    "state": _state,
    "discord": _discord,
    "slack": _slack,
    "host": _host,
    "keys": _keys,
}
"""Every check by name, in the order in which they are told."""
