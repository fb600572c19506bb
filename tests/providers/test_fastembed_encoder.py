"""The bundled encoder, for real."""

import asyncio
import threading
from pathlib import Path

import numpy as np
import pytest

from core.errors import EncoderUnavailable
from core.providers.fastembed_encoder import FastembedEncoder, load_bundled, load_by_name


@pytest.fixture(scope="module")
def encoder() -> FastembedEncoder:
    return load_bundled()


async def test_vectors_are_unit_and_mean_something(encoder: FastembedEncoder) -> None:
    texts = ["a gangster film about loyalty", "mafia family drama", "how penguins cross the ice"]
    vectors = await encoder.encode_documents(texts)
    assert vectors.shape == (3, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


async def test_a_vector_depends_on_its_text_alone(encoder: FastembedEncoder) -> None:
    """Whatever is encoded beside it, in whatever order."""
    texts = ["word " * length for length in (90, 3, 40, 1, 200)]
    together = await encoder.encode_documents(texts)
    alone = np.array([(await encoder.encode_documents([text]))[0] for text in texts])
    assert together == pytest.approx(alone, abs=1e-6)


async def test_queries_and_documents_share_a_space(encoder: FastembedEncoder) -> None:
    query = await encoder.encode_query("a rainy night")
    document = (await encoder.encode_documents(["a rainy night"]))[0]
    assert query @ document == pytest.approx(1.0, abs=0.001)


async def test_what_is_past_the_cap_of_tokens_is_cut(encoder: FastembedEncoder) -> None:
    long = "alpha " * 300
    one, other = await encoder.encode_documents([long + "penguins", long + "gangsters"])
    assert one @ other == pytest.approx(1.0, abs=1e-4)


async def test_encoding_leaves_the_event_loop_free(encoder: FastembedEncoder) -> None:
    """It runs in a thread of its own, and other coroutines go on meanwhile."""
    before = threading.active_count()
    work = asyncio.create_task(encoder.encode_documents(["some words about a film"] * 64))
    steps = 0
    while not work.done():
        await asyncio.sleep(0)
        steps += 1
    assert steps > 10
    assert threading.active_count() <= before + 1


def test_an_unknown_name_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailable, match="no model called 'nobody/nothing'"):
        load_by_name("nobody/nothing", tmp_path)


def test_a_model_whose_files_are_not_there_names_it_and_the_way_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Offline as the tests are, nothing is asked of a hub."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EncoderUnavailable, match=r"BAAI/bge-small-en-v1\.5.*unset EMBEDDING_MODEL"):
        load_by_name("BAAI/bge-small-en-v1.5", tmp_path)
