"""The folder of MATINEE_DATA_DIR, where all that is made on this machine is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import ConfigurationError, DiskFull, is_full

__all__ = ["writing_data"]


@contextmanager
def writing_data(folder: Path, kept: str = "what was there is untouched") -> Iterator[None]:
    """Turn what the system says of writing there into our errors.

    Args:
        folder: What is written to.
        kept: What the reader is told of what was there before.

    Raises:
        DiskFull: there is no room.
        ConfigurationError: it cannot be written for another reason.
    """
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise DiskFull(f"no room left in {folder}; {kept}") from error
        reason = error.strerror or error
        raise ConfigurationError(f"MATINEE_DATA_DIR: {folder} cannot be written ({reason})") from error
