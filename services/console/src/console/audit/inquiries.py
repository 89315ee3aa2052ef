"""Searches the audit log: who looked at whom, when and why. A search is an access, too, and stands in the log itself.

Rows of one access are shown as one. The log keeps a number as a keyed hash only, so nobody can read numbers out of it; whoever
asks for a number's accesses brings the number.
"""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

import aiosql
from registerbro.audit import Auditor, Purpose, Stage
from registerbro.auth import Caller
from registerbro.database import Pool
from registerbro.privacy import mask

from console.purposes import PurposeRequired

_SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "inquiries.sql", "asyncpg")
SEARCH = "search-audit-log"
WHAT = ("accesses",)
NOBODY_NAMED = Purpose(purpose="the audit log searched without naming a person")
DAY = dt.timedelta(days=1)
USUAL_PERIOD = 30 * DAY
LONGEST_PERIOD = 366 * DAY


@dataclasses.dataclass(frozen=True, slots=True)
class Number:
    """A CPR, CVR or P-number, as the log knows it by its hash."""

    name_type: str
    value: str = dataclasses.field(repr=False)


class Position(NamedTuple):
    """The place of an access in the log, newest first; what to give as ``before`` for those that follow."""

    audit_day: dt.date
    at: dt.datetime
    audit_id: uuid.UUID

    def __str__(self) -> str:
        return "_".join((self.audit_day.isoformat(), self.at.isoformat(), str(self.audit_id)))

    @classmethod
    def parse(cls, text: str) -> Self:
        """From what ``str`` made; ``ValueError``."""
        day, at, audit_id = text.split("_")
        moment = dt.datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("a time without its zone")
        return cls(dt.date.fromisoformat(day), moment, uuid.UUID(audit_id))


@dataclasses.dataclass(frozen=True, slots=True)
class Inquiry:
    """One access: who, when, why, and as far as it came (``stages``). Times are UTC."""

    audit_day: dt.date
    audit_id: uuid.UUID
    at: dt.datetime
    client: str
    acting_user: str | None
    service: str
    action: str
    purpose: str
    case_reference: str | None
    by_number: bool
    stages: tuple[Stage, ...]
    contact_ids: tuple[int, ...]
    fields: tuple[str, ...]
    break_glass_reason: str | None

    @property
    def position(self) -> Position:
        """Where it stands in the log."""
        return Position(self.audit_day, self.at, self.audit_id)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of ``audit_inquiry``."""
        lists = {"contact_ids": tuple(row["contact_ids"]), "fields": tuple(row["fields"])}
        return cls(**{**row, **lists, "stages": tuple(map(Stage, row["stages"]))})


@dataclasses.dataclass(frozen=True, slots=True)
class Search:
    """Which accesses, ``until`` excluded; what is None does not matter. Of number and contacts one is enough."""

    since: dt.datetime
    until: dt.datetime
    number: Number | None = None
    contact_ids: tuple[int, ...] = ()
    client: str | None = None
    acting_user: str | None = None
    service: str | None = None
    action: str | None = None
    stage: Stage | None = None
    purpose_contains: str | None = None
    case_reference: str | None = None
    only_broken_glass: bool = False

    @property
    def names_a_person(self) -> bool:
        """Whether it asks for whom, not only for what."""
        return self.number is not None or bool(self.contact_ids)

    def parameters(self) -> dict[str, Any]:
        """As the statements take them; a day of the log may begin shortly before its rows' times."""
        return {
            "first_day": self.since.astimezone(dt.UTC).date() - DAY,
            "last_day": self.until.astimezone(dt.UTC).date(),
            "since": self.since,
            "until": self.until,
            "client": self.client,
            "acting_user": self.acting_user,
            "service": self.service,
            "action": self.action,
            "stage": self.stage,
            "purpose": self.purpose_contains,
            "case_reference": self.case_reference and mask(self.case_reference),  # as it is kept
            "is_broken": self.only_broken_glass,
        }


async def search(
    pool: Pool,
    auditor: Auditor,
    caller: Caller,
    asked: Search,
    purpose: Purpose | None,
    *,
    before: Position | None = None,
    size: int,
) -> list[Inquiry]:
    """Accesses, newest first. Raises ``PurposeRequired`` and, if the search cannot be recorded, ``AuditUnavailable``."""
    if asked.names_a_person and purpose is None:
        raise PurposeRequired("Whoever names a person says why: purpose is missing.")
    name_type = asked.number.name_type if asked.number else "C"
    inquiry = await auditor.asked(
        caller, SEARCH, purpose or NOBODY_NAMED,
        number=asked.number, name_type=name_type, contact_ids=asked.contact_ids,
    )  # fmt: skip
    number_hash = auditor.number_hash(asked.number, name_type) if asked.number else None
    found = await find(pool, asked, number_hash, before=before, size=size)
    await auditor.delivered(inquiry, contact_ids=asked.contact_ids, fields=WHAT)
    return found


async def find(
    pool: Pool, asked: Search, number_hash: bytes | None, *, before: Position | None, size: int
) -> list[Inquiry]:
    """The accesses themselves; planned anew each time, because each filter has an index of its own."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await connection.execute("set local plan_cache_mode = force_custom_plan")
        name, parameters = statement(asked, number_hash, before, size)
        return [Inquiry.of(row) async for row in getattr(_SQL, name)(connection, **parameters)]


def statement(
    asked: Search, number_hash: bytes | None, before: Position | None, size: int
) -> tuple[str, dict[str, Any]]:
    """The statement that finds them, by name, and its parameters."""
    day, at, audit_id = before or (None, None, None)
    told = asked.parameters() | {"before_day": day, "before_at": at, "before_id": audit_id, "size": size}
    seeks_case = not asked.names_a_person and asked.case_reference is not None
    seeks_broken = not (asked.names_a_person or seeks_case) and asked.only_broken_glass
    if not (asked.names_a_person or seeks_case or seeks_broken):
        return "search", told
    by_index = {"number_hash": number_hash, "contact_ids": list(asked.contact_ids) or None}
    return "search_found", told | by_index | {"seeks_case": seeks_case, "seeks_broken": seeks_broken}
