"""Terms of texts, as they are counted and numbered."""

from pathlib import Path

import pytest
from fastembed.sparse.bm25 import Bm25 as FastembedBm25

from core.catalog.bundle import bundled_files
from core.catalog.documents import sparse_document
from core.catalog.reader import read_catalogue
from core.providers.qdrant.bm25 import Bm25
from core.vocabulary.stop_words import STOP_WORDS


@pytest.fixture(scope="module")
def bm25() -> Bm25:
    return Bm25(STOP_WORDS, 45)


def test_filler_is_no_term(bm25: Bm25) -> None:
    assert bm25.encode_query("Can you recommend me some good movies, I'm looking for a film?").indices == ()
    assert len(bm25.encode_query("recommend movies about lighthouses").indices) == 1


def test_a_term_counts_once_in_a_query_and_more_in_a_document_that_repeats_it(bm25: Bm25) -> None:
    assert bm25.encode_query("lighthouse Lighthouses").values == (1.0,)
    once, twice = bm25.encode_documents(["lighthouse keeper", "lighthouse lighthouse keeper"])
    assert max(twice.values) > max(once.values)


@pytest.mark.parametrize("text", ["", "🎬", "???", "\x00", "a" * 10_000])
def test_odd_texts_have_no_terms(bm25: Bm25, text: str) -> None:
    assert bm25.encode_query(text).indices == ()
    assert bm25.encode_documents([text])[0].indices == ()


def test_terms_are_those_of_fastembed_which_fills_the_collections_of_others(
    bm25: Bm25, tmp_path: Path
) -> None:
    """Numbers and weights alike."""
    theirs = FastembedBm25(
        "Qdrant/bm25",
        k=Bm25.K,
        b=Bm25.B,
        avg_len=45,
        specific_model_path=str(tmp_path),  # nothing is downloaded then
        stopwords=set(STOP_WORDS),
    )
    texts = [sparse_document(title) for title in read_catalogue(bundled_files()).titles[:300]]
    for ours, other in zip(bm25.encode_documents(texts), theirs.raw_embed(texts), strict=True):
        weights = dict(zip(other.indices.tolist(), other.values.tolist(), strict=True))
        assert dict(zip(ours.indices, ours.values, strict=True)) == pytest.approx(weights)
    for text in ("rainy Japanese film-noir, 1949", "the café society of Zürich"):
        (other,) = theirs.query_embed(text)
        assert set(bm25.encode_query(text).indices) == set(other.indices.tolist())
