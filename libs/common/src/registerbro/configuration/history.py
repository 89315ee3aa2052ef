"""Who changed what of the configuration: written in the change's own transaction, never changed afterwards."""

import contextlib
import dataclasses
import datetime as dt
import enum
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiosql

from registerbro.auth.scopes import Caller
from registerbro.bus import outbox
from registerbro.database import Connection, Pool
from registerbro.events import ConfigurationChanged, Event
from registerbro.problems import VersionMismatch

_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")


class Topic(enum.StrEnum):
    """What kind of thing was changed; services have others of their own."""

    FEATURE = "feature"
    CONTACT_TYPE = "contact-type"
    SOURCE = "external-source"
    SCHEDULE = "schedule"
    POLICY = "policy"
    RETENTION = "retention"
    SECRETS = "secrets"
    SERVICE = "service"


class Action(enum.StrEnum):
    """What was done to it."""

    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"
    ROTATED = "rotated"


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One change; ``changes`` has the values before and after by field, and never a secret."""

    change_id: int
    at: dt.datetime
    topic: str
    name: str
    action: str
    client: str
    acting_user: str | None
    changes: Mapping[str, Any]


@contextlib.asynccontextmanager
async def changing(connection: Connection) -> AsyncIterator[None]:
    """A transaction in which the configuration stays as it is read, because all others who change it wait."""
    async with connection.transaction():
        await _SQL.lock(connection)
        yield


async def record(
    connection: Connection,
    topic: str,
    name: str,
    action: str,
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
    await count(connection)


async def announce(connection: Connection, topic: Topic, *names: str) -> None:
    """Sends ``configuration.changed`` for each of the names, in the transaction that changes them."""
    await outbox.add(connection, [Event(ConfigurationChanged(topic.value, name)) for name in names])


async def page(
    source: "Pool | Connection", topic: str | None, name: str | None, *, before: int, size: int
) -> list[Change]:
    """Changes of everything, of a topic or of one thing, newest first."""
    found = _SQL.page(source, topic=topic, name=name, before=before, size=size)
    return [Change(**row) async for row in found]


async def version(source: "Pool | Connection", topic: Topic, name: str) -> int:
    """The version of one thing: its latest change, or 0."""
    return int(await _SQL.latest(source, topic=topic, name=name))


async def require(connection: Connection, topic: Topic, name: str, read: int | None) -> None:
    """Raises ``VersionMismatch`` where somebody changed the thing after the caller read it; None: the caller does not mind."""
    present = await version(connection, topic, name)
    if read is not None and read != present:
        raise VersionMismatch("It was changed in the meantime: read it again.", version=present)


async def count(connection: Connection) -> None:
    """Lets running services notice a change when the transaction ends."""
    await _SQL.count(connection)


async def counter(source: "Pool | Connection") -> int:
    """How often anything of the configuration was changed."""
    return int(await _SQL.version(source))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What differs, as the history keeps it: by field, before and after."""
    names = dict.fromkeys([*before, *after])
    return {
        name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)
    }
