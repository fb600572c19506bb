"""What log lines would show: messages and fields."""

import pytest

__all__ = ["logged"]

_STANDARD = {"msg", "args", "exc_info", "pathname", "filename", "module"}


def logged(caplog: pytest.LogCaptureFixture, logger: str = "matinee") -> str:
    """All lines of Matinee's loggers, each with its fields."""
    records = [record for record in caplog.records if record.name.startswith(logger)]
    fields = [{key: value for key, value in vars(item).items() if key not in _STANDARD} for item in records]
    return "\n".join(f"{record.getMessage()} {told}" for record, told in zip(records, fields, strict=True))
