"""The only place where vendors meet the core. One AsyncExitStack owns every client.

Providers are imported inside the functions, so that a vendor that is not configured is never loaded.
"""

import asyncio
import datetime
import hashlib
import statistics
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.completions import TitleCompletions, people_completions
from adapters.platform import Platform
from bot.settings import ModelName, Secret, Settings
from core.answering.failover import FailoverModel
from core.answering.prompt import PromptLimits
from core.answering.writer import Writer
from core.assistant import Assistant
from core.catalog.appeals import read_appeals
from core.catalog.bundle import DATA, bundled_files
from core.catalog.vectors import VectorCache, vector_file
from core.domain import MediaType, Title
from core.errors import ConfigurationError, DiskFull, EncoderUnavailable
from core.ingestion.holdings import taken_in
from core.ingestion.ports import TitleSource
from core.ingestion.publishing import Mark, seed
from core.library import Library, Recipe, silent
from core.memory.ports import Store
from core.ports import ChatModel, Progress, SparseEncoder, StructuredModel, TextEncoder, TitleIndex
from core.retrieval import Retriever
from core.understanding.directory import Directory
from core.understanding.intents import EncodedIntents, IntentClassifier
from core.understanding.model_reader import ModelReader
from core.understanding.understander import Understander
from core.vocabulary.stop_words import STOP_WORDS

if TYPE_CHECKING:
    from adapters.discord.connection import DiscordOptions
    from adapters.slack.credentials import SlackOptions
    from core.providers.anthropic_model import AnthropicModel
    from core.providers.openai_model import OpenAIModel
    from core.providers.qdrant.client import ClientIndex

__all__ = [
    "Encoders",
    "Matinee",
    "answer_models",
    "catalogue_files",
    "discord_options",
    "doubts",
    "encoder_folder",
    "has_platform",
    "holdings_folder",
    "intent_encoder",
    "load_encoders",
    "local_library",
    "opened",
    "opened_store",
    "platforms",
    "read_directory",
    "ready_server",
    "recipe_for",
    "server_generation",
    "server_index",
    "server_mark",
    "slack_options",
    "tmdb_source",
    "understanding_model",
    "vector_cache",
]

# Mean number of terms of a document, measured over the dump; BM25's length correction needs one figure.
AVERAGE_TERMS = 65
# The longest form that a model fills in for a wish.
READING_TOKENS = 600
# Measured over 60 titles: vectors of one model for an overview and for all that is known of the title have a
# cosine of .71 in the middle and .56 at least; to those of another model, as to random ones, it is below .13.
UNRELATED_COSINE = 0.3


@dataclass(frozen=True, slots=True)
class Encoders:
    """The two encoders that an index is built and searched with."""

    dense: TextEncoder
    sparse: SparseEncoder


@dataclass(frozen=True, slots=True)
class Matinee:
    """The running core."""

    assistant: Assistant
    index: TitleIndex
    models: FailoverModel | None
    """Who writes answers; None where the composer does."""


def load_encoders(settings: Settings) -> Encoders:
    """The encoders that are configured.

    Raises:
        EncoderUnavailable: the model cannot be loaded; the message says what is missing.
    """
    from core.providers.qdrant.bm25 import Bm25

    return Encoders(_dense_encoder(settings), Bm25(STOP_WORDS, AVERAGE_TERMS))


def _dense_encoder(settings: Settings) -> TextEncoder:
    from core.providers import fastembed_encoder

    name, threads = settings.embedding_model, settings.encoder_threads
    if name is None or name == fastembed_encoder.BUNDLED_MODEL:
        return fastembed_encoder.load_bundled(threads)
    if fastembed_encoder.is_exported(Path(name)):
        return fastembed_encoder.load_folder(Path(name), threads)
    cache = settings.data_dir / "models"
    if fastembed_encoder.knows(name):
        return fastembed_encoder.load_by_name(name, cache, threads)
    try:
        from core.providers import sentence_transformers_encoder
    except ImportError as error:
        raise EncoderUnavailable(
            f"EMBEDDING_MODEL={name} is no fastembed model, and the package {error.name} for other models "
            "is not installed: pip install -r requirements-models.txt"
        ) from error
    return sentence_transformers_encoder.load(name, cache)


def encoder_folder(settings: Settings) -> Path | None:
    """Where the files of the dense encoder lie; None where a hub's name stands for them."""
    from core.providers import fastembed_encoder

    name = settings.embedding_model
    if name is None or name == fastembed_encoder.BUNDLED_MODEL:
        return fastembed_encoder.BUNDLED_FOLDER
    return Path(name) if Path(name).is_dir() else None


def local_library(
    settings: Settings,
    encoders: Encoders,
    files: tuple[Path, ...],
    root: Path,
    titles: tuple[Title, ...] | None = None,
    progress: Progress = silent,
    notice: Callable[[str], None] = lambda line: None,
) -> Library:
    """The embedded index of catalogue files; enter it to open or build it."""
    from core.providers.qdrant.edge import EdgeStore

    return Library(root, recipe_for(settings, encoders, files, titles), EdgeStore(), progress, notice)


def vector_cache(settings: Settings, encoders: Encoders) -> VectorCache:
    """Vectors by content: the shipped ones, and those made on this machine."""
    return VectorCache(
        encoders.dense,
        vector_file(settings.data_dir, encoders.dense),
        shipped=[vector_file(DATA, encoders.dense)],
    )


def recipe_for(
    settings: Settings, encoders: Encoders, files: tuple[Path, ...], titles: tuple[Title, ...] | None = None
) -> Recipe:
    """What an index of catalogue files is made from."""
    return Recipe(files, encoders.dense, encoders.sparse, vector_cache(settings, encoders), titles)


def holdings_folder(settings: Settings) -> Path:
    """Where titles that were taken in are kept; see `core.ingestion.holdings`."""
    return settings.data_dir / "catalogue"


def catalogue_files(settings: Settings) -> tuple[Path, ...]:
    """What is searched: the files of MATINEE_CATALOGUE, else the bundled ones and what was taken in."""
    return settings.catalogue or (*bundled_files(), *taken_in(holdings_folder(settings)))


@asynccontextmanager
async def tmdb_source(settings: Settings, regions: Sequence[str]) -> AsyncIterator[TitleSource]:
    """TMDB, with the services of some countries; closed again on leaving.

    Raises:
        ConfigurationError: there is no key.
    """
    from core.providers.tmdb.client import API_URL, opened_source

    token, key = settings.tmdb_token, settings.tmdb_api_key
    if token is None and key is None:
        raise ConfigurationError(
            "TMDB_TOKEN is not set; get an API Read Access Token at https://www.themoviedb.org/settings/api"
        )
    url = settings.tmdb_api_url or API_URL
    async with opened_source(
        token.reveal() if token else None, key.reveal() if key else None, regions, url
    ) as source:
        yield source


@asynccontextmanager
async def opened(
    settings: Settings,
    progress: Progress = silent,
    notice: Callable[[str], None] = lambda line: None,
) -> AsyncIterator[Matinee]:
    """Everything that answers need, ready; closed again on leaving.

    Raises:
        MatineeError: whatever is missing or wrong, in words for the host.
    """
    async with AsyncExitStack() as stack:
        encoders = load_encoders(settings)
        stack.callback(encoders.dense.close)
        index = await _index(settings, encoders, stack, progress, notice)
        retriever = Retriever(encoders.dense, encoders.sparse, index, settings.weights)
        intents = _intents(encoders.dense, stack)
        directory = await read_directory(index)
        model = understanding_model(settings, stack)
        reader = ModelReader(model, directory, datetime.date.today().year) if model else None
        understander = Understander(index, intents, directory, reader, settings.understanding_seconds)
        models = answer_models(settings, stack)
        first, total = settings.answer_first_token_seconds, settings.answer_total_seconds
        failover = FailoverModel(models, first, total) if models else None
        limits = PromptLimits(settings.answer_titles, settings.answer_history_tokens)
        writer = Writer(read_appeals(), directory, failover, limits)
        yield Matinee(Assistant(understander, retriever, writer), index, failover)


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncIterator[Store]:
    """What is remembered: a SQLite file in the data folder, or PostgreSQL.

    Raises:
        ConfigurationError: DATABASE_URL is no address of a database.
        StoreFault: the database is away, locked, read-only or newer.
    """
    from core.providers.sql import database, store

    url = database.sqlite_url(settings.data_dir / "state.sqlite")
    if settings.database_url is not None:
        url = database.postgres_url(settings.database_url.reveal())
    async with store.opened_store(url) as kept:
        yield kept


def has_platform(settings: Settings) -> bool:
    """Whether a platform is configured, so that there is something for a worker to do."""
    slack = settings.slack_bot_token or settings.slack_client_id
    return settings.discord_token is not None or slack is not None


async def platforms(settings: Settings, matinee: Matinee, store: Store) -> list[Platform]:
    """The platforms that are configured."""
    made: list[Platform] = []
    if not has_platform(settings):
        return made
    roster = await matinee.index.roster()
    titles = await asyncio.to_thread(TitleCompletions, roster)
    if settings.discord_token is not None:
        from adapters.discord.adapter import DiscordPlatform

        synced = settings.data_dir / "discord-commands.sha256"
        token = settings.discord_token.reveal()
        named = matinee.assistant.retriever.named
        options = discord_options(settings)
        made.append(DiscordPlatform(token, titles, store, named, synced, options))
    if settings.slack_bot_token is not None or settings.slack_client_id is not None:
        from adapters.slack.adapter import SlackPlatform
        from adapters.slack.desk import Library as SlackLibrary

        people = await asyncio.to_thread(people_completions, roster)
        retriever = matinee.assistant.retriever
        known = SlackLibrary(titles, people, retriever.named, retriever.known)
        made.append(SlackPlatform(slack_options(settings), store, known))
    return made


def slack_options(settings: Settings) -> "SlackOptions":
    """How the bot meets Slack.

    Raises:
        ConfigurationError: a setting is missing, or a token is in the wrong place.
    """
    from adapters.slack.credentials import SlackOptions

    def revealed(secret: Secret | None) -> str | None:
        return secret.reveal() if secret is not None else None

    given = SlackOptions(
        revealed(settings.slack_bot_token),
        revealed(settings.slack_app_token),
        revealed(settings.slack_signing_secret),
        settings.port is not None,
        client_id=settings.slack_client_id or "",
        client_secret=revealed(settings.slack_client_secret) or "",
    )
    return replace(given, api_url=f"{settings.slack_api_url}/") if settings.slack_api_url else given


def discord_options(settings: Settings) -> "DiscordOptions":
    """How the bot meets Discord.

    Raises:
        ConfigurationError: settings contradict each other.
    """
    from adapters.discord.connection import DiscordOptions

    return DiscordOptions(
        settings.discord_guild_ids,
        settings.discord_message_content,
        settings.discord_shard_count,
        settings.discord_shard_ids,
        settings.discord_api_url,
        settings.discord_gateway_url,
    )


def understanding_model(settings: Settings, stack: AsyncExitStack) -> StructuredModel | None:
    """The model that reads wishes too, where one is configured; `stack` closes its client."""
    named, seconds = settings.understanding_model, settings.understanding_seconds
    if named is None:
        return None
    return _model(named, settings, stack, seconds, seconds, READING_TOKENS, None)


def answer_models(settings: Settings, stack: AsyncExitStack) -> list[ChatModel]:
    """The models that write answers, in the order in which they are asked; `stack` closes their clients."""
    return [
        _model(
            named,
            settings,
            stack,
            settings.answer_connect_seconds,
            settings.answer_total_seconds,
            settings.answer_tokens,
            settings.answer_temperature,
        )
        for named in settings.answer_models
    ]


def _model(
    named: ModelName,
    settings: Settings,
    stack: AsyncExitStack,
    connect_seconds: float,
    total_seconds: float,
    max_tokens: int,
    temperature: float | None,
) -> "OpenAIModel | AnthropicModel":
    key = settings.key_for(named.vendor)
    if key is None:
        raise ConfigurationError(f"{named} has no key; set {named.vendor.upper()}_API_KEY")
    if named.vendor == "openai":
        from core.providers.openai_model import OpenAIModel as Model

        url = settings.openai_base_url
    else:
        from core.providers.anthropic_model import AnthropicModel as Model  # type: ignore[assignment]

        url = settings.anthropic_base_url
    model = Model(
        key.reveal(),
        named.model,
        url,
        connect_seconds=connect_seconds,
        total_seconds=total_seconds,
        max_tokens=max_tokens,
        temperature=temperature,
    )
    stack.push_async_callback(model.close)
    return model


async def read_directory(index: TitleIndex) -> Directory:
    """The names that an index holds, to be found in requests."""
    return await asyncio.to_thread(Directory, await index.roster())


def intent_encoder(dense: TextEncoder, stack: AsyncExitStack) -> TextEncoder:
    """The encoder that the intent classifier reads: the bundled one, also where another one searches."""
    from core.providers import fastembed_encoder

    if (
        isinstance(dense, fastembed_encoder.FastembedEncoder)
        and dense.name == fastembed_encoder.BUNDLED_MODEL
    ):
        return dense
    bundled = fastembed_encoder.load_bundled()
    stack.callback(bundled.close)
    return bundled


def _intents(dense: TextEncoder, stack: AsyncExitStack) -> EncodedIntents:
    encoder = intent_encoder(dense, stack)
    return EncodedIntents(encoder, IntentClassifier.load(encoder.fingerprint))


def server_index(settings: Settings, stack: AsyncExitStack) -> "ClientIndex":
    """The index on the configured server. Nothing is asked of it yet; `stack` closes its client."""
    from core.providers.qdrant.client import DEFAULT_COLLECTION, ClientIndex, server

    if settings.qdrant_endpoint is None:
        raise ConfigurationError("QDRANT_ENDPOINT is not set")
    key = settings.qdrant_api_key
    client = server(settings.qdrant_endpoint, key.reveal() if key else None)
    stack.push_async_callback(client.close)
    given = {MediaType.MOVIE: settings.movie_collection, MediaType.TV: settings.tv_collection}
    names = {kind: name for kind, name in given.items() if name}
    return ClientIndex(
        client,
        names or dict.fromkeys(MediaType, DEFAULT_COLLECTION),
        read_only=settings.collections_only_read,
    )


async def ready_server(
    index: "ClientIndex",
    recipe: Recipe,
    progress: Progress,
    notice: Callable[[str], None],
    mark: Mark | None = None,
) -> set[MediaType]:
    """Make what is missing on the server, build anew what another recipe made, and look into what others
    filled; returns the media types whose collection is ours to fill.

    An index built anew is made aside and takes the old one's place in one step, so that workers that read the
    old one go on with it until then. What the old one held beyond this machine's catalogue goes along.

    Raises:
        VectorSizeMismatch: a collection of others was made by an encoder of another size.
        IndexFault: the server is away, its disk full, or the key wrong.
    """
    generation, dimensions = server_generation(recipe), recipe.encoder.dimensions
    await index.ensure(dimensions, generation)
    ours = await index.ours()
    for line in await index.look(ours):
        notice(line)
    for line in await doubts(index, recipe.encoder):
        notice(line)
    for name, types in (await index.outdated(generation)).items():
        if not types <= ours:
            continue
        notice(f"the encoder or this version is new; building {name!r} anew beside the old one")
        aside = index.aside(name, generation)
        try:
            await aside.ensure(dimensions)
            await seed(aside, recipe, types & ours, progress, notice, mark, await index.titles(name))
        except DiskFull:
            await index.abandon(name, generation)
            raise
        await index.switch(name, generation)
    return ours


def server_generation(recipe: Recipe) -> str:
    """What an index on a server is made by; its collection is called after it."""
    from core.providers.qdrant.client import LAYOUT

    return recipe.generation(LAYOUT)


async def doubts(index: "ClientIndex", encoder: TextEncoder) -> list[str]:
    """Where vectors of others do not look as if the encoder had made them, though their size fits."""
    lines: list[str] = []
    for name, samples in (await index.samples()).items():
        if not samples:
            continue
        made = await encoder.encode_documents([text for text, _ in samples])
        cosines = [float(vector @ again) for (_, vector), again in zip(samples, made, strict=True)]
        middle = statistics.median(cosines)
        if middle < UNRELATED_COSINE:
            lines.append(
                f"vectors of {name!r} do not look like the encoder's (cosine {middle:.2f} to its own of the "
                "same texts), so searches will find nothing fitting: set EMBEDDING_MODEL to the model that "
                "filled it"
            )
    return lines


async def _index(
    settings: Settings,
    encoders: Encoders,
    stack: AsyncExitStack,
    progress: Progress,
    notice: Callable[[str], None],
) -> TitleIndex:
    files = catalogue_files(settings)
    if settings.qdrant_endpoint is None:
        root = settings.data_dir / "index"
        library = local_library(settings, encoders, files, root, None, progress, notice)
        return await stack.enter_async_context(library)

    index = server_index(settings, stack)
    recipe = recipe_for(settings, encoders, files)
    ours = await ready_server(index, recipe, progress, notice, server_mark(settings))
    await seed(index, recipe, ours, progress, notice, server_mark(settings))
    return index


def server_mark(settings: Settings) -> Mark:
    """Which catalogue this machine stored last in the collections that are configured."""
    where = (settings.qdrant_endpoint, settings.movie_collection, settings.tv_collection)
    place = hashlib.sha256(repr(where).encode()).hexdigest()[:10]
    return Mark(settings.data_dir / f"stored-{place}.sha256")
