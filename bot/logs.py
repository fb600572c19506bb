"""Logs to standard error, and reports of errors to Sentry. Neither holds the text of a message."""

import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TextIO

import sentry_sdk
import structlog

__all__ = ["configure_logs", "error_reports"]

_FLUSH_SECONDS = 2.0


class _Lines(logging.StreamHandler[TextIO]):
    """Ours: whoever else handles logs in this process is left alone."""


def _event_once(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Other handlers leave the text in a field of the record, where it would be taken for one of ours."""
    event.pop("message", None)
    return event


def configure_logs(level: str, *, as_json: bool, stream: TextIO | None = None) -> None:
    """One line an event: a JSON object, or plain words for a terminal.

    Other packages are heard from WARNING up alone: below it some of them log requests with their text.

    Args:
        level: Of Matinee's own events.
        as_json: Whether each line is a JSON object.
        stream: Where lines go; standard error by default.
    """
    target = sys.stderr if stream is None else stream
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=target.isatty(),
            pad_event_to=0,
            exception_formatter=structlog.dev.plain_traceback,  # the default one shows variables too
        )
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            _event_once,
            structlog.processors.TimeStamper("iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *([structlog.processors.format_exc_info] if as_json else []),
            renderer,
        ],
    )
    root = logging.getLogger()
    for earlier in [handler for handler in root.handlers if isinstance(handler, _Lines)]:
        root.removeHandler(earlier)
    handler = _Lines(target)
    handler.setFormatter(formatter)
    root.addHandler(handler)
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    logging.getLogger("matinee").setLevel(level)


@contextmanager
def error_reports(dsn: str) -> Iterator[None]:
    """Send what is logged as an error to Sentry: where it happened and its kind, no variable, no request.

    Args:
        dsn: The address of a project there.
    """
    sentry_sdk.init(
        dsn,
        data_collection={
            "user_info": False,
            "http_bodies": [],
            "database_query_data": False,
            "gen_ai": {"inputs": False, "outputs": False},
            "stack_frame_variables": False,
        },
        auto_enabling_integrations=False,
        traces_sample_rate=0.0,
    )
    try:
        yield
    finally:
        sentry_sdk.get_client().close(timeout=_FLUSH_SECONDS)
