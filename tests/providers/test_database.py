"""Databases that are away, damaged, locked, read-only or newer, and addresses that are none."""

import asyncio
import contextlib
import logging
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import create_async_engine

from core.domain import Conversation, Intent, SearchFilters
from core.errors import (
    ConfigurationError,
    StoreForbidden,
    StoreNewer,
    StoreReadOnly,
    StoreUnavailable,
)
from core.memory.records import Owner, StoredTurn, Subject
from core.providers.sql.database import Database, opened, postgres_url, sqlite_url
from core.providers.sql.store import SqlStore, opened_store

PLACE = Conversation("console", "terminal")
ANN = Owner(Subject.USER, "discord", "ann")
TURN = StoredTurn("ann", "a wish", Intent.RECOMMEND, SearchFilters())


async def made(path: Path) -> None:
    async with opened_store(sqlite_url(path)) as store:
        await store.add_turn(PLACE, TURN)


async def test_the_folder_and_the_file_are_made_on_the_first_start(tmp_path: Path) -> None:
    path = tmp_path / "new" / "state.sqlite"
    await made(path)
    async with opened_store(sqlite_url(path)) as store:
        assert len(await store.turns(PLACE, 5)) == 1
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def damaged_in(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.damaged-*") if not path.name.endswith(("-wal", "-shm"))]


@pytest.mark.parametrize("damage", ["no database at all" * 100, "a page"])
async def test_a_damaged_file_is_kept_aside_and_a_new_one_begun(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state.sqlite"
    await made(path)
    if damage == "a page":
        content = bytearray(path.read_bytes())
        content[4096 : 3 * 4096] = b"\x5a" * 8192
        path.write_bytes(content)
    else:
        path.write_text(damage)
    bytes_before = path.read_bytes()
    with caplog.at_level(logging.ERROR):
        async with opened_store(sqlite_url(path)) as store:
            assert await store.turns(PLACE, 5) == []
    [aside] = damaged_in(tmp_path)
    assert aside.read_bytes() == bytes_before
    assert str(aside) in caplog.text


async def test_a_newer_schema_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    await made(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(StoreNewer, match="newer version of Matinee"):
        async with opened(sqlite_url(path)):
            pass
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM turns").fetchone() == (1,)


async def test_a_locked_file_is_waited_for_and_then_named(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    await made(path)
    async with opened(sqlite_url(path), busy_seconds=0.05) as database:
        store = SqlStore(database, lambda: 0.0)
        with contextlib.closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreUnavailable, match="locked by another program"):
                await store.add_turn(PLACE, TURN)
            assert len(await store.turns(PLACE, 5)) == 1, "reading goes on"
        await store.add_turn(PLACE, TURN)


async def test_a_read_only_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    await made(path)
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=f"file:{path}", query={"mode": "ro", "uri": "true"})
    )
    store = SqlStore(Database(engine, engine), lambda: 0.0)
    with pytest.raises(StoreReadOnly, match="give the worker the right to write"):
        await store.add_turn(PLACE, TURN)
    await engine.dispose()


async def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreReadOnly, match="cannot be written"):
        async with opened(sqlite_url(tmp_path / "file" / "state.sqlite")):
            pass


async def test_two_workers_may_start_on_a_new_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    await asyncio.gather(*(made(path) for _ in range(4)))
    async with opened_store(sqlite_url(path)) as store:
        assert len(await store.turns(PLACE, 9)) == 4


async def test_a_server_that_is_away_is_named_without_its_password() -> None:
    with pytest.raises(StoreUnavailable) as caught:
        async with opened(postgres_url("postgres://ann:hunter2@127.0.0.1:1/state")):
            pass
    assert "hunter2" not in "".join((str(caught.value), repr(caught.value.__cause__)))


async def test_a_server_without_that_database_or_right_is_told_apart(postgres_address: str) -> None:
    address = postgres_address.rpartition("/")[0]
    with pytest.raises(StoreForbidden, match="DATABASE_URL"):
        async with opened(postgres_url(f"{address}/nothing_of_that_name")):
            pass
    with pytest.raises(StoreForbidden, match="DATABASE_URL"):
        async with opened(postgres_url(f"{address}/postgres".replace("matinee@", "stranger@"))):
            pass


async def test_a_server_that_only_reads_is_named(postgres_address: str) -> None:
    url = postgres_url(postgres_address)
    async with opened(url):
        pass
    reading = {"server_settings": {"default_transaction_read_only": "on"}}
    engine = create_async_engine(url, connect_args=reading)
    store = SqlStore(Database(engine, engine), lambda: 0.0)
    [preferences] = await store.preferences(ANN)
    with pytest.raises(StoreReadOnly):
        await store.set_preferences(ANN, preferences)
    await engine.dispose()


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("postgres://u:p@db.example:5432/state", "db.example"),
        ("postgresql://u:p@db.example/state?sslmode=require", "db.example"),
        ("postgresql+asyncpg://u@127.0.0.1/state", "127.0.0.1"),
    ],
)
def test_every_form_of_address_leads_to_the_same_driver(address: str, host: str) -> None:
    url = postgres_url(address)
    assert (url.drivername, url.host, url.database) == ("postgresql+asyncpg", host, "state")
    assert "sslmode" not in url.query


@pytest.mark.parametrize(
    "address", ["", "state.sqlite", "mysql://u:p@h/d", "postgres://u:secret@h", "postgres://:x"]
)
def test_an_address_that_is_none_names_the_variable_and_not_the_password(address: str) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL") as caught:
        postgres_url(address)
    assert "secret" not in str(caught.value)
