"""Everything that is remembered, in one database."""

import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import asdict
from typing import Any, Self

from itsdangerous import BadSignature, Signer
from sqlalchemy import (
    URL,
    ColumnElement,
    CursorResult,
    RowMapping,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from core.domain import Conversation, Intent, filters_from_mapping
from core.errors import ExpiredInteraction, ForgedInteraction
from core.memory.records import (
    Claim,
    Count,
    IncomingEvent,
    Installation,
    Mark,
    MarkKind,
    Outcome,
    Owner,
    Preferences,
    Retention,
    StoredTurn,
)
from core.providers.sql.database import Database, faults_mapped, opened
from core.providers.sql.schema import (
    conversations,
    events,
    installations,
    interactions,
    marks,
    preferences,
    signing,
    turns,
    usage,
)

__all__ = ["SqlStore", "opened_store"]

_SIGNING_NAME = "interactions"
_OPPOSITES = {MarkKind.LIKED: MarkKind.DISLIKED, MarkKind.DISLIKED: MarkKind.LIKED}
_USAGE_KEY = ("owner", "metric", "window")
_PLACE = ("platform", "workspace", "channel", "thread")

# What every turn asks, made once: to put a statement together takes SQLAlchemy as long as to run it.
_TURNS = (
    select(turns)
    .join(conversations)
    .where(*(conversations.c[name] == bindparam(f"asked_{name}") for name in _PLACE))
    .order_by(turns.c.id.desc())
    .limit(bindparam("asked_limit"))
)
_PREFERENCES = select(preferences).where(preferences.c.owner.in_(bindparam("owners", expanding=True)))
_MARKS = select(marks).where(marks.c.owner == bindparam("asked_owner")).order_by(marks.c.at.desc())
# A change of an event that is still this worker's.
_HELD = update(events).where(
    events.c.id == bindparam("asked_id"),
    events.c.holder == bindparam("asked_holder"),
    events.c.finished_at.is_(None),
)


@asynccontextmanager
async def opened_store(url: URL, clock: Callable[[], float] = time.time) -> AsyncIterator["SqlStore"]:
    """The store of a database; see `opened` for what may be wrong with it.

    Args:
        url: Its address.
        clock: Seconds since the epoch.
    """
    async with opened(url) as database:
        yield await SqlStore(database, clock).ready()


class SqlStore:
    """Implements `core.memory.ports.Store`.

    Args:
        database: One with all tables.
        clock: Seconds since the epoch.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._write_turn = database.write_turn or nullcontext()
        self._clock = clock
        dialect = postgresql if database.statements.dialect.name == "postgresql" else sqlite
        self._insert = dialect.insert
        place = dialect.insert(conversations)
        place = place.on_conflict_do_update(
            index_elements=_PLACE, set_={"updated_at": place.excluded.updated_at}
        )
        self._upsert_conversation = place.returning(conversations.c.id)
        self._insert_event = dialect.insert(events).on_conflict_do_nothing().returning(events.c.id)
        used = dialect.insert(usage)
        added = {"amount": usage.c.amount + used.excluded.amount, "updated_at": used.excluded.updated_at}
        used = used.on_conflict_do_update(index_elements=_USAGE_KEY, set_=added)
        self._add_usage = used.returning(*(usage.c[name] for name in (*_USAGE_KEY, "amount")))
        self._signer = Signer(secrets.token_hex(32))

    async def ready(self) -> Self:
        """Read the signing key, which the first worker made."""
        async with self._writing() as connection:
            fresh = secrets.token_hex(32)
            new = self._insert(signing).values(name=_SIGNING_NAME, key=fresh).on_conflict_do_nothing()
            await connection.execute(new)
            key = await connection.scalar(select(signing.c.key).where(signing.c.name == _SIGNING_NAME))
        self._signer = Signer(str(key), salt="matinee.interactions")
        return self

    async def ping(self) -> None:
        """Ask for a sign of life."""
        async with self._at_once() as connection:
            await connection.execute(text("SELECT 1"))

    # --- conversations ---

    async def add_turn(self, conversation: Conversation, turn: StoredTurn) -> None:
        """Keep a finished turn."""
        async with self._writing() as connection:
            await self._insert_turn(connection, conversation, turn)

    async def _insert_turn(
        self, connection: AsyncConnection, conversation: Conversation, turn: StoredTurn
    ) -> None:
        now = self._clock()
        key = await connection.scalar(self._upsert_conversation, {**asdict(conversation), "updated_at": now})
        await connection.execute(insert(turns), {"conversation_id": key, **_turn_row(turn, now)})

    async def turns(self, conversation: Conversation, limit: int) -> list[StoredTurn]:
        """The newest turns, oldest first."""
        rows = await self._rows(_TURNS, {**_asked(asdict(conversation)), "asked_limit": limit})
        return [_turn(row) for row in reversed(rows)]

    async def turns_of(self, owner: Owner, limit: int) -> list[StoredTurn]:
        """A user's newest turns, the newest first."""
        there = select(conversations.c.id).where(conversations.c.platform == owner.platform)
        theirs = and_(turns.c.author_id == owner.id, turns.c.conversation_id.in_(there))
        rows = await self._rows(select(turns).where(theirs).order_by(turns.c.id.desc()).limit(limit))
        return [_turn(row) for row in rows]

    # --- preferences and marks ---

    async def preferences(self, *owners: Owner) -> list[Preferences]:
        """What is set, owner by owner."""
        keys = [_key(owner) for owner in owners]
        found = {row["owner"]: row["values"] for row in await self._rows(_PREFERENCES, {"owners": keys})}
        return [_preferences(found.get(key, {})) for key in keys]

    async def set_preferences(self, owner: Owner, preferences_: Preferences) -> None:
        """Replace what was set."""
        values = asdict(preferences_)
        new = self._insert(preferences).values(owner=_key(owner), values=values)
        new = new.on_conflict_do_update(index_elements=["owner"], set_={"values": new.excluded["values"]})
        async with self._writing() as connection:
            await connection.execute(new)

    async def mark(self, owner: Owner, title_id: str, kind: MarkKind) -> None:
        """Set a mark; liked and disliked replace each other."""
        new = self._insert(marks).values(owner=_key(owner), title_id=title_id, kind=kind, at=self._clock())
        async with self._writing() as connection:
            await connection.execute(new.on_conflict_do_nothing())
            if kind in _OPPOSITES:
                await connection.execute(_unmarked(owner, title_id, _OPPOSITES[kind]))

    async def unmark(self, owner: Owner, title_id: str, kind: MarkKind) -> None:
        """Take a mark away."""
        async with self._writing() as connection:
            await connection.execute(_unmarked(owner, title_id, kind))

    async def marks(self, owner: Owner) -> list[Mark]:
        """All of a user's marks, the newest first."""
        rows = await self._rows(_MARKS, {"asked_owner": _key(owner)})
        return [Mark(row["title_id"], MarkKind(row["kind"]), row["at"]) for row in rows]

    # --- interactions ---

    async def keep_state(self, owner: Owner, state: Mapping[str, Any], lasting_seconds: float) -> str:
        """Keep a JSON object; returns its signed id."""
        identifier = secrets.token_urlsafe(12)
        row = {"id": identifier, "owner": _key(owner), "state": dict(state)}
        async with self._writing() as connection:
            await connection.execute(
                insert(interactions).values(**row, expires_at=self._clock() + lasting_seconds)
            )
        return self._signer.sign(identifier).decode()

    async def state(self, signed_id: str) -> Mapping[str, Any]:
        """What was kept under a signed id."""
        try:
            identifier = self._signer.unsign(signed_id).decode()
        except (BadSignature, UnicodeError):
            raise ForgedInteraction("the id of a button was not made here") from None
        rows = await self._rows(select(interactions).where(interactions.c.id == identifier))
        if not rows or rows[0]["expires_at"] <= self._clock():
            raise ExpiredInteraction("the button lasts no longer")
        kept: Mapping[str, Any] = rows[0]["state"]
        return kept

    # --- events ---

    async def accept(self, event: IncomingEvent, holder: str, lease_seconds: float) -> Claim | None:
        """Keep an event and claim it; None where it is answered, or another worker is at it."""
        now = self._clock()
        row = {**asdict(event), "payload": dict(event.payload), "shown": {}, "accepted_at": now}
        same = or_(
            and_(events.c.platform == event.platform, events.c.event_id == event.event_id),
            and_(
                events.c.platform == event.platform,
                events.c.workspace == event.workspace,
                events.c.channel == event.channel,
                events.c.message == event.message,
            ),
        )
        async with self._writing_at_once() as connection:
            held = {"holder": holder, "held_until": now + lease_seconds}
            key = await connection.scalar(self._insert_event, {**row, **held})
            if key is not None:
                return Claim(key, holder, event)
            return next(iter(await self._claimed(connection, same, holder, lease_seconds)), None)

    async def abandoned(
        self, holder: str, lease_seconds: float, limit: int, platforms: Collection[str]
    ) -> list[Claim]:
        """Claim events of these platforms that no worker holds any longer, the oldest first."""
        now = self._clock()
        # Looked for first, so that an idle worker's question takes no lock.
        open_ones = and_(events.c.finished_at.is_(None), events.c.held_until <= now)
        ours = events.c.platform.in_(platforms)
        oldest = select(events.c.id).where(open_ones, ours).order_by(events.c.id).limit(limit)
        ids = [row["id"] for row in await self._rows(oldest)]
        if not ids:
            return []
        async with self._writing() as connection:
            claims = await self._claimed(connection, events.c.id.in_(ids), holder, lease_seconds)
        return sorted(claims, key=lambda claim: claim.id)

    async def _claimed(
        self, connection: AsyncConnection, which: ColumnElement[bool], holder: str, lease_seconds: float
    ) -> list[Claim]:
        """Those of them that are open and held by nobody, now held. One statement, so that of two workers
        only one gets each: the second one waits for the row, and then finds it held.
        """
        now = self._clock()
        open_ones = and_(which, events.c.finished_at.is_(None), events.c.held_until <= now)
        taken = update(events).where(open_ones).values(holder=holder, held_until=now + lease_seconds)
        return [_claim(row) for row in (await connection.execute(taken.returning(events))).mappings()]

    async def extend(self, claim: Claim, lease_seconds: float) -> bool:
        """Hold an event longer; False where it is no longer ours."""
        return await self._changed(claim, held_until=self._clock() + lease_seconds)

    async def note_shown(self, claim: Claim, shown: Mapping[str, Any]) -> bool:
        """Keep what has been shown of the answer."""
        return await self._changed(claim, shown=dict(shown))

    async def finish(self, claim: Claim, outcome: Outcome | None = None) -> bool:
        """It is answered: only its ids are kept, and what the answer leaves behind."""
        done = {"finished_at": self._clock(), "payload": {}, "shown": {}}
        async with self._writing() as connection:
            if not _count(await connection.execute(_HELD, {**_asked_claim(claim), **done})):
                return False
            if outcome is not None:
                await self._insert_turn(connection, outcome.conversation, outcome.turn)
                await self._add_up(connection, outcome.used)
            return True

    async def _changed(self, claim: Claim, **values: Any) -> bool:
        async with self._writing_at_once() as connection:
            return _count(await connection.execute(_HELD, {**_asked_claim(claim), **values})) > 0

    # --- installations ---

    async def installation(self, platform: str, workspace: str) -> Installation | None:
        """What is known of a workspace."""
        rows = await self._rows(select(installations).where(*_installed(platform, workspace)))
        return Installation(**rows[0]) if rows else None

    async def keep_installation(self, installation: Installation) -> None:
        """Keep one, in place of an earlier one."""
        new = self._insert(installations).values(**asdict(installation))
        new = new.on_conflict_do_update(index_elements=["platform", "workspace"], set_=asdict(installation))
        async with self._writing() as connection:
            await connection.execute(new)

    async def drop_installation(self, platform: str, workspace: str) -> None:
        """Forget one."""
        async with self._writing() as connection:
            await connection.execute(delete(installations).where(*_installed(platform, workspace)))

    # --- usage ---

    async def add_usage(self, amounts: Mapping[Count, int]) -> dict[Count, int]:
        """Add to counts; returns the new sums."""
        async with self._writing_at_once() as connection:
            return await self._add_up(connection, amounts)

    async def _add_up(self, connection: AsyncConnection, amounts: Mapping[Count, int]) -> dict[Count, int]:
        """One statement. Its rows are in order, so that two workers never wait for each other's rows."""
        if not amounts:
            return {}
        now = self._clock()
        by_key = {(_key(count.owner), count.metric, count.window): count for count in amounts}
        rows = [
            {**dict(zip(_USAGE_KEY, key, strict=True)), "amount": amounts[by_key[key]], "updated_at": now}
            for key in sorted(by_key)
        ]
        found = await connection.execute(self._add_usage, rows)
        return {by_key[owner, metric, window]: amount for owner, metric, window, amount in found}

    # --- personal data and retention ---

    async def forget(self, owner: Owner) -> int:
        """Delete everything of a user."""
        gone = 0
        async with self._writing() as connection:
            for table, where in self._owned(owner):
                gone += _count(await connection.execute(delete(table).where(where)))
            await connection.execute(_empty_conversations())
        return gone

    async def export(self, owner: Owner) -> dict[str, Any]:
        """Everything of a user, by table."""
        found: dict[str, Any] = {}
        for table, where in self._owned(owner):
            hidden = {"id", "conversation_id", "owner", "holder", "held_until"}
            columns = [column for column in table.c if column.name not in hidden]
            rows = await self._rows(select(*columns).where(where))
            found[table.name] = [dict(row) for row in rows]
        exported: dict[str, Any] = json.loads(json.dumps(found))
        return exported

    def _owned(self, owner: Owner) -> list[tuple[Table, ColumnElement[bool]]]:
        """The tables that hold something of a user, and which rows. A turn's author is on its platform."""
        there = select(conversations.c.id).where(conversations.c.platform == owner.platform)
        return [
            (turns, and_(turns.c.author_id == owner.id, turns.c.conversation_id.in_(there))),
            (events, and_(events.c.platform == owner.platform, or_(*_asked_by(owner)))),
            *((table, table.c.owner == _key(owner)) for table in (preferences, marks, interactions, usage)),
        ]

    async def purge(self, retention: Retention) -> int:
        """Delete what is older than it may be."""
        now = self._clock()
        old = [
            (turns, turns.c.at < now - retention.conversations),
            (events, and_(events.c.accepted_at < now - retention.events, events.c.finished_at.is_not(None))),
            (events, events.c.accepted_at < now - retention.conversations),
            (interactions, interactions.c.expires_at < now),
            (usage, usage.c.updated_at < now - retention.usage),
        ]
        gone = 0
        async with self._writing() as connection:
            for table, where in old:
                gone += _count(await connection.execute(delete(table).where(where)))
            await connection.execute(_empty_conversations())
        return gone

    # --- the database ---

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction. Its first statement must write: SQLite takes the lock there, and could not take it
        any more once another worker wrote after this one read.
        """
        with faults_mapped():
            async with self._write_turn, self._database.transactions.begin() as connection:
                yield connection

    @asynccontextmanager
    async def _writing_at_once(self) -> AsyncIterator[AsyncConnection]:
        """Each statement is a transaction, and may write."""
        async with self._write_turn, self._at_once() as connection:
            yield connection

    @asynccontextmanager
    async def _at_once(self) -> AsyncIterator[AsyncConnection]:
        """Each statement is a transaction."""
        with faults_mapped():
            async with self._database.statements.connect() as connection:
                yield connection

    async def _rows(self, query: Select[Any], values: Mapping[str, Any] | None = None) -> list[RowMapping]:
        async with self._at_once() as connection:
            return list((await connection.execute(query, values)).mappings())


def _installed(platform: str, workspace: str) -> list[ColumnElement[bool]]:
    return [installations.c.platform == platform, installations.c.workspace == workspace]


def _key(owner: Owner) -> str:
    return json.dumps([owner.kind, owner.platform, owner.id])


def _count(result: CursorResult[Any]) -> int:
    return result.rowcount


def _asked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values to compare with, named apart from those to set."""
    return {f"asked_{name}": value for name, value in values.items()}


def _asked_claim(claim: Claim) -> dict[str, Any]:
    return _asked({"id": claim.id, "holder": claim.holder})


def _asked_by(owner: Owner) -> list[ColumnElement[bool]]:
    """Events tell their author as the platform does; an owner's id may name the workspace too."""
    in_workspace = events.c.workspace + "/" + events.c.author_id
    return [events.c.author_id == owner.id, in_workspace == owner.id]


def _unmarked(owner: Owner, title_id: str, kind: MarkKind) -> Any:
    return delete(marks).where(
        marks.c.owner == _key(owner), marks.c.title_id == title_id, marks.c.kind == kind
    )


def _empty_conversations() -> Any:
    return delete(conversations).where(conversations.c.id.not_in(select(turns.c.conversation_id)))


def _preferences(values: Mapping[str, Any]) -> Preferences:
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
    }
    return Preferences(**fields)


def _turn_row(turn: StoredTurn, now: float) -> dict[str, Any]:
    row = asdict(turn)
    return {
        **row,
        "filters": turn.filters.as_dict(),
        "shown": list(turn.shown),
        "asked_about": list(turn.asked_about),
        "at": turn.at or now,
    }


def _turn(row: RowMapping) -> StoredTurn:
    return StoredTurn(
        row["author_id"],
        row["text"],
        Intent(row["intent"]),
        filters_from_mapping(row["filters"]),
        row["search_text"],
        row["search_terms"],
        tuple(row["shown"]),
        tuple(row["asked_about"]),
        row["at"],
    )


def _claim(row: RowMapping) -> Claim:
    event = IncomingEvent(
        row["platform"],
        row["event_id"],
        row["workspace"],
        row["channel"],
        row["message"],
        row["payload"],
        row["author_id"],
    )
    return Claim(row["id"], row["holder"], event, row["shown"], again=True)
