"""What a model's server says went wrong → one of our errors. Shared by the vendors, whose codes are alike.

https://platform.openai.com/docs/guides/error-codes and https://docs.anthropic.com/en/api/errors
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from core.errors import (
    ContentRefused,
    ModelBusy,
    ModelFault,
    ModelForbidden,
    ModelMisconfigured,
    ModelNotFound,
    ModelQuotaExhausted,
    ModelTimeout,
    ModelUnavailable,
    PromptTooLong,
)

__all__ = ["ServerError", "faults_mapped", "retry_after"]

_BY_CODE: Mapping[str, type[ModelFault]] = {
    "insufficient_quota": ModelQuotaExhausted,
    "billing_hard_limit_reached": ModelQuotaExhausted,
    "billing_error": ModelQuotaExhausted,
    "context_length_exceeded": PromptTooLong,
    "request_too_large": PromptTooLong,
    "content_filter": ContentRefused,
    "content_policy_violation": ContentRefused,
    "invalid_api_key": ModelForbidden,
    "authentication_error": ModelForbidden,
    "permission_error": ModelForbidden,
    "model_not_found": ModelNotFound,
    "not_found_error": ModelNotFound,
    "timeout_error": ModelTimeout,
    "overloaded_error": ModelBusy,
    "rate_limit_error": ModelBusy,
    "rate_limit_exceeded": ModelBusy,
    "api_error": ModelUnavailable,
    "server_error": ModelUnavailable,
}
_BY_STATUS: Mapping[int, type[ModelFault]] = {
    401: ModelForbidden,
    402: ModelQuotaExhausted,
    403: ModelForbidden,
    404: ModelNotFound,
    408: ModelTimeout,
    409: ModelUnavailable,
    413: PromptTooLong,
    429: ModelBusy,
    499: ModelUnavailable,
    504: ModelTimeout,
    529: ModelBusy,
}
# Anthropic, and many servers that speak OpenAI's protocol, have no code for it.
_TOO_LONG = re.compile(
    r"prompt is too long|context (length|window|size)|maximum context|too many tokens", re.IGNORECASE
)
_WORDS: Mapping[type[ModelFault], str] = {
    ModelBusy: "is overloaded, or was asked too often",
    ModelForbidden: "refuses the key",
    ModelMisconfigured: "does not take the request",
    ModelNotFound: "has no model of that name",
    ModelQuotaExhausted: "has no credit left for this key",
    ModelTimeout: "took too long",
    ModelUnavailable: "is away",
    PromptTooLong: "finds the prompt too long",
    ContentRefused: "refuses to answer that",
}
# A server that asks to wait longer is asked again after this anyway.
_LONGEST_RETRY_AFTER = 3_600.0


@dataclass(frozen=True, slots=True)
class ServerError:
    """What is known of a refused request."""

    vendor: str
    """As it is written: `OpenAI`."""
    status: int | None
    """HTTP status; None, or 200, where the error came inside a stream."""
    codes: tuple[str | None, ...]
    """The server's own codes and types, the most telling first."""
    text: str
    """The server's words: read, never shown or logged, for they may quote the key or the prompt."""
    retry_after_seconds: float | None = None

    def fault(self) -> ModelFault:
        """The error that it is for us."""
        kind = self._kind()
        status = f" (HTTP {self.status})" if self.status not in (None, 200) else ""
        message = f"{self.vendor}'s server {_WORDS[kind]}{status}"
        return ModelBusy(message, self.retry_after_seconds) if kind is ModelBusy else kind(message)

    def _kind(self) -> type[ModelFault]:
        for code in self.codes:
            if code is not None and code in _BY_CODE:
                return _BY_CODE[code]
        if self.status in (400, 422) and _TOO_LONG.search(self.text):
            return PromptTooLong
        if self.status is None:
            return ModelUnavailable
        refused = 400 <= self.status < 500
        return _BY_STATUS.get(self.status, ModelMisconfigured if refused else ModelUnavailable)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a `Retry-After` header; None where there is none, or a date.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(seconds, _LONGEST_RETRY_AFTER) if seconds >= 0 else None


@contextmanager
def faults_mapped(fault_of: Callable[[Exception], ModelFault]) -> Iterator[None]:
    """Turn every error of a vendor's client into ours, around the call and around the reading of a stream.

    The vendor's error is not chained: its text may hold the key or the prompt.
    """
    try:
        yield
    except ModelFault:
        raise
    except Exception as error:
        raise fault_of(error) from None
