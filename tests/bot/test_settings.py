"""Reading the environment."""

import re
from pathlib import Path

import pytest

from bot.settings import DEFAULT_MODELS, PROJECT, Secret, Settings
from core.errors import ConfigurationError
from tests.conftest import NO_ENV_FILE, VARIABLES, settings_with


def test_nothing_has_to_be_set() -> None:
    settings = settings_with({})
    assert settings.data_dir == PROJECT / ".matinee"
    assert settings.qdrant_endpoint is None
    assert settings.catalogue is None


def test_all_problems_are_reported_together_each_with_its_variable() -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings_with(
            {
                "QDRANT_ENDPOINT": "localhost:6333",
                "ENCODER_THREADS": "many",
                "RANK_RATING_WEIGHT": "-1",
                "LOG_LEVEL": "loud",
                "MATINEE_CATALOGUE": "/nowhere/titles.jsonl",
                "OPENAI_API_KEY": "sk-secret with space",
            }
        )
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "MATINEE_CATALOGUE",
        "ENCODER_THREADS",
        "QDRANT_ENDPOINT",
        "OPENAI_API_KEY",
        "RANK_RATING_WEIGHT",
        "LOG_LEVEL",
    ]
    assert "sk-secret" not in str(caught.value)


def test_collections_without_a_server_are_a_mistake() -> None:
    with pytest.raises(ConfigurationError, match="set QDRANT_ENDPOINT"):
        settings_with({"QDRANT_MOVIE_COLLECTION_NAME": "movies"})


def test_a_model_that_reads_along_needs_its_key_and_a_whole_name() -> None:
    with pytest.raises(ConfigurationError, match="set OPENAI_API_KEY too"):
        settings_with({"UNDERSTANDING_MODEL": "openai:small"})
    for wrong in ("small", "openai:", "mistral:small"):
        with pytest.raises(ConfigurationError, match="UNDERSTANDING_MODEL: must be openai:MODEL"):
            settings_with({"UNDERSTANDING_MODEL": wrong, "OPENAI_API_KEY": "sk-secret"})
    for wrong in ("0", "fast", "99"):
        with pytest.raises(ConfigurationError, match=r"UNDERSTANDING_SECONDS: must be .* from 0\.1 to 10"):
            settings_with({"UNDERSTANDING_SECONDS": wrong})
    both = {"UNDERSTANDING_MODEL": "anthropic:a:b", "ANTHROPIC_API_KEY": "sk-secret"}
    named = settings_with(both).understanding_model
    assert named is not None
    assert (named.vendor, named.model) == ("anthropic", "a:b")


def test_a_password_in_the_url_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigurationError, match="QDRANT_API_KEY") as caught:
        settings_with({"QDRANT_ENDPOINT": "https://me:hunter2@host:6333"})
    assert "hunter2" not in str(caught.value)


def test_secrets_show_nowhere() -> None:
    keys = {name: f"hush-{name}" for name in VARIABLES if name.endswith(("_KEY", "_TOKEN", "_SECRET"))}
    settings = settings_with(keys)
    assert len(keys) >= 5
    assert "hush" not in repr(settings)
    assert "hush" not in str(Secret("hush"))
    assert settings.openai_api_key is not None
    assert settings.openai_api_key.reveal() == "hush-OPENAI_API_KEY"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("EMBEDDING_MODEL=from-file\nLOG_LEVEL=info\n", "utf-8")
    settings = Settings.from_env({"EMBEDDING_MODEL": "from-environment"}, env_file=file)
    assert settings.embedding_model == "from-environment"
    assert settings.log_level == "INFO"


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"\xff\xfe=1")
    with pytest.raises(ConfigurationError, match=r"\.env cannot be read as UTF-8"):
        Settings.from_env({}, env_file=file)


def test_the_example_explains_every_variable_that_is_read_and_no_other() -> None:
    read = set(re.findall(r'reader\.read\(\s*"([A-Z_]+)"', (PROJECT / "bot/settings.py").read_text("utf-8")))
    assert set(VARIABLES) == read


def test_the_example_itself_is_a_valid_file() -> None:
    assert Settings.from_env({}, env_file=PROJECT / ".env.example") == Settings.from_env(
        {}, env_file=NO_ENV_FILE
    )


def test_a_key_is_enough_for_answers_by_its_vendor() -> None:
    assert settings_with({}).answer_models == ()
    both = settings_with({"OPENAI_API_KEY": "sk-secret", "ANTHROPIC_API_KEY": "sk-secret"})
    assert [str(model) for model in both.answer_models] == [
        f"openai:{DEFAULT_MODELS['openai']}",
        f"anthropic:{DEFAULT_MODELS['anthropic']}",
    ]
    assert settings_with({"OPENAI_API_KEY": "sk-secret", "ANSWER_MODELS": "none"}).answer_models == ()


def test_models_are_named_in_order_and_need_a_key_or_a_server_of_ones_own() -> None:
    named = {"ANSWER_MODELS": "anthropic:a, openai:b"}
    with pytest.raises(ConfigurationError) as caught:
        settings_with(named)
    assert "ANSWER_MODELS names a model of openai; set OPENAI_API_KEY too" in str(caught.value)
    assert "set ANTHROPIC_API_KEY too" in str(caught.value)
    own = {"OPENAI_BASE_URL": "http://localhost:8000/v1", "ANTHROPIC_API_KEY": "sk-secret"}
    settings = settings_with({**named, **own})
    assert [str(model) for model in settings.answer_models] == ["anthropic:a", "openai:b"]
    assert settings.key_for("openai") is not None


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("ANSWER_MODELS", "gpt"),
        ("ANSWER_TEMPERATURE", "hot"),
        ("ANSWER_MAX_TOKENS", "5"),
        ("ANSWER_TITLES", "100"),
        ("ANSWER_HISTORY_TOKENS", "-1"),
        ("ANSWER_CONNECT_SECONDS", "0"),
        ("ANSWER_FIRST_TOKEN_SECONDS", "600"),
        ("ANSWER_TOTAL_SECONDS", "soon"),
    ],
)
def test_limits_of_answers_say_what_they_may_be(name: str, wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name}: must be"):
        settings_with({name: wrong})


def test_memory_and_budgets_are_settings() -> None:
    default = settings_with({})
    assert default.keep_message_text
    assert (default.retention.conversations, default.retention.events) == (30 * 86_400, 86_400)
    assert default.limits.user.requests_per_minute == 10
    assert default.limits.server == default.limits.everyone
    chosen = settings_with(
        {
            "KEEP_MESSAGE_TEXT": "no",
            "CONVERSATION_DAYS": "7",
            "EVENT_HOURS": "0.5",
            "TOTAL_TOKENS_PER_DAY": "0",
        }
    )
    assert not chosen.keep_message_text
    assert (chosen.retention.conversations, chosen.retention.events) == (7 * 86_400, 1_800)
    assert chosen.limits.everyone.tokens_per_day == 0


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "mysql://user:secret@host/db"),
        ("KEEP_MESSAGE_TEXT", "perhaps"),
        ("CONVERSATION_DAYS", "for ever"),
        ("USER_REQUESTS_PER_MINUTE", "-1"),
    ],
)
def test_a_wrong_one_is_named_without_its_secret(variable: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{variable}: must be") as caught:
        settings_with({variable: value})
    assert "secret" not in str(caught.value)


def test_the_address_of_a_database_is_a_secret() -> None:
    assert "hunter2" not in repr(settings_with({"DATABASE_URL": "postgres://ann:hunter2@host/state"}))
