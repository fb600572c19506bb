"""Chance that a seed and a text decide alone, so that it falls alike in every process and any order."""

import hashlib

import numpy as np

__all__ = ["fraction", "generator"]


def _digest(parts: tuple[object, ...]) -> bytes:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).digest()


def fraction(*parts: object) -> float:
    """A number from 0 (included) to 1 (excluded), evenly spread over different parts."""
    return int.from_bytes(_digest(parts)[:6], "big") / 2**48


def generator(*parts: object) -> np.random.Generator:
    """A generator of its own for these parts."""
    return np.random.default_rng(int.from_bytes(_digest(parts)[:8], "big"))
