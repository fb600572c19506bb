"""Whether the packages of `requirements-models.txt` are on this machine."""

from importlib.util import find_spec

import pytest

__all__ = ["MISSING", "WITH_MODELS"]

MISSING = [
    name
    for name in ("torch", "sentence_transformers", "datasets", "accelerate", "onnx")
    if not find_spec(name)
]

WITH_MODELS = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
"""Of tests that need them."""
