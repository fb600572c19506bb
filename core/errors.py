"""The error tree. Each class has a code; adapters own the words that a user sees for it.

MatineeError                    fault
├── InvalidRequest              invalid_request      the asker can mend it
│   ├── EmptyRequest            empty_request
│   ├── RequestTooLong          request_too_long
│   ├── UnknownFilterValue      unknown_filter_value (nearest names offered)
│   ├── ContradictoryFilters    contradictory_filters
│   └── ForbiddenGenre          forbidden_genre      not on this server
├── ConfigurationError          configuration        the host can mend it
│   ├── EncoderUnavailable      encoder_unavailable
│   └── VectorSizeMismatch      vector_size_mismatch
├── CatalogueError              catalogue
│   ├── MalformedRow            malformed_row        (counted and reported by line)
│   └── CatalogueBusy           catalogue_busy       another ingest is at work
├── SourceFault                 source               a service that titles are taken from
│   ├── SourceUnavailable       source_unavailable   away for now: try again, it goes on where it stopped
│   └── SourceForbidden         source_forbidden     wrong key, or one without the right
├── ModelFault                  model                a language model did not do what was asked
│   ├── ModelUnavailable        model_unavailable    away, or answering nothing usable: try again later
│   │   ├── ModelTimeout        model_timeout
│   │   └── ModelBusy           model_busy           overloaded, or too many requests
│   ├── ModelMisconfigured      model_misconfigured  the host can mend it
│   │   ├── ModelForbidden      model_forbidden      wrong key, or one that may not use the model
│   │   ├── ModelNotFound       model_not_found      no model of that name
│   │   └── ModelQuotaExhausted model_quota          no credit left
│   ├── PromptTooLong           prompt_too_long      more than the model reads
│   ├── ContentRefused          content_refused      the model will not answer that
│   ├── AnswerCut               answer_cut           broke off after the first words
│   └── AnswerStrayed           answer_strayed       left the titles that it was given
├── IndexFault                  index
│   ├── IndexUnavailable        index_unavailable    away for now: try again
│   ├── IndexForbidden          index_forbidden      wrong or missing key
│   ├── IndexCorrupt            index_corrupt        rebuilt from the catalogue
│   └── DiskFull                disk_full
├── StoreFault                  store                the database did not do what was asked
│   ├── StoreUnavailable        store_unavailable    away or locked: try again
│   ├── StoreForbidden          store_forbidden      wrong user, password or name
│   ├── StoreReadOnly           store_read_only
│   └── StoreNewer              store_newer          made by a newer version
├── ForgedInteraction           forged_interaction   a button's id that we did not sign
└── ExpiredInteraction          expired_interaction  a button that lasts no longer
"""

import errno
from collections.abc import Sequence
from typing import ClassVar

__all__ = [
    "AnswerCut",
    "AnswerStrayed",
    "CatalogueBusy",
    "CatalogueError",
    "ConfigurationError",
    "ContentRefused",
    "ContradictoryFilters",
    "DiskFull",
    "EmptyRequest",
    "EncoderUnavailable",
    "ExpiredInteraction",
    "ForbiddenGenre",
    "ForgedInteraction",
    "IndexCorrupt",
    "IndexFault",
    "IndexForbidden",
    "IndexUnavailable",
    "InvalidRequest",
    "MalformedRow",
    "MatineeError",
    "ModelBusy",
    "ModelFault",
    "ModelForbidden",
    "ModelMisconfigured",
    "ModelNotFound",
    "ModelQuotaExhausted",
    "ModelTimeout",
    "ModelUnavailable",
    "PromptTooLong",
    "RequestTooLong",
    "SourceFault",
    "SourceForbidden",
    "SourceUnavailable",
    "StoreFault",
    "StoreForbidden",
    "StoreNewer",
    "StoreReadOnly",
    "StoreUnavailable",
    "UnknownFilterValue",
    "VectorSizeMismatch",
    "first_line",
    "is_full",
]


def first_line(error: BaseException, limit: int = 200) -> str:
    """Class and first line of a vendor's error, cut to `limit` characters, to quote in one of ours."""
    kind, text = type(error).__name__, str(error).strip()
    return f"{kind}: {text.splitlines()[0][:limit]}" if text else kind


class MatineeError(Exception):
    """Base of every error that Matinee raises on purpose.

    The message is for the engineer who hosts the bot; it never holds a secret.
    """

    code: ClassVar[str] = "fault"
    retry_after_seconds: float | None = None


class InvalidRequest(MatineeError):
    """A request that cannot be answered as it is; the asker can mend it."""

    code = "invalid_request"


class EmptyRequest(InvalidRequest):
    """Nothing is left of the request once white space and control characters are gone."""

    code = "empty_request"


class RequestTooLong(InvalidRequest):
    """The request has more characters than are read."""

    code = "request_too_long"

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"the request has {length:,} characters; at most {limit:,} are read")
        self.length = length
        self.limit = limit


class UnknownFilterValue(InvalidRequest):
    """A genre, service, language … that does not exist; the nearest names are offered."""

    code = "unknown_filter_value"

    def __init__(self, field: str, value: str, nearest: Sequence[str]) -> None:
        hint = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
        super().__init__(f"no {field} is called {value!r}{hint}")
        self.field = field
        self.value = value
        self.nearest = tuple(nearest)


class ContradictoryFilters(InvalidRequest):
    """Filters that no title can meet together, such as a range the wrong way round."""

    code = "contradictory_filters"


class ForbiddenGenre(InvalidRequest):
    """The wish asks for genres that the server does not allow."""

    code = "forbidden_genre"

    def __init__(self, genres: Sequence[str]) -> None:
        super().__init__(f"this server does not recommend {' or '.join(genres)}")
        self.genres = tuple(genres)


class ConfigurationError(MatineeError):
    """A setting that is wrong; the message names the variable and the fix."""

    code = "configuration"


class EncoderUnavailable(ConfigurationError):
    """A model that cannot be loaded; the message says which package or file is missing."""

    code = "encoder_unavailable"


class VectorSizeMismatch(ConfigurationError):
    """A collection whose vectors were made by an encoder of another size."""

    code = "vector_size_mismatch"


class CatalogueError(MatineeError):
    """A catalogue file that cannot be read at all."""

    code = "catalogue"


class MalformedRow(CatalogueError):
    """One row of a catalogue that cannot become a title."""

    code = "malformed_row"


class CatalogueBusy(CatalogueError):
    """Another process takes in titles; only one may at a time."""

    code = "catalogue_busy"


class SourceFault(MatineeError):
    """A service that titles are taken from did not do what was asked of it."""

    code = "source"


class SourceUnavailable(SourceFault):
    """The service is away, overloaded or answers nothing usable; trying again later may help."""

    code = "source_unavailable"


class SourceForbidden(SourceFault):
    """The service refuses the key."""

    code = "source_forbidden"


class ModelFault(MatineeError):
    """A language model did not do what was asked of it."""

    code = "model"


class ModelUnavailable(ModelFault):
    """The model is away or answers nothing that can be used; trying again later may help."""

    code = "model_unavailable"


class ModelTimeout(ModelUnavailable):
    """The model took longer than it may."""

    code = "model_timeout"


class ModelBusy(ModelUnavailable):
    """The model's server is overloaded, or was asked too often; `retry_after_seconds` where it said so."""

    code = "model_busy"

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ModelMisconfigured(ModelFault):
    """The model's server does not take such a request; whoever hosts the bot has to change something."""

    code = "model_misconfigured"


class ModelForbidden(ModelMisconfigured):
    """The key is wrong, or may not use the model."""

    code = "model_forbidden"


class ModelNotFound(ModelMisconfigured):
    """The server has no model of that name."""

    code = "model_not_found"


class ModelQuotaExhausted(ModelMisconfigured):
    """The account has no credit left, or reached its spending limit."""

    code = "model_quota"


class PromptTooLong(ModelFault):
    """The prompt has more tokens than the model reads."""

    code = "prompt_too_long"


class ContentRefused(ModelFault):
    """The model, or a filter before it, will not answer that."""

    code = "content_refused"


class AnswerCut(ModelFault):
    """The answer broke off after its first words."""

    code = "answer_cut"


class AnswerStrayed(ModelFault):
    """The model named a title that it was not given, or none at all."""

    code = "answer_strayed"


class IndexFault(MatineeError):
    """The index did not do what was asked of it."""

    code = "index"


class IndexUnavailable(IndexFault):
    """The index is away for now; trying again later may help."""

    code = "index_unavailable"


class IndexForbidden(IndexFault):
    """The index server refused the key."""

    code = "index_forbidden"


class IndexCorrupt(IndexFault):
    """The index on disk is damaged; it can be rebuilt from the catalogue."""

    code = "index_corrupt"


class DiskFull(IndexFault):
    """There is not enough room to write the index."""

    code = "disk_full"


def is_full(error: OSError) -> bool:
    """Whether there is no room left, on the disk or for its user."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


class StoreFault(MatineeError):
    """The database did not do what was asked of it."""

    code = "store"


class StoreUnavailable(StoreFault):
    """The database is away or locked; trying again later may help."""

    code = "store_unavailable"


class StoreForbidden(StoreFault):
    """The database refuses the user, the password or the name."""

    code = "store_forbidden"


class StoreReadOnly(StoreFault):
    """The database can be read but not written."""

    code = "store_read_only"


class StoreNewer(StoreFault):
    """A newer version of Matinee made the database."""

    code = "store_newer"


class ForgedInteraction(MatineeError):
    """The id of an interaction was not signed by us."""

    code = "forged_interaction"


class ExpiredInteraction(MatineeError):
    """The state behind an interaction lasts no longer, or was forgotten."""

    code = "expired_interaction"
