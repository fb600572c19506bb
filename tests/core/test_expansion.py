"""The requests that titles are searched by beside their own texts."""

import gzip
import json
from dataclasses import replace

import pytest

from core.catalog.documents import dense_document, documents_fingerprint, sparse_document
from core.catalog.expansion import REQUESTS, requests_digest, requests_for
from core.domain import MediaType, Title
from core.training.queries import read_queries
from tests.conftest import SHARED_DUMP
from tests.wording import runs, words

ROWS = [json.loads(line) for line in REQUESTS.read_text("utf-8").splitlines()]
SHARED_QUERIES = SHARED_DUMP.with_name("vibe_dev.jsonl")


def test_every_row_has_an_id_of_its_own_and_one_to_three_requests() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS) > 20_000
    for row in ROWS:
        assert row.keys() == {"id", "requests"}
        assert 1 <= len(set(row["requests"])) == len(row["requests"]) <= 3, row["id"]
        for request in row["requests"]:
            assert request == " ".join(request.split())
            assert 2 <= len(words(request)) <= 40, (row["id"], request)


def test_hardly_any_request_stands_twice() -> None:
    """Each is to tell its title from thousands of others."""
    requests = [request.casefold() for row in ROWS for request in row["requests"]]
    assert len(requests) - len(set(requests)) < 0.01 * len(requests)


def test_a_title_is_found_by_any_of_its_ids() -> None:
    row = ROWS[0]
    assert requests_for(["imdb:tt0000000", row["id"]]) == tuple(row["requests"])
    assert requests_for(["tmdb:movie:999999999"]) == ()
    assert requests_for([]) == ()


def test_both_texts_of_a_title_hold_its_requests() -> None:
    row = ROWS[0]
    known = Title(row["id"], MediaType.MOVIE, "Something Else", overview="It happens.")
    unknown = replace(known, id="tmdb:movie:999999999")
    for document in (dense_document, sparse_document):
        assert all(request in document(known) for request in row["requests"])
        assert not any(request in document(unknown) for request in row["requests"])
    assert dense_document(unknown) == "Something Else. It happens."
    before, _, after = dense_document(known).partition(row["requests"][0])
    assert before == "Something Else. ", "the name leads; nothing that is cut off at the end comes before"
    assert after.endswith("It happens.")


def test_an_index_is_built_anew_when_the_requests_change() -> None:
    assert requests_digest() in documents_fingerprint()


@pytest.mark.skipif(not SHARED_DUMP.exists(), reason="the dump is not on this machine")
def test_no_request_borrows_six_words_of_its_title_s_texts() -> None:
    ours = {row["id"]: row["requests"] for row in ROWS}
    with gzip.open(SHARED_DUMP, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            ids = (f"tmdb:{row['type']}:{row.get('tmdb')}", f"imdb:{row.get('imdb')}")
            taken = {run for key in ("overview", "tagline") for run in runs(str(row.get(key)), 6)}
            for request in (request for name in ids for request in ours.get(name, ())):
                assert taken.isdisjoint(runs(request, 6)), (ids, request)


@pytest.mark.skipif(not SHARED_QUERIES.exists(), reason="the queries are not on this machine")
def test_no_request_is_one_of_the_queries_that_systems_are_compared_on() -> None:
    measured = {" ".join(words(query.text)) for query in read_queries(SHARED_QUERIES)}
    assert measured
    same = [request for row in ROWS for request in row["requests"] if " ".join(words(request)) in measured]
    assert same == []
