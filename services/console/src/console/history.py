"""Who changed what of the configuration: written in the change's own transaction, never changed afterwards."""

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiosql
from registerbro.auth import Caller
from registerbro.database import Connection, Pool

_SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "history.sql", "asyncpg")


class Topic(enum.StrEnum):
    """What kind of thing was changed."""

    CLIENT = "oauth2-client"
    KEY = "oauth2-key"
    PERSON = "person"


class Action(enum.StrEnum):
    """What was done to it."""

    CREATED = "created"
    CHANGED = "changed"
    SECRET_CHANGED = "secret-changed"  # noqa: S105 (an action's name)
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 (an action's name)
    UNLOCKED = "unlocked"
    SESSIONS_ENDED = "sessions-ended"
    REMOVED = "removed"
    REVOKED = "revoked"


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One change; ``changes`` has the values before and after by field, and never a secret."""

    change_id: int
    at: dt.datetime
    name: str
    action: str
    client: str
    acting_user: str | None
    changes: Mapping[str, Any]


async def record(
    connection: Connection,
    topic: Topic,
    name: str,
    action: Action,
    by: Caller,
    changes: Mapping[str, Any],
) -> None:
    """Writes a change down, in the transaction that makes it."""
    await _SQL.add(
        connection,
        topic=topic,
        name=name,
        action=action,
        client=by.client,
        acting_user=by.user,
        changes=dict(changes),
    )


async def page(pool: Pool, topic: Topic, name: str, *, before: int, size: int) -> list[Change]:
    """The changes of one thing, newest first."""
    found = _SQL.page(pool, topic=topic, name=name, before=before, size=size)
    return [Change(**row) async for row in found]
