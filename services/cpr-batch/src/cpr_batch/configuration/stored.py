"""Settings that operators stored: read for each action, written with their history. Secrets stand in the secret store."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiosql
import structlog
from pydantic import SecretStr
from registerbro.database import Connection, Pool
from registerbro.secrets import SecretsError, SecretStore

from cpr_batch.configuration.fields import Path as Place
from cpr_batch.configuration.fields import fields

SQL = aiosql.from_path(Path(__file__).parents[1] / "sql" / "configuration.sql", "asyncpg")
log = structlog.get_logger()


@dataclasses.dataclass(frozen=True, slots=True)
class Stored:
    """What is stored. ``version`` counts the changes; ``unreadable`` are secrets that no configured key opens."""

    version: int
    values: Mapping[Place, Any]
    unreadable: Mapping[Place, str]

    @property
    def places(self) -> set[Place]:
        """Everything for which something is stored."""
        return {*self.values, *self.unreadable}


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One setting before and after; ``{}`` where nothing is stored, else ``{"value": …}``."""

    name: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]

    @property
    def is_secret(self) -> bool:
        """Whether its value is shown to nobody."""
        return fields()[self.name].is_secret


async def load(pool: Pool, secrets: SecretStore) -> Stored:
    """Everything that is stored; a setting of another version of the program is left aside."""
    rows = [row async for row in SQL.stored(pool)]
    values: dict[Place, Any] = {}
    unreadable: dict[Place, str] = {}
    for name, value in ((row["name"], row["value"]) for row in rows if row["name"] is not None):
        field = fields().get(name)
        if field is None:
            log.warning("stored setting not known to this version", setting=name)
        elif not field.is_secret:
            values[field.path] = value
        else:
            try:
                values[field.path] = await secrets.get(pool, secret_name(name))
            except SecretsError as error:
                unreadable[field.path] = str(error)
    return Stored(rows[0]["version"], values, unreadable)


async def write(connection: Connection, secrets: SecretStore, change: Change, *, by: str) -> None:
    """Stores one change, and that it was made."""
    if change.is_secret:
        await _write_secret(connection, secrets, change)
    if change.new:
        value = True if change.is_secret else change.new["value"]
        await SQL.put(connection, name=change.name, value=value, changed_by=by)
    else:
        await SQL.remove(connection, name=change.name)
    await SQL.add_change(
        connection,
        changed_by=by,
        name=change.name,
        is_secret=change.is_secret,
        old_value=_shown(change.old, change),
        new_value=_shown(change.new, change),
    )


async def _write_secret(connection: Connection, secrets: SecretStore, change: Change) -> None:
    if change.new:
        await secrets.put(connection, secret_name(change.name), _secret(change.new["value"]))
    else:
        await secrets.remove(connection, secret_name(change.name))


def secret_name(name: str) -> str:
    """Under which the secret store has it."""
    return f"cpr-batch {name}"


def _secret(value: Any) -> SecretStr:
    return value if isinstance(value, SecretStr) else SecretStr(str(value))


def _shown(side: Mapping[str, Any], change: Change) -> Mapping[str, Any]:
    return {"value": True} if change.is_secret and side else side
