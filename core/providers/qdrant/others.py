"""A collection that others filled: only read, with the filters that its payloads allow."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qdrant_client import AsyncQdrantClient, models

from core.catalog.reader import counted
from core.domain import MediaType, SearchFilters, Title, key_of
from core.errors import IndexCorrupt, IndexFault
from core.ports import Hit, IndexQuery, Rankings, RosterEntry, TitleVector, unit
from core.providers.qdrant.faults import Patience
from core.providers.qdrant.layout import Layout
from core.providers.qdrant.reading import HEAVY_FIELDS, encoded_text, read_title
from core.providers.qdrant.survey import LISTS, NUMBERS, Point, Survey
from core.vocabulary.certifications import level
from core.vocabulary.names import folded

__all__ = ["DROPPABLE", "OthersCollection", "TextVector"]

TextVector = tuple[str, NDArray[np.float32]]
"""A text, and the unit vector that is stored with it, shape (dimensions,)."""

_AT_ONCE = 1_000
# Payloads whose names are told in their long texts alone are read whole, a few at a time.
_WHOLE_AT_ONCE = 100
_SAMPLE = 16
# BM25 as fastembed writes it numbers terms by a 32-bit hash; a vocabulary counts them from 0.
_HASHED_FROM = 2**20
_SHOWN_REASONS = 3

DROPPABLE: Mapping[str, str] = MappingProxyType(
    {
        "min_rating": "rating",
        "min_runtime": "runtime",
        "max_runtime": "runtime",
        "providers": "providers",
        "countries": "countries",
        "year_from": "year",
        "year_to": "year",
        "languages": "languages",
        "genres": "genres",
        "people": "people",
    }
)
"""Filter → what payloads must tell so that it can be applied. Where they do not, it is left out and named."""

_WORDS = MappingProxyType(
    {
        "rating": "rating",
        "runtime": "length",
        "providers": "service",
        "countries": "country",
        "year": "year",
        "languages": "language",
        "genres": "genre",
        "people": "people",
        "certification": "certification",
    }
)
_INDEX_TYPES = MappingProxyType({"year": "integer", "runtime": "integer", "rating": "float"})


@dataclass(frozen=True, slots=True)
class _Wanted:
    filter: models.Filter | None
    possible: bool
    """False where no point can meet it, so that nothing need be asked."""


class OthersCollection:
    """What `ClientIndex` asks of one collection. `look` at it first; until then it holds nothing.

    Args:
        client: Closed by whoever made it.
        name: Of the collection.
        layout: Its vectors.
        declared: What all of it holds, where it is films or series alone.
        patience: How it is asked.
    """

    def __init__(
        self,
        client: AsyncQdrantClient,
        name: str,
        layout: Layout,
        declared: MediaType | None,
        patience: Patience,
    ) -> None:
        self.name = name
        self._client = client
        self._layout = layout
        self._patience = patience
        self._sparse: str | None = None
        self._lacking: dict[str, str] = {}
        self._refused = False
        self.survey = Survey(declared)

    async def look(self) -> list[str]:
        """Read through the collection; returns what its host should know, a line each.

        Raises:
            IndexFault: it cannot be read.
        """
        survey = Survey(self.survey.declared)
        await self._read_names(survey)
        self.survey = survey
        self._lacking = self._lacking_indexes()
        self._refused = await self._refuses_unindexed()
        if self._refused:
            survey.forget(self._lacking)
        self._sparse = self._layout.sparse if await self._speaks_our_terms() else None
        return [self._summary(), *self._gaps()]

    async def search(self, query: IndexQuery) -> Rankings:
        """Both rankings, or the dense one where terms are numbered otherwise or there are none."""
        wanted = self._wanted(query.filters, query.exclude_ids)
        if not wanted.possible:
            return Rankings((), ())
        common: dict[str, Any] = {"filter": wanted.filter, "limit": query.limit, "with_payload": True}
        requests = [models.QueryRequest(query=query.dense.tolist(), using=self._layout.dense, **common)]
        if self._sparse is not None and query.sparse.indices:
            terms = models.SparseVector(indices=list(query.sparse.indices), values=list(query.sparse.values))
            requests.append(models.QueryRequest(query=terms, using=self._sparse, **common))
        responses = await self._patience.ask(partial(self._client.query_batch_points, self.name, requests))
        titles: dict[str, Title] = {}
        unwanted = set(query.filters.exclude_genres)
        rankings: list[tuple[Hit, ...]] = []
        for response in responses:
            read = [(self._key(point.id), point) for point in response.points]
            titles.update(self._read((key, point.payload) for key, point in read if key not in titles))
            for key in [key for key, title in titles.items() if unwanted.intersection(title.genres)]:
                del titles[key]  # where a filter could not keep it away
            rankings.append(tuple(Hit(key, point.score) for key, point in read if key in titles))
        return Rankings(rankings[0], rankings[1] if len(rankings) > 1 else (), titles)

    async def fetch(self, keys: Sequence[str]) -> dict[str, Title]:
        """Titles by the keys that a search gave, or by those of their ids; unknown ones are absent."""
        wanted = {key: point for key in keys if (point := self._point(key)) is not None}
        if not wanted:
            return {}
        points = list(dict.fromkeys(wanted.values()))
        records = await self._patience.ask(partial(self._client.retrieve, self.name, points))
        payloads = {_comparable(record.id): record.payload for record in records}
        return dict(self._read((key, payloads[point]) for key, point in wanted.items() if point in payloads))

    async def named(self, names: Sequence[str]) -> list[TitleVector]:
        points = [point for name in names for point in self.survey.named.get(folded(name), ())]
        if not points:
            return []
        chosen = self._dense_selector()
        records = await self._patience.ask(
            partial(self._client.retrieve, self.name, list(dict.fromkeys(points)), True, chosen)
        )
        found: list[TitleVector] = []
        for record in records:
            vector = self._dense_of(record)
            titles = dict(self._read([(self._key(record.id), record.payload)]))
            found += [TitleVector(title, vector) for title in titles.values() if vector is not None]
        return found

    async def sample(self) -> list[TextVector]:
        """Some texts that vectors were made of, each with its vector."""
        records, _ = await self._patience.ask(
            partial(
                self._client.scroll,
                self.name,
                limit=_SAMPLE,
                with_payload=True,
                with_vectors=self._dense_selector(),
            )
        )
        found: list[TextVector] = []
        for record in records:
            text, vector = encoded_text(record.payload or {}), self._dense_of(record)
            if text and vector is not None:
                found.append((text, vector))
        return found

    def _dense_selector(self) -> bool | list[str]:
        return True if self._layout.dense is None else [self._layout.dense]

    def _dense_of(self, record: Any) -> NDArray[np.float32] | None:
        vector = record.vector
        if isinstance(vector, dict):
            vector = vector.get(self._layout.dense)
        return unit(np.array(vector, np.float32)) if vector else None

    async def roster(self) -> list[RosterEntry]:
        return self.survey.entries

    async def count(self, filters: SearchFilters = SearchFilters()) -> int:
        wanted = self._wanted(filters, ())
        if not wanted.possible:
            return 0
        counted = await self._patience.ask(partial(self._client.count, self.name, wanted.filter, exact=True))
        return counted.count

    def applies(self, key: str) -> bool:
        """Whether a filter of `DROPPABLE` can be applied here."""
        return self.survey.holds(DROPPABLE[key])

    def lacking_indexes(self) -> dict[str, str]:
        """Payload fields that filters read and that have no index → the type of index that fits."""
        return dict(self._lacking)

    def _lacking_indexes(self) -> dict[str, str]:
        lacking: dict[str, str] = {}
        for wish, (fields, _) in LISTS.items():
            if wish != "media_type" or self.survey.declared is None:
                for path, kinds in self.survey.kinds.items():
                    if path.partition("[]")[0] in fields and self.survey.holds(wish):
                        lacking[path] = "keyword" if "keyword" in kinds else "integer"
        for wish, numbers in NUMBERS.items():
            for key in self.survey.numbered.intersection(numbers):
                fractional = "float" in self.survey.kinds[key] or _INDEX_TYPES[wish] == "float"
                lacking[key] = "float" if fractional else "integer"
        lacking |= dict.fromkeys(sorted(self.survey.dated), "datetime")
        return {key: kind for key, kind in lacking.items() if key not in self._layout.indexed}

    async def _read_names(self, survey: Survey) -> None:
        """All points, without their long texts; those without a name in their fields once more, with them."""
        light = models.PayloadSelectorExclude(exclude=list(HEAVY_FIELDS))
        unnamed: list[Point] = []
        offset: Any = None
        while True:
            records, offset = await self._patience.ask(
                partial(self._client.scroll, self.name, limit=_AT_ONCE, offset=offset, with_payload=light)
            )
            for record in records:
                payload = record.payload or {}
                if payload.get("title") or payload.get("name"):
                    survey.add(_comparable(record.id), payload)
                else:
                    unnamed.append(_comparable(record.id))
            if offset is None:
                break
        for start in range(0, len(unnamed), _WHOLE_AT_ONCE):
            chunk = unnamed[start : start + _WHOLE_AT_ONCE]
            records = await self._patience.ask(partial(self._client.retrieve, self.name, chunk))
            for record in records:
                survey.add(_comparable(record.id), record.payload or {})

    async def _refuses_unindexed(self) -> bool:
        """Whether the server, as clouds may, refuses to filter by a field without an index."""
        for path in self._lacking:
            unset = models.IsEmptyCondition(is_empty=models.PayloadField(key=path))
            probe = models.Filter(must=[unset])
            try:
                await self._patience.ask(partial(self._client.count, self.name, probe, exact=False))
            except IndexFault as fault:
                if type(fault) is not IndexFault:  # the server is away, or the key is wrong
                    raise
                return True
            break
        return False

    async def _speaks_our_terms(self) -> bool:
        """Whether the sparse vectors number terms as ours do: others count a vocabulary of their own, in
        which our numbers mean nothing.
        """
        name = self._layout.sparse
        if name is None:
            return False
        records, _ = await self._patience.ask(
            partial(self._client.scroll, self.name, limit=_SAMPLE, with_payload=False, with_vectors=[name])
        )
        vectors = [record.vector.get(name) for record in records if isinstance(record.vector, dict)]
        return any(max(getattr(vector, "indices", None) or [0]) >= _HASHED_FROM for vector in vectors)

    def _summary(self) -> str:
        survey = self.survey
        count = counted(len(survey.entries), "title")
        told = f"the collection {self.name!r} was filled by others and is only read: {count}"
        if survey.unread:
            reasons = "; ".join(
                f"{reason} ({times:,})" for reason, times in survey.reasons.most_common(_SHOWN_REASONS)
            )
            unread = counted(len(survey.unread), "point")
            told += f"; {unread} cannot be read and are left out: {reasons}"
        return told

    def _gaps(self) -> list[str]:
        lines: list[str] = []
        if self._refused:
            lines.append(
                f"the server does not filter {self.name!r} by {', '.join(self._lacking)} without an index; "
                "make them by: python -m bot catalogue indexes --create"
            )
        lacking = [word for wish, word in _WORDS.items() if not self.survey.holds(wish)]
        if lacking and self.survey.entries:
            lines.append(
                f"titles of {self.name!r} do not tell their {', '.join(lacking)}: wishes for it are left out "
                "there, and answers say so"
                + ("; a limit of certification finds nothing" if "certification" in lacking else "")
            )
        if self._sparse is None:
            why = "has no sparse vectors" if self._layout.sparse is None else "numbers its terms otherwise"
            lines.append(f"{self.name!r} {why} and is searched by its dense vectors alone")
        return lines

    def _wanted(self, filters: SearchFilters, exclude_ids: Sequence[str]) -> _Wanted:
        """The filters in the values that are stored here. Those that nothing here tells are not met, as by
        titles of ours that do not tell them; `ClientIndex` has left out what no collection tells.
        """
        survey = self.survey
        must: list[models.Condition] = []
        possible = True
        wishes: list[tuple[str, Any]] = [("genres", {genre}) for genre in filters.genres]
        wishes += [("providers", set(filters.providers))] if filters.providers else []
        wishes += [("languages", set(filters.languages))] if filters.languages else []
        wishes += [("countries", set(filters.countries))] if filters.countries else []
        if filters.media_type:
            typed = self._of_type(filters.media_type)
            if typed is not None:
                possible = bool(typed.should)
                must.append(typed)
        if filters.providers and filters.region:
            possible = False  # payloads of others do not say in which country a service carries a title
        for wish, values in wishes:
            stored = survey.spellings(wish, partial(_any_of, values))
            possible = possible and bool(stored)
            must.append(_one_of(stored))
        if filters.max_certification:
            most = level(filters.max_certification)
            stored = survey.spellings("certification", lambda meant: any(age <= most for age in meant))
            possible = possible and bool(stored)
            must.append(_one_of(stored))
        for wish, low, high in (
            ("year", filters.year_from, filters.year_to),
            ("runtime", filters.min_runtime, filters.max_runtime),
            ("rating", filters.min_rating, None),
        ):
            if low is not None or high is not None:
                within = self._between(wish, low, high)
                must.append(models.Filter(should=within))
                possible = possible and bool(within)
        for name in filters.people:
            must.append(models.HasIdCondition(has_id=list(survey.people.get(folded(name), ()))))
            possible = possible and folded(name) in survey.people
        unwanted = self._unwanted(filters, exclude_ids)
        if not must and not unwanted:
            return _Wanted(None, possible)
        return _Wanted(models.Filter(must=must, must_not=unwanted), possible)

    def _of_type(self, media_type: MediaType) -> models.Filter | None:
        """Points of a type; where the collection has one type alone, also those that do not say it."""
        typed = _one_of(self.survey.spellings("media_type", lambda meant: media_type in meant))
        if media_type is not self.survey.declared:
            return typed
        if not self.survey.spellings("media_type", lambda meant: media_type not in meant):
            return None  # no point says another
        unsaid: list[models.Condition] = [
            models.IsEmptyCondition(is_empty=models.PayloadField(key=key)) for key in LISTS["media_type"][0]
        ]
        return models.Filter(should=[*(typed.should or ()), models.Filter(must=unsaid)])

    def _unwanted(self, filters: SearchFilters, exclude_ids: Sequence[str]) -> list[models.Condition]:
        survey = self.survey
        names = (*filters.exclude_titles, *filters.like_titles)
        points = [point for name in names for point in survey.named.get(folded(name), ())]
        points += [point for name in filters.exclude_people for point in survey.people.get(folded(name), ())]
        points += [survey.points[key] for item in exclude_ids if (key := key_of(item)) in survey.points]
        unwanted: list[models.Condition] = []
        if points:
            unwanted.append(models.HasIdCondition(has_id=list(dict.fromkeys(points))))
        if filters.exclude_genres:
            genres = set(filters.exclude_genres)
            stored = survey.spellings("genres", partial(_any_of, genres))
            if stored:
                unwanted.append(_one_of(stored))
        return unwanted

    def _between(self, wish: str, low: float | None, high: float | None) -> list[models.Condition]:
        """Any of these: within the bounds as a number, as a text that is one, or for a year as a date. None
        where no point can be.
        """
        survey = self.survey
        within: list[models.Condition] = [
            models.FieldCondition(key=key, range=models.Range(gte=low, lte=high))
            for key in NUMBERS[wish]
            if key in survey.numbered
        ]
        texts = survey.spellings(
            wish,
            lambda meant: any((low is None or x >= low) and (high is None or x <= high) for x in meant),
        )
        if texts:
            within.append(_one_of(texts))
        if wish == "year" and survey.dated:
            span = models.DatetimeRange(
                gte=datetime.date(int(low), 1, 1) if low is not None else None,
                lt=datetime.date(int(high) + 1, 1, 1) if high is not None else None,
            )
            untold: list[models.Condition] = [
                models.IsEmptyCondition(is_empty=models.PayloadField(key=key))
                for key in NUMBERS["year"]
                if key in survey.kinds or key in survey.spelled
            ]
            dates = [models.FieldCondition(key=key, range=span) for key in sorted(survey.dated)]
            within.append(models.Filter(should=list(dates), must=untold or None))
        return within

    def _read(self, payloads: Any) -> list[tuple[str, Title]]:
        """Keys with their titles, without those that are none."""
        found: list[tuple[str, Title]] = []
        for key, payload in payloads:
            try:
                found.append((key, read_title(payload, self.survey.declared)))
            except IndexCorrupt:  # counted by `look`
                continue
        return found

    def _key(self, point: Any) -> str:
        """Two collections may number points alike: `movies/603`."""
        return f"{self.name}/{point}" if isinstance(point, int) else str(point)

    def _point(self, key: str) -> Point | None:
        name, slash, number = key.rpartition("/")
        if slash:
            return int(number) if name == self.name and number.isdecimal() else None
        return self.survey.points.get(key, key)


def _any_of(values: set[Any], meant: Sequence[Any]) -> bool:
    return not values.isdisjoint(meant)


def _comparable(point: Any) -> Point:
    return point if isinstance(point, int) else str(point)


def _one_of(stored: Mapping[str, Sequence[str | int]]) -> models.Filter:
    """Any of these values, at any of these paths; texts and numbers are asked for apart."""
    conditions: list[models.Condition] = []
    for path, values in stored.items():
        for kind in (str, int):
            chosen: Any = [value for value in values if isinstance(value, kind)]
            if chosen:
                conditions.append(models.FieldCondition(key=path, match=models.MatchAny(any=chosen)))
    return models.Filter(should=conditions)
