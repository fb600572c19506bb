"""Which browser there is on this machine."""

import shutil

import pytest

__all__ = ["CHROMIUM", "IN_A_BROWSER"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""Where it is; None where there is none."""

IN_A_BROWSER = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
"""Of tests that need one."""
