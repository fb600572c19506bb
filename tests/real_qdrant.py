"""The real Qdrant server that the index contract asks instead of the stand-in, where one is named.

Read before any test changes the environment.
"""

import os

__all__ = ["ENDPOINT", "KEY"]

ENDPOINT = os.environ.get("QDRANT_ENDPOINT", "")
KEY = os.environ.get("QDRANT_API_KEY") or None
