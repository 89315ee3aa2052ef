"""The pool every service takes its connections from, and the schema migrations.

Migrations are plain SQL files in ``migrations/``, applied in the order of their names by yoyo. The lock that keeps two
of them from running at once is an advisory lock of the session: Postgres drops it with the connection, so a crash
leaves nothing behind that somebody would have to clear.
"""

import contextlib
import datetime as dt
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, TypeAlias, Union

import asyncpg
import asyncpg.pool
import orjson
import psycopg
import yoyo

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 0x72656769  # "regi"
JSONB_VERSION = b"\x01"  # leads the binary form, which COPY needs
DAYS_AHEAD = 14
MONTHS_AHEAD = dt.timedelta(days=62)

Connection: TypeAlias = Union[
    "asyncpg.Connection[asyncpg.Record]", "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
]
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
OUTAGES = (  # what Postgres says of itself, not of a statement; trying later makes sense
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
)


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_encode_json, decoder=_decode_json, format="binary"
    )


def _encode_json(value: Any) -> bytes:
    return JSONB_VERSION + orjson.dumps(value)


def _decode_json(value: bytes) -> Any:
    return orjson.loads(value[1:])


@contextlib.asynccontextmanager
async def open_pool(url: str, *, minimum: int = 1, maximum: int = 10) -> AsyncIterator[Pool]:
    """A pool on the contact store; ``jsonb`` goes in and comes out as Python values. Closed with its block."""
    async with asyncpg.create_pool(url, min_size=minimum, max_size=maximum, init=_prepare) as pool:
        yield pool


@contextlib.asynccontextmanager
async def open_connection(url: str) -> AsyncIterator[Connection]:
    """One connection of its own, set up as those of the pool."""
    connection = await asyncpg.connect(url)
    try:
        await _prepare(connection)
        yield connection
    finally:
        await connection.close()


def migrate(url: str, *, up_to: str | None = None) -> list[str]:
    """Brings the schema up to date (or to migration ``up_to``) and returns the names of what was applied.

    Safe to call from any number of processes at once: one applies, the others wait and find nothing left to do.
    """
    with _migration_lock(url):
        backend = _backend(url)
        with contextlib.closing(backend.connection):
            pending = backend.to_apply(yoyo.read_migrations(str(MIGRATIONS)))
            if up_to is not None:
                pending = pending.filter(lambda migration: migration.id <= up_to)
            names = [migration.id for migration in pending]
            backend.apply_migrations(pending)
        return names


def migration_names() -> list[str]:
    """The names of all migrations, in the order in which they are applied."""
    return [migration.id for migration in yoyo.read_migrations(str(MIGRATIONS))]


async def ensure_partitions(connection: Connection, *, now: dt.datetime | None = None) -> None:
    """Makes the partitions of the days and months to come; called at start and daily."""
    today = (now or dt.datetime.now(dt.UTC)).date()
    yesterday = today - dt.timedelta(days=1)
    for table in ("outbox", "inbox", "audit_log"):
        await connection.execute(
            "select ensure_partitions($1::text::regclass, interval '1 day', $2, $3)",
            table, yesterday, today + dt.timedelta(days=DAYS_AHEAD),
        )  # fmt: skip
    await connection.execute(
        "select ensure_partitions('contact_version', interval '1 month', $1, $2)",
        yesterday,
        today + MONTHS_AHEAD,
    )


@contextlib.contextmanager
def _migration_lock(url: str) -> Iterator[None]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", (MIGRATION_LOCK,))
        yield


def _backend(url: str) -> Any:
    return yoyo.get_backend(re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url))
