"""The texts of a title that are encoded: one for its dense vector, one for BM25."""

from core.catalog.expansion import requests_digest, requests_for
from core.domain import MediaType, Title
from core.vocabulary.places import country_name

__all__ = ["MAX_TOKENS", "dense_document", "documents_fingerprint", "sparse_document"]

# Part of the index's fingerprint: raise it when the texts below change.
_VERSION = 3
# What encoders read of a document: all but the end of long overviews. Attention costs the square of the
# length, in time and memory; 48,631 titles at fastembed's 512 need 4.9 GB.
MAX_TOKENS = 160

_KINDS = {MediaType.MOVIE: "film", MediaType.TV: "series"}


def documents_fingerprint() -> str:
    """Changes whenever a title's texts would be others."""
    return f"documents {_VERSION} {requests_digest()}"


def dense_document(title: Title) -> str:
    """What the sentence encoder reads; the most telling parts first, since the end may be cut."""
    parts = [
        f"{title.name}.",
        _listed("", title.genres),
        _listed("", title.moods),
        f"{title.year}." if title.year else "",
        *map(_sentence, requests_for(title.ids)),
        _listed("", title.keywords),
        _listed("Directed by ", title.directors[:2]),
        _listed("Created by ", title.creators[:2]),
        _listed("Starring ", title.stars[:4]),
        title.overview,
        title.tagline,
    ]
    return " ".join(part for part in parts if part)


def sparse_document(title: Title) -> str:
    """What BM25 counts: every word that someone may name, people and countries included."""
    parts = [
        title.name,
        " ".join(title.genres),
        _KINDS[title.media_type],
        " ".join(title.moods),
        *requests_for(title.ids),
        title.overview,
        title.tagline,
        " ".join(title.keywords),
        " ".join(title.directors),
        " ".join(title.creators),
        " ".join(title.stars[:8]),
        " ".join(country_name(code) for code in title.countries[:2]),
        str(title.year or ""),
    ]
    return " ".join(part for part in parts if part)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _listed(lead: str, values: tuple[str, ...]) -> str:
    return f"{lead}{', '.join(values)}." if values else ""
