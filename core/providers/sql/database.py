"""Opening a database: engine, migrations, and what may be wrong with it."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from filelock import FileLock
from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from core.errors import ConfigurationError, StoreForbidden, StoreNewer, StoreReadOnly, StoreUnavailable

__all__ = ["Database", "faults_mapped", "opened", "postgres_url", "sqlite_url"]

log = logging.getLogger("matinee.store")

_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_SECONDS = 5.0
_CONNECT_SECONDS = 5.0
_MIGRATING_SECONDS = 60.0
# Any number that no other program on the same server locks by: two workers must not migrate at once.
_MIGRATION_LOCK = 7_233_190_414
_SQLITE_SIDE_FILES = ("", "-wal", "-shm")
# PostgreSQL's classes of errors: invalid authorization, and read-only transaction.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_FORBIDDEN_CLASSES = ("28", "3D", "42501")
_READ_ONLY = "25006"


def sqlite_url(path: Path) -> URL:
    """The address of a SQLite file."""
    return URL.create("sqlite+aiosqlite", database=str(path))


def postgres_url(address: str) -> URL:
    """The address of a PostgreSQL database, also in the form `postgres://` that hosts hand out.

    Raises:
        ConfigurationError: it is none.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        url = None
    if url is None or url.drivername.partition("+")[0] not in ("postgres", "postgresql") or not url.database:
        raise ConfigurationError("DATABASE_URL must be like postgres://user:password@host:5432/database")
    query = dict(url.query)
    mode = query.pop("sslmode", None)  # libpq's name of it; asyncpg has another
    if mode is not None:
        query["ssl"] = mode
    return url.set(drivername="postgresql+asyncpg", query=query)


@dataclass(frozen=True, slots=True)
class Database:
    """One database by two engines: switching a connection between the two takes as long as a statement."""

    transactions: AsyncEngine
    statements: AsyncEngine
    """Each statement commits itself, which saves the calls that begin and end a transaction."""
    write_turn: asyncio.Lock | None = None
    """Around whatever writes. A SQLite file takes one writer at a time: who waits here comes in turn, while
    those who wait for the file itself sleep up to 100 ms at a time, and are overtaken. PostgreSQL needs none.
    https://www.sqlite.org/c3ref/busy_timeout.html
    """

    async def close(self) -> None:
        """Close all connections."""
        await self.transactions.dispose()
        await self.statements.dispose()


@asynccontextmanager
async def opened(url: URL, busy_seconds: float = _BUSY_SECONDS) -> AsyncIterator[Database]:
    """The database, migrated; a SQLite file is made where there is none.

    A SQLite file that is damaged is put aside under another name, and a new one takes its place.

    Args:
        url: Its address.
        busy_seconds: How long a statement waits for a SQLite file that another program has locked.

    Raises:
        StoreUnavailable: it is away or locked.
        StoreForbidden: it refuses the user or the password.
        StoreReadOnly: it cannot be written.
        StoreNewer: a newer version of Matinee made it.
    """
    engine = create_async_engine(url, **_options(url))
    statements = create_async_engine(url, isolation_level="AUTOCOMMIT", **_options(url))
    is_file = url.get_backend_name() == "sqlite"
    database = Database(engine, statements, asyncio.Lock() if is_file else None)
    try:
        if is_file:
            for each in (database.transactions, database.statements):
                event.listen(each.sync_engine, "connect", _sqlite_settings(busy_seconds))
            await _migrate_sqlite(engine, Path(url.database or ""))
        else:
            await _migrate_postgres(engine)
        yield database
    finally:
        await database.close()


def _options(url: URL) -> dict[str, Any]:
    hidden = {"hide_parameters": True}  # of statements, which would stand in the texts of errors
    if url.get_backend_name() == "sqlite":
        return hidden
    return {**hidden, "pool_pre_ping": True, "connect_args": {"timeout": _CONNECT_SECONDS}}


async def _migrate_sqlite(engine: AsyncEngine, path: Path) -> None:
    """Look at the file and migrate it, one worker at a time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{path}.lock", timeout=_MIGRATING_SECONDS, thread_local=False)
        await asyncio.to_thread(lock.acquire)
    except OSError as error:
        raise StoreReadOnly(f"{path.parent} cannot be written: {error.strerror}") from error
    try:
        await asyncio.to_thread(_put_aside_if_damaged, path)
        with faults_mapped():
            async with engine.begin() as connection:
                await connection.run_sync(_upgrade)
    finally:
        lock.release()


async def _migrate_postgres(engine: AsyncEngine) -> None:
    with faults_mapped():
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
            await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreNewer(
            "the database was made by a newer version of Matinee "
            f"(this one knows its tables up to {max(known)}); install that version, or use another database"
        ) from error


def _sqlite_settings(busy_seconds: float) -> Callable[[Any, object], None]:
    # A commit survives a killed process; only a power cut may take the last ones.
    pragmas = (
        f"busy_timeout = {round(busy_seconds * 1000)}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
    )

    def set_up(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return set_up


def _put_aside_if_damaged(path: Path) -> None:
    if not path.exists() or path.stat().st_size == 0:
        return
    try:
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS)
        try:
            sound = connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
        finally:
            connection.close()
    except sqlite3.OperationalError:  # locked or not writable: no damage; opening it says which
        return
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        _put_aside(path)


def _put_aside(path: Path) -> None:
    aside = f"{path}.damaged-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}"
    for end in _SQLITE_SIDE_FILES:
        part = Path(f"{path}{end}")
        if part.exists():
            part.rename(f"{aside}{end}")
    log.error("the database is damaged; it was put aside as %s, and a new one is begun", aside)


@contextmanager
def faults_mapped() -> Iterator[None]:
    """Faults of the database become ours. Theirs are not chained: they quote addresses and rows.

    Raises:
        StoreFault: one of its kinds.
    """
    try:
        yield
    except DBAPIError as error:
        raise _fault_of(error.orig) from None
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"the database failed ({type(error).__name__})") from None
    except (OSError, TimeoutError) as error:
        raise StoreUnavailable(f"the database cannot be reached ({type(error).__name__})") from None


def _fault_of(error: BaseException | None) -> Exception:
    state = str(getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or "")
    if state == _READ_ONLY or getattr(error, "sqlite_errorname", "").startswith("SQLITE_READONLY"):
        return StoreReadOnly("the database can be read but not written; give the worker the right to write")
    if state.startswith(_FORBIDDEN_CLASSES):
        return StoreForbidden("the database refuses the user, the password or the name of DATABASE_URL")
    if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreUnavailable("the database is locked by another program")
    if getattr(error, "sqlite_errorname", "") in ("SQLITE_CANTOPEN", "SQLITE_PERM"):
        return StoreReadOnly("the database file cannot be opened; check the rights of its folder")
    name = getattr(error, "sqlite_errorname", "") or state or type(error).__name__
    return StoreUnavailable(f"the database failed ({name})")
