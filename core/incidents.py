"""Faults that nobody foresaw: what is logged of them, and the number by which users can name them."""

import logging
import secrets
import traceback

from core.errors import MatineeError

__all__ = ["new_incident", "unforeseen"]


def new_incident() -> str:
    """Four characters that a user can read out and a host find in the log."""
    return secrets.token_hex(2).upper()


def unforeseen(log: logging.Logger, what: str, error: BaseException) -> str:
    """Log a fault; returns its number. The frames and the class alone: the text of an error that nobody
    foresaw may quote the request.
    """
    incident = new_incident()
    frames = "".join(traceback.format_tb(error.__traceback__))
    kind = type(error).__qualname__
    log.error(what, extra={"incident": incident, "code": MatineeError.code, "error": kind, "frames": frames})
    return incident
