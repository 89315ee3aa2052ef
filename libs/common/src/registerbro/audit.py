"""Who looked at whom, and why: a row when a person is asked for, one when the answer leaves, one for an import.

*Asked* is committed before a register is called, *delivered* before the answer leaves; an import's row stands in the import's
own transaction. If the row cannot be written, nothing is answered (``AuditUnavailable``). A number is kept as a keyed hash
only: whoever knows a number and the key can ask who looked, nobody can read numbers out of the log.
"""

import dataclasses
import datetime as dt
import enum
import hashlib
import hmac
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Protocol

import aiosql
import asyncpg
import structlog
from pydantic import BaseModel, Field, SecretStr, StringConstraints

from registerbro.auth.scopes import Caller
from registerbro.database import Connection, Pool
from registerbro.privacy import mask
from registerbro.problems import AuditUnavailable

log = structlog.get_logger()
_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")


class RegisterNumber(Protocol):
    """A CPR, CVR or P-number."""

    @property
    def value(self) -> str:
        """Its digits."""


class Stage(enum.StrEnum):
    """What a row tells."""

    ASKED = "asked"
    DELIVERED = "delivered"
    IMPORTED = "imported"


class Purpose(BaseModel):
    """Why a person is asked for; part of every request about persons."""

    purpose: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)] = Field(
        description="why the data are needed, as an official would write it"
    )
    case_reference: str | None = Field(
        default=None, min_length=1, max_length=200, description="the case it is for"
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Inquiry:
    """One access, from the question to the answer: what its rows have in common."""

    audit_id: uuid.UUID
    at: dt.datetime
    caller: Caller
    action: str
    purpose: Purpose
    number_hash: bytes | None


@dataclasses.dataclass(frozen=True, slots=True)
class Access:
    """One line of a person's report: when, what and why; not which employee."""

    at: dt.datetime
    stage: Stage
    client: str
    action: str
    purpose: str
    case_reference: str | None
    fields: tuple[str, ...]


class Auditor:
    """Writes the rows of one service."""

    def __init__(self, pool: Pool, key: SecretStr, service: str) -> None:
        self._pool = pool
        self._key = key.get_secret_value().encode()
        self._service = service

    def number_hash(self, number: RegisterNumber, name_type: str = "C") -> bytes:
        """The keyed hash that a number is kept as."""
        return hmac.digest(self._key, f"{name_type}:{number.value}".encode(), hashlib.sha256)

    async def asked(
        self,
        caller: Caller,
        action: str,
        purpose: Purpose,
        *,
        number: RegisterNumber | None = None,
        contact_ids: Sequence[int] = (),
    ) -> Inquiry:
        """Records the question, committed when this returns: only then call the register."""
        inquiry = self._inquiry(caller, action, purpose, number)
        await self._commit(Stage.ASKED, inquiry, contact_ids, ())
        return inquiry

    async def delivered(self, inquiry: Inquiry, *, contact_ids: Sequence[int], fields: Sequence[str]) -> None:
        """Records what the answer holds, committed when this returns: only then answer. A hit list is one row."""
        await self._commit(Stage.DELIVERED, inquiry, contact_ids, fields)

    async def imported(
        self,
        connection: Connection,
        caller: Caller,
        action: str,
        purpose: Purpose,
        *,
        number: RegisterNumber | None = None,
        contact_ids: Sequence[int] = (),
        fields: Sequence[str] = (),
    ) -> None:
        """Records an import, in the import's own transaction."""
        inquiry = self._inquiry(caller, action, purpose, number)
        await self._insert(connection, Stage.IMPORTED, inquiry, contact_ids, fields)

    async def accesses(self, *, number: RegisterNumber, contact_ids: Sequence[int] = ()) -> list[Access]:
        """Everything recorded about a person, oldest first: for the person's own report."""
        found = _SQL.accesses(self._pool, number_hash=self.number_hash(number), contact_ids=list(contact_ids))
        return [
            Access(**{**row, "stage": Stage(row["stage"]), "fields": tuple(row["fields"])})
            async for row in found
        ]

    def _inquiry(
        self, caller: Caller, action: str, purpose: Purpose, number: RegisterNumber | None
    ) -> Inquiry:
        hashed = None if number is None else self.number_hash(number)
        return Inquiry(uuid.uuid4(), dt.datetime.now(dt.UTC), caller, action, purpose, hashed)

    async def _commit(
        self, stage: Stage, inquiry: Inquiry, contact_ids: Sequence[int], fields: Sequence[str]
    ) -> None:
        try:
            async with self._pool.acquire() as connection:
                await self._insert(connection, stage, inquiry, contact_ids, fields)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.error("audit row not written", stage=stage, action=inquiry.action, error=type(error).__name__)
            raise AuditUnavailable from error

    async def _insert(
        self,
        connection: Connection,
        stage: Stage,
        inquiry: Inquiry,
        contact_ids: Sequence[int],
        fields: Sequence[str],
    ) -> None:
        await _SQL.add_access(
            connection,
            audit_id=inquiry.audit_id,
            audit_day=inquiry.at.date(),
            stage=stage,
            at=dt.datetime.now(dt.UTC),
            client=inquiry.caller.client,
            acting_user=inquiry.caller.user,
            service=self._service,
            action=inquiry.action,
            purpose=mask(inquiry.purpose.purpose),
            case_reference=inquiry.purpose.case_reference,
            number_hash=inquiry.number_hash,
            contact_ids=list(contact_ids),
            fields=list(fields),
        )


async def drop_expired(connection: Connection, *, retention: dt.timedelta, today: dt.date) -> list[str]:
    """Drops the days that are older than the retention time; returns their partitions' names."""
    limit = f"audit_log_{today - retention:%Y%m%d}"
    names = [row["name"] async for row in _SQL.audit_partitions(connection)]
    expired = [name for name in names if name < limit]
    for name in expired:
        await connection.execute(f"drop table {name}")
    return expired
