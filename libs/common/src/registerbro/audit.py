"""Who looked at whom, and why: a row when a person is asked for, one when the answer leaves, one for an import.

*Asked* is committed before a register is called, *delivered* before the answer leaves; an import's row stands in the import's
own transaction. If the row cannot be written, nothing is answered (``AuditUnavailable``). A number is kept as a keyed hash
only: whoever knows a number and the key can ask who looked, nobody can read numbers out of the log.

Two kinds of access raise an alert: asking for unusually many persons (``harvesting``; companies are not counted), and opening protected data without
the right to read them (``protection``), whose row and alert are one transaction.
"""

import contextlib
import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any, Protocol

import aiosql
import asyncpg
import structlog
from pydantic import BaseModel, Field, SecretStr, StringConstraints

from registerbro import harvesting
from registerbro.alerts import AlertKind, Fact, raise_alert
from registerbro.auth.scopes import Caller
from registerbro.contacts.model import NameType
from registerbro.database import Connection, Pool
from registerbro.harvesting import AskLimit, unlimited
from registerbro.number_hash import NumberHasher
from registerbro.privacy import mask
from registerbro.problems import AuditUnavailable
from registerbro.protection import BreakGlass

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
class Delivered:
    """An answer on its way out: the contacts and fields it holds, and the glass that was broken for it."""

    inquiry: Inquiry
    contact_ids: Sequence[int]
    fields: Sequence[str]
    break_glass: BreakGlass | None = None

    @property
    def facts(self) -> Mapping[str, Fact]:
        """What an alert on it says."""
        whom = (
            {"contact_id": self.contact_ids[0]}
            if len(self.contact_ids) == 1
            else {"contacts": len(self.contact_ids)}
        )
        return {"audit_id": self.inquiry.audit_id, **whom}


@dataclasses.dataclass(frozen=True, slots=True)
class Access:
    """One line of a person's report: when, what, why and by whose system; not which employee.

    ``fields`` is empty where somebody asked and got no answer. ``client_name`` is None where the client is not registered
    here (any more), ``break_glass_reason`` unless protected data were opened without the right to read them.
    """

    at: dt.datetime
    stages: tuple[Stage, ...]
    client: str
    client_name: str | None
    service: str
    action: str
    purpose: str
    case_reference: str | None
    fields: tuple[str, ...]
    break_glass_reason: str | None


class Auditor:
    """Writes the rows of one service; ``limit`` knows how many persons a caller may ask for without an alert."""

    def __init__(self, pool: Pool, key: SecretStr, service: str, *, limit: AskLimit = unlimited) -> None:
        self._pool = pool
        self._hasher = NumberHasher(key)
        self._service = service
        self._limit = limit

    def number_hash(self, number: RegisterNumber, name_type: str = NameType.PERSON) -> bytes:
        """The keyed hash that a number is kept as."""
        return self._hasher.of(name_type, number.value)

    @property
    def hasher(self) -> NumberHasher:
        """Makes such hashes."""
        return self._hasher

    async def asked(
        self,
        caller: Caller,
        action: str,
        purpose: Purpose,
        *,
        number: RegisterNumber | None = None,
        name_type: str = NameType.PERSON,
        contact_ids: Sequence[int] = (),
    ) -> Inquiry:
        """Records the question, committed when this returns: only then call the register."""
        inquiry = self._inquiry(caller, action, purpose, number, name_type)
        await self._ask([inquiry], contact_ids, are_persons=name_type == NameType.PERSON)
        return inquiry

    async def asked_many(
        self,
        caller: Caller,
        action: str,
        purpose: Purpose,
        numbers: Sequence[RegisterNumber],
        *,
        name_type: str = NameType.PERSON,
    ) -> list[Inquiry]:
        """Records a question about many contacts of a type, in their order, each with a row of its own: all of them or none."""
        inquiries = [self._inquiry(caller, action, purpose, number, name_type) for number in numbers]
        if inquiries:
            await self._ask(inquiries, (), are_persons=name_type == NameType.PERSON)
        return inquiries

    async def delivered(
        self,
        inquiry: Inquiry,
        *,
        contact_ids: Sequence[int],
        fields: Sequence[str],
        break_glass: BreakGlass | None = None,
    ) -> None:
        """Records what the answer holds, committed when this returns: only then answer. A hit list is one row.

        ``break_glass`` is what ``Clearance.broken`` says; with it an alert is raised, too.
        """
        await self.delivered_many([Delivered(inquiry, contact_ids, fields, break_glass)])

    async def delivered_many(self, answers: Sequence[Delivered]) -> None:
        """Records what several answers hold: all of them or none."""
        if not answers:
            return
        async with self._recording(Stage.DELIVERED, answers[0].inquiry.action) as connection:
            if any(answer.break_glass for answer in answers):
                async with connection.transaction():
                    await self._deliver(connection, answers)
            else:
                await self._deliver(connection, answers)

    async def read(
        self,
        caller: Caller,
        action: str,
        purpose: Purpose,
        *,
        contact_ids: Sequence[int],
        fields: Sequence[str],
    ) -> None:
        """Records an answer from the store alone, committed when this returns: only then answer."""
        inquiry = self._inquiry(caller, action, purpose, None)
        await self.delivered(inquiry, contact_ids=contact_ids, fields=fields)

    async def imported(
        self,
        connection: Connection,
        caller: Caller,
        action: str,
        purpose: Purpose,
        *,
        number: RegisterNumber | None = None,
        name_type: str = NameType.PERSON,
        contact_ids: Sequence[int] = (),
        fields: Sequence[str] = (),
    ) -> None:
        """Records an import, in the import's own transaction."""
        inquiry = self._inquiry(caller, action, purpose, number, name_type)
        await _SQL.add_access(connection, [self._row(Stage.IMPORTED, inquiry, contact_ids, fields)])

    async def accesses(
        self,
        *,
        number: RegisterNumber | None = None,
        contact_ids: Sequence[int] = (),
        but: Inquiry | None = None,
    ) -> list[Access]:
        """Everything recorded about a person, oldest first: for the person's own report, whose inquiry is left out (``but``).

        Covers all that is one person in the store: current and former numbers, merged contacts, hit lists that they are in.
        """
        async with self._pool.acquire() as connection:
            value = None if number is None else number.value
            who = await _SQL.whole_person(connection, number=value, contact_ids=list(contact_ids))
            hashes = [self._hasher.of(name_type, each) for name_type, each in who["numbers"]]
            if number is not None:
                hashes.append(self.number_hash(number))
            rows = _SQL.accesses(
                connection,
                number_hashes=hashes,
                contact_ids=who["contact_ids"],
                but=but.audit_id if but else None,
            )
            return [_access(row) async for row in rows]

    def _inquiry(
        self,
        caller: Caller,
        action: str,
        purpose: Purpose,
        number: RegisterNumber | None,
        name_type: str = NameType.PERSON,
    ) -> Inquiry:
        hashed = None if number is None else self.number_hash(number, name_type)
        return Inquiry(uuid.uuid4(), dt.datetime.now(dt.UTC), caller, action, purpose, hashed)

    async def _ask(
        self, inquiries: Sequence[Inquiry], contact_ids: Sequence[int], *, are_persons: bool
    ) -> None:
        first = inquiries[0]
        rows = [self._row(Stage.ASKED, inquiry, contact_ids) for inquiry in inquiries]
        limit = await self._limit() if are_persons else None
        async with self._recording(Stage.ASKED, first.action) as connection:
            if limit is None or first.number_hash is None:
                await _SQL.add_access(connection, rows)
                return
            rows.sort(key=itemgetter("number_hash"))  # who ask for the same do not lock each other out
            await _SQL.add_asked(connection, rows)
            await harvesting.look(connection, limit, first.caller, service=self._service)

    async def _deliver(self, connection: Connection, answers: Sequence[Delivered]) -> None:
        rows = [
            self._row(Stage.DELIVERED, each.inquiry, each.contact_ids, each.fields, each.break_glass)
            for each in answers
        ]
        await _SQL.add_access(connection, rows)
        for answer in answers:
            if answer.break_glass is not None:
                await raise_alert(
                    connection,
                    AlertKind.BREAK_GLASS,
                    service=self._service,
                    client=answer.inquiry.caller.client,
                    acting_user=answer.inquiry.caller.user,
                    facts=answer.facts,
                )

    @contextlib.asynccontextmanager
    async def _recording(self, stage: Stage, action: str) -> AsyncIterator[Connection]:
        try:
            async with self._pool.acquire() as connection:
                yield connection
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.error("audit row not written", stage=stage, action=action, error=type(error).__name__)
            raise AuditUnavailable from error

    def _row(
        self,
        stage: Stage,
        inquiry: Inquiry,
        contact_ids: Sequence[int],
        fields: Sequence[str] = (),
        break_glass: BreakGlass | None = None,
    ) -> dict[str, Any]:
        case = inquiry.purpose.case_reference
        return {
            "audit_id": inquiry.audit_id,
            "audit_day": inquiry.at.date(),
            "stage": stage,
            "at": dt.datetime.now(dt.UTC),
            "client": inquiry.caller.client,
            "acting_user": inquiry.caller.user,
            "service": self._service,
            "action": inquiry.action,
            "purpose": mask(inquiry.purpose.purpose),
            "case_reference": case and mask(case),
            "number_hash": inquiry.number_hash,
            "contact_ids": list(contact_ids),
            "fields": list(fields),
            "break_glass_reason": mask(break_glass.reason) if break_glass else None,
        }


def _access(row: Mapping[str, Any]) -> Access:
    stages = tuple(map(Stage, row["stages"]))
    return Access(**{**row, "stages": stages, "fields": tuple(row["fields"])})


async def drop_expired(connection: Connection, *, retention: dt.timedelta, today: dt.date) -> list[str]:
    """Drops the days that are older than the retention time, in spot checks, too; returns their partitions' names."""
    first_kept = today - retention
    await _SQL.forget_drawn(connection, before=first_kept)
    await _SQL.forget_spot_checks(connection, before=first_kept)
    names = [row["name"] async for row in _SQL.audit_partitions(connection)]
    expired = [name for name in names if name < f"audit_log_{first_kept:%Y%m%d}"]
    for name in expired:
        await connection.execute(f"drop table {name}")
    return expired
