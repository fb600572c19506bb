"""Which browser there is on this machine."""

import shutil

__all__ = ["CHROMIUM"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""Where it is; None where there is none."""
