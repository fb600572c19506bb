"""Vectors kept by content."""

from pathlib import Path

import numpy as np
import pytest

from core.catalog.vectors import VectorCache, vector_file
from tests.scripted import DIMENSIONS, HashEncoder

RECORD_BYTES = 16 + 2 * DIMENSIONS


async def test_a_text_is_encoded_once_and_found_again_later(tmp_path: Path) -> None:
    encoder = HashEncoder()
    cache = VectorCache(encoder, tmp_path / "v.f16")
    first = await cache.encode(["a", "b", "a"])
    assert encoder.encoded == ["a", "b"]
    again = VectorCache(encoder, tmp_path / "v.f16")
    assert await again.encode(["b", "a"]) == pytest.approx(first[[1, 0]])
    assert encoder.encoded == ["a", "b"]
    assert np.linalg.norm(first, axis=1) == pytest.approx(np.ones(3))


async def test_a_record_cut_short_by_a_crash_is_written_over(tmp_path: Path) -> None:
    encoder, path = HashEncoder(), tmp_path / "v.f16"
    await VectorCache(encoder, path).encode(["a", "b"])
    path.write_bytes(path.read_bytes()[: RECORD_BYTES + 7])
    cache = VectorCache(encoder, path)
    assert "a" in cache
    assert "b" not in cache
    await cache.encode(["b", "c"])
    assert path.stat().st_size == 3 * RECORD_BYTES
    assert {"a", "b", "c"} <= {text for text in "abc" if text in VectorCache(encoder, path)}


async def test_shipped_vectors_are_read_and_never_written(tmp_path: Path) -> None:
    encoder, shipped = HashEncoder(), tmp_path / "shipped.f16"
    await VectorCache(encoder, shipped).encode(["a"])
    before = shipped.read_bytes()
    cache = VectorCache(encoder, tmp_path / "own.f16", shipped=[shipped, tmp_path / "absent.f16"])
    await cache.encode(["a", "b"])
    assert encoder.encoded == ["a", "b"]
    assert shipped.read_bytes() == before
    assert (tmp_path / "own.f16").stat().st_size == RECORD_BYTES


async def test_nothing_is_read_before_it_is_asked_for_and_all_again_after_a_release(tmp_path: Path) -> None:
    encoder, path = HashEncoder(), tmp_path / "v.f16"
    cache = VectorCache(encoder, path)
    await VectorCache(encoder, path).encode(["a"])
    assert "a" in cache, "it was written after the cache was made"
    cache.release()
    await VectorCache(encoder, path).encode(["b"])
    assert "b" in cache


async def test_no_texts_are_no_vectors(tmp_path: Path) -> None:
    vectors = await VectorCache(HashEncoder(), tmp_path / "v.f16").encode([])
    assert vectors.shape == (0, DIMENSIONS)


def test_another_encoder_has_another_file(tmp_path: Path) -> None:
    one, other = HashEncoder(), HashEncoder()
    other.fingerprint = "other"
    assert vector_file(tmp_path, one) != vector_file(tmp_path, other)
