"""The only reader of the environment. Frozen; reports everything that is wrong at once."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values

from adapters.lanes import Overlap
from core.errors import ConfigurationError
from core.memory.budgets import Budget, Limits
from core.memory.records import Retention
from core.ranking import BlendWeights

__all__ = ["DEFAULT_MODELS", "PROJECT", "ModelName", "Secret", "Settings"]

PROJECT = Path(__file__).parents[1]
# Who answers where only a key is set: models that begin to write at once, without thinking first.
DEFAULT_MODELS = {"openai": "gpt-4.1-mini", "anthropic": "claude-haiku-4-5"}

_Value = TypeVar("_Value")


_HOUR, _DAY = 3_600, 86_400


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A key. Shown nowhere; `reveal` hands it to the vendor's client."""

    _value: str

    def reveal(self) -> str:
        """The key itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True, slots=True)
class ModelName:
    """A language model and who serves it."""

    vendor: str
    """`openai` or `anthropic`."""
    model: str

    def __str__(self) -> str:
        return f"{self.vendor}:{self.model}"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. `.env.example` explains each variable."""

    data_dir: Path
    """MATINEE_DATA_DIR: indexes, vectors and downloaded models."""
    catalogue: tuple[Path, ...] | None
    """MATINEE_CATALOGUE: files to use instead of the bundled ones."""
    embedding_model: str | None
    """EMBEDDING_MODEL: a fastembed or sentence-transformers model instead of the bundled one."""
    encoder_threads: int | None
    """ENCODER_THREADS: documents encoded at once; one per core by default."""
    qdrant_endpoint: str | None
    """QDRANT_ENDPOINT: server or cloud instead of the embedded index."""
    qdrant_api_key: Secret | None
    movie_collection: str | None
    """QDRANT_MOVIE_COLLECTION_NAME, or QDRANT_MOVIE_COLLECTION_NAME_BGE."""
    tv_collection: str | None
    """QDRANT_TV_COLLECTION_NAME, or QDRANT_TV_COLLECTION_NAME_BGE."""
    collections_only_read: bool
    """Whether they are only read, and have to be there: where --collection or a name with _BGE says them."""
    openai_api_key: Secret | None
    anthropic_api_key: Secret | None
    openai_base_url: str | None
    """OPENAI_BASE_URL: another server that speaks OpenAI's protocol."""
    anthropic_base_url: str | None
    """ANTHROPIC_BASE_URL."""
    understanding_model: ModelName | None
    """UNDERSTANDING_MODEL: read beside the local understanding; none by default."""
    understanding_seconds: float
    """UNDERSTANDING_SECONDS: how long that model is waited for."""
    answer_models: tuple[ModelName, ...]
    """ANSWER_MODELS: who writes answers, in the order asked; the composer alone where empty."""
    answer_temperature: float | None
    """ANSWER_TEMPERATURE: sent with every prompt; the model's own where unset."""
    answer_tokens: int
    """ANSWER_MAX_TOKENS: the longest answer of a model."""
    answer_titles: int
    """ANSWER_TITLES: how many titles a model may choose from."""
    answer_history_tokens: int
    """ANSWER_HISTORY_TOKENS: how much of the conversation goes along."""
    answer_connect_seconds: float
    """ANSWER_CONNECT_SECONDS: how long a connection to a model's server may take."""
    answer_first_token_seconds: float
    """ANSWER_FIRST_TOKEN_SECONDS: how long a model may be silent before the next is asked."""
    answer_total_seconds: float
    """ANSWER_TOTAL_SECONDS: how long an answer may take, all models together."""
    weights: BlendWeights
    """RANK_RATING_WEIGHT, RANK_POPULARITY_WEIGHT, RANK_WISHED_POPULARITY_WEIGHT,
    RANK_DESCRIBED_WEIGHT."""
    database_url: Secret | None
    """DATABASE_URL: PostgreSQL instead of a SQLite file in the data folder."""
    keep_message_text: bool
    """KEEP_MESSAGE_TEXT: whether the text of messages is kept at rest."""
    retention: Retention
    """CONVERSATION_DAYS, EVENT_HOURS."""
    limits: Limits
    """USER_, SERVER_ and TOTAL_, each with REQUESTS_PER_MINUTE, REQUESTS_PER_DAY, TOKENS_PER_DAY."""
    tmdb_token: Secret | None
    """TMDB_TOKEN: TMDB's "API Read Access Token", to take in titles."""
    tmdb_api_key: Secret | None
    """TMDB_API_KEY: its older "API Key", where there is no token."""
    tmdb_api_url: str | None
    """TMDB_API_URL: another server that speaks the same, with the version in its path."""
    discord_token: Secret | None
    """DISCORD_TOKEN: answer on Discord."""
    discord_guild_ids: tuple[int, ...]
    """DISCORD_GUILD_IDS: servers that commands are registered on, instead of everywhere."""
    discord_message_content: bool
    """DISCORD_MESSAGE_CONTENT: whether the application has that intent."""
    discord_shard_count: int | None
    """DISCORD_SHARD_COUNT: how many shards all workers have together, instead of what Discord advises."""
    discord_shard_ids: tuple[int, ...]
    """DISCORD_SHARD_IDS: which of them are this worker's."""
    discord_api_url: str | None
    """DISCORD_API_URL: another server than Discord's, with the version in its path."""
    discord_gateway_url: str | None
    """DISCORD_GATEWAY_URL: its gateway."""
    slack_bot_token: Secret | None
    """SLACK_BOT_TOKEN: answer on Slack, in one workspace."""
    slack_app_token: Secret | None
    """SLACK_APP_TOKEN: hear through Socket Mode."""
    slack_signing_secret: Secret | None
    """SLACK_SIGNING_SECRET: hear through requests to PORT."""
    slack_client_id: str | None
    """SLACK_CLIENT_ID: answer in many workspaces, in which people install the app."""
    slack_client_secret: Secret | None
    slack_api_url: str | None
    """SLACK_API_URL: another server than Slack's, with `/api` in its path."""
    overlap: Overlap
    """OVERLAP: what a message does to the one before it in its conversation."""
    parallel_answers: int
    """PARALLEL_ANSWERS: how many conversations a worker answers at once."""
    waiting_answers: int
    """WAITING_ANSWERS: how many requests may wait for one of these."""
    port: int | None
    """PORT: where health, readiness and metrics are served to everyone; on loopback alone where unset."""
    metrics_token: Secret | None
    """METRICS_TOKEN: asked for by /metrics; without one it is served on loopback alone."""
    drain_seconds: float
    """DRAIN_SECONDS: how long a worker that is told to stop goes on with answers under way."""
    log_level: str | None
    """LOG_LEVEL: INFO in the worker, WARNING elsewhere, where unset."""
    json_logs: bool
    """LOG_FORMAT: json, or console where unset."""
    sentry_dsn: Secret | None
    """SENTRY_DSN: where errors are reported; nowhere where unset."""

    @classmethod
    def from_env(
        cls, environment: Mapping[str, str] | None = None, env_file: Path = PROJECT / ".env"
    ) -> Self:
        """Read the environment, over the `.env` file where there is one.

        Raises:
            ConfigurationError: one or more variables are wrong; the message lists them all.
        """
        given = os.environ if environment is None else environment
        try:
            in_file = {key: value for key, value in dotenv_values(env_file).items() if value is not None}
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{env_file} cannot be read as UTF-8 text: {error}") from error
        reader = _Reader({**in_file, **given})
        bge_movies = reader.read("QDRANT_MOVIE_COLLECTION_NAME_BGE", str, None)
        bge_series = reader.read("QDRANT_TV_COLLECTION_NAME_BGE", str, None)
        movies = reader.read("QDRANT_MOVIE_COLLECTION_NAME", str, None)
        series = reader.read("QDRANT_TV_COLLECTION_NAME", str, None)
        default, default_retention = BlendWeights(), Retention()
        settings = cls(
            data_dir=reader.read("MATINEE_DATA_DIR", _path, PROJECT / ".matinee"),
            catalogue=reader.read("MATINEE_CATALOGUE", _existing_files, None),
            embedding_model=reader.read("EMBEDDING_MODEL", str, None),
            encoder_threads=reader.read("ENCODER_THREADS", _positive, None),
            qdrant_endpoint=reader.read("QDRANT_ENDPOINT", _url, None),
            qdrant_api_key=reader.read("QDRANT_API_KEY", _secret, None),
            movie_collection=movies or bge_movies,
            tv_collection=series or bge_series,
            collections_only_read=bool((bge_movies and not movies) or (bge_series and not series)),
            openai_api_key=reader.read("OPENAI_API_KEY", _secret, None),
            anthropic_api_key=reader.read("ANTHROPIC_API_KEY", _secret, None),
            openai_base_url=reader.read("OPENAI_BASE_URL", _url, None),
            anthropic_base_url=reader.read("ANTHROPIC_BASE_URL", _url, None),
            understanding_model=reader.read("UNDERSTANDING_MODEL", _model_name, None),
            understanding_seconds=reader.read("UNDERSTANDING_SECONDS", _seconds(10), 1.0),
            answer_models=reader.read("ANSWER_MODELS", _model_names, _default_models(reader)),
            answer_temperature=reader.read("ANSWER_TEMPERATURE", _temperature, None),
            answer_tokens=reader.read("ANSWER_MAX_TOKENS", _whole(100, 8_000), 900),
            answer_titles=reader.read("ANSWER_TITLES", _whole(3, 32), 12),
            answer_history_tokens=reader.read("ANSWER_HISTORY_TOKENS", _whole(0, 20_000), 1_000),
            answer_connect_seconds=reader.read("ANSWER_CONNECT_SECONDS", _seconds(60), 3.0),
            answer_first_token_seconds=reader.read("ANSWER_FIRST_TOKEN_SECONDS", _seconds(60), 8.0),
            answer_total_seconds=reader.read("ANSWER_TOTAL_SECONDS", _seconds(300), 40.0),
            weights=BlendWeights(
                reader.read("RANK_RATING_WEIGHT", _weight, default.rating),
                reader.read("RANK_POPULARITY_WEIGHT", _weight, default.popularity),
                reader.read("RANK_WISHED_POPULARITY_WEIGHT", _weight, default.wished_popularity),
                reader.read("RANK_DESCRIBED_WEIGHT", _weight, default.described),
            ),
            database_url=reader.read("DATABASE_URL", _database_url, None),
            keep_message_text=reader.read("KEEP_MESSAGE_TEXT", _yes_or_no, True),
            retention=Retention(
                conversations=reader.read("CONVERSATION_DAYS", _span(_DAY), default_retention.conversations),
                events=reader.read("EVENT_HOURS", _span(_HOUR), default_retention.events),
            ),
            limits=Limits(
                user=Budget(
                    reader.read("USER_REQUESTS_PER_MINUTE", _limit, Limits().user.requests_per_minute),
                    reader.read("USER_TOKENS_PER_DAY", _limit, None),
                    reader.read("USER_REQUESTS_PER_DAY", _limit, None),
                ),
                server=Budget(
                    reader.read("SERVER_REQUESTS_PER_MINUTE", _limit, None),
                    reader.read("SERVER_TOKENS_PER_DAY", _limit, None),
                    reader.read("SERVER_REQUESTS_PER_DAY", _limit, None),
                ),
                everyone=Budget(
                    reader.read("TOTAL_REQUESTS_PER_MINUTE", _limit, None),
                    reader.read("TOTAL_TOKENS_PER_DAY", _limit, None),
                    reader.read("TOTAL_REQUESTS_PER_DAY", _limit, None),
                ),
            ),
            tmdb_token=reader.read("TMDB_TOKEN", _secret, None),
            tmdb_api_key=reader.read("TMDB_API_KEY", _secret, None),
            tmdb_api_url=reader.read("TMDB_API_URL", _server_url("http", "https"), None),
            discord_token=reader.read("DISCORD_TOKEN", _secret, None),
            discord_guild_ids=reader.read("DISCORD_GUILD_IDS", _ids, ()),
            discord_message_content=reader.read("DISCORD_MESSAGE_CONTENT", _yes_or_no, False),
            discord_shard_count=reader.read("DISCORD_SHARD_COUNT", _whole(1, 10_000), None),
            discord_shard_ids=reader.read("DISCORD_SHARD_IDS", _ids, ()),
            discord_api_url=reader.read("DISCORD_API_URL", _server_url("http", "https"), None),
            discord_gateway_url=reader.read("DISCORD_GATEWAY_URL", _server_url("ws", "wss"), None),
            slack_bot_token=reader.read("SLACK_BOT_TOKEN", _secret, None),
            slack_app_token=reader.read("SLACK_APP_TOKEN", _secret, None),
            slack_signing_secret=reader.read("SLACK_SIGNING_SECRET", _secret, None),
            slack_client_id=reader.read("SLACK_CLIENT_ID", str, None),
            slack_client_secret=reader.read("SLACK_CLIENT_SECRET", _secret, None),
            slack_api_url=reader.read("SLACK_API_URL", _server_url("http", "https"), None),
            overlap=reader.read("OVERLAP", _overlap, Overlap.NEWEST_WINS),
            parallel_answers=reader.read("PARALLEL_ANSWERS", _whole(1, 1_000), 16),
            waiting_answers=reader.read("WAITING_ANSWERS", _whole(0, 10_000), 64),
            port=reader.read("PORT", _whole(1, 65_535), None),
            metrics_token=reader.read("METRICS_TOKEN", _secret, None),
            drain_seconds=reader.read("DRAIN_SECONDS", _drain, 20.0),
            log_level=reader.read("LOG_LEVEL", _log_level, None),
            json_logs=reader.read("LOG_FORMAT", _json_logs, False),
            sentry_dsn=reader.read("SENTRY_DSN", _sentry_dsn, None),
        )
        collections = (settings.movie_collection, settings.tv_collection)
        if any(collections) and not settings.qdrant_endpoint:
            reader.problems.append(
                "QDRANT_MOVIE_COLLECTION_NAME and QDRANT_TV_COLLECTION_NAME (also with _BGE) name "
                "collections of a server; set QDRANT_ENDPOINT to its URL, or unset them"
            )
        named = [("UNDERSTANDING_MODEL", settings.understanding_model)]
        named += [("ANSWER_MODELS", model) for model in settings.answer_models]
        for variable, model in named:
            if model is not None and reader.given(variable) and settings.key_for(model.vendor) is None:
                reader.problems.append(
                    f"{variable} names a model of {model.vendor}; set {model.vendor.upper()}_API_KEY too"
                )
        if reader.problems:
            raise ConfigurationError("\n".join(reader.problems))
        return settings

    def searching(self, collections: str) -> Self:
        """The same, but for collections that are only read: one, or one of films and one of series.

        Args:
            collections: Their names, separated by a comma.

        Raises:
            ConfigurationError: there is no server, or there are more names than two.
        """
        names = [name.strip() for name in collections.split(",")]
        if not all(names) or len(names) > 2:
            raise ConfigurationError(
                "--collection takes one name, or one of films and one of series: FILMS,SERIES"
            )
        if self.qdrant_endpoint is None:
            raise ConfigurationError(
                "--collection names a collection of a server; set QDRANT_ENDPOINT to its URL"
            )
        return replace(self, movie_collection=names[0], tv_collection=names[-1], collections_only_read=True)

    def key_for(self, vendor: str) -> Secret | None:
        """The key for a vendor's models; another server than the vendor's own may need none."""
        key, url = (
            (self.openai_api_key, self.openai_base_url)
            if vendor == "openai"
            else (self.anthropic_api_key, self.anthropic_base_url)
        )
        return key or (Secret("none") if url else None)


class _Reader:
    """Reads variables, collecting problems instead of stopping at the first."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.problems: list[str] = []

    def given(self, name: str) -> bool:
        """Whether a variable is set to something."""
        return bool(self._values.get(name, "").strip())

    def read(self, name: str, parse: Callable[[str], _Value], default: _Value) -> _Value:
        """The parsed value of a variable; `default` where it is unset, empty or wrong."""
        text = self._values.get(name, "").strip()
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return default


def _path(text: str) -> Path:
    return Path(text).expanduser().resolve()


def _existing_files(text: str) -> tuple[Path, ...]:
    paths = tuple(_path(part) for part in text.split(os.pathsep))
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise ValueError(f"no such file: {', '.join(missing)}")
    return paths


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = None, None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a URL such as https://xyz.cloud.qdrant.io:6333")
    if parts.username or parts.password:
        raise ValueError("must not hold a password; put the key into QDRANT_API_KEY")
    return text if port else text.rstrip("/")


def _secret(text: str) -> Secret:
    if any(char.isspace() or not char.isprintable() for char in text):
        raise ValueError("holds white space or control characters; copy the key again")
    return Secret(text)


def _model_name(text: str) -> ModelName:
    vendor, colon, model = text.partition(":")
    if vendor not in ("openai", "anthropic") or not colon or not model:
        raise ValueError(f"must be openai:MODEL or anthropic:MODEL, not {text!r}")
    return ModelName(vendor, model)


def _model_names(text: str) -> tuple[ModelName, ...]:
    if text.lower() == "none":
        return ()
    return tuple(_model_name(part.strip()) for part in text.split(","))


def _default_models(reader: _Reader) -> tuple[ModelName, ...]:
    """A quick, inexpensive model of each vendor whose key is there."""
    return tuple(
        ModelName(vendor, model)
        for vendor, model in DEFAULT_MODELS.items()
        if reader.given(f"{vendor.upper()}_API_KEY")
    )


def _limit(text: str) -> int | None:
    return _whole(0, 10**9)(text)


def _database_url(text: str) -> Secret:
    if not text.startswith(("postgres://", "postgresql://", "postgresql+asyncpg://")):
        raise ValueError("must be like postgres://user:password@host:5432/database; unset it for a file")
    return _secret(text)


def _yes_or_no(text: str) -> bool:
    answers = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if text.lower() not in answers:
        raise ValueError(f"must be yes or no, not {text!r}")
    return answers[text.lower()]


def _span(unit_seconds: int) -> Callable[[str], float]:
    return lambda text: _number(text, 0.01, 36_500) * unit_seconds


def _temperature(text: str) -> float:
    return _number(text, 0, 2)


def _seconds(most: float) -> Callable[[str], float]:
    return lambda text: _number(text, 0.1, most, " of seconds")


def _number(text: str, low: float, high: float, unit: str = "") -> float:
    try:
        number = float(text)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise ValueError(f"must be a number{unit} from {low:g} to {high:g}, not {text!r}")
    return number


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high:,}, not {text!r}")
        return int(text)

    return parse


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"must be a whole number from 1 up, not {text!r}")
    return int(text)


def _weight(text: str) -> float:
    return _number(text, 0, 10)


def _server_url(*schemes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in schemes or not parts.hostname:
            raise ValueError(f"must be a URL that begins with {schemes[-1]}://")
        return text.rstrip("/")

    return read


def _ids(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise ValueError(f"must be numbers separated by commas, not {text!r}")
    return tuple(map(int, parts))


def _drain(text: str) -> float:
    return _number(text, 0, 600, " of seconds")


def _overlap(text: str) -> Overlap:
    if text not in list(Overlap):
        raise ValueError(f"must be {' or '.join(Overlap)}, not {text!r}")
    return Overlap(text)


def _json_logs(text: str) -> bool:
    if text not in ("json", "console"):
        raise ValueError(f"must be json or console, not {text!r}")
    return text == "json"


def _sentry_dsn(text: str) -> Secret:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.username or not parts.path.strip("/").isdigit():
        raise ValueError("must be like https://key@host/1, as the project's settings in Sentry show it")
    return _secret(text)


def _log_level(text: str) -> str:
    levels = ("DEBUG", "INFO", "WARNING", "ERROR")
    if text.upper() not in levels:
        raise ValueError(f"must be one of {', '.join(levels)}, not {text!r}")
    return text.upper()
