"""What registers delivered of a contact, decoded: CPR's record by record and field by field, CVR's as the provider's keys have it."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import aiosql
from pydantic import BaseModel, Field
from registerbro.contacts.model import SOURCE_CVR
from registerbro.cpr.sensitivity import tells_of_protected_relative
from registerbro.cvr.records import decoded
from registerbro.database import Connection
from registerbro.record_views import RecordShown, personal_fields

_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")


class SourceOut(BaseModel):
    """What one register delivered last, and when."""

    source: str = Field(description="CPR or CVR-J")
    src_subscribed: bool = Field(description="whether the register tells of changes")
    subscribed: bool | None = Field(description="whether it should")
    delivered_number: str | None
    register_date: dt.date | None
    last_delivered_at: dt.datetime | None
    last_changed_at: dt.datetime | None
    is_masked: bool = Field(description="personal fields are hidden: the contact or a relative is protected")
    records: list[RecordShown] = Field(description="of CPR")
    answer: Any = Field(description="of CVR: as the provider spells it; null for CPR")

    @classmethod
    def of(cls, row: Mapping[str, Any], *, sees_protected: bool) -> Self:
        """From the store."""
        told = {name: row[name] for name in cls.model_fields if name in row and name != "records"}
        if row["source"] == SOURCE_CVR:
            return cls(**told, is_masked=False, records=[], answer=decoded(row["records"]))
        shows = sees_protected or not (row["is_protected"] or row["has_protected_relative"])
        lines = [line for line in row["records"].split("\n") if line]
        records = [
            RecordShown.of(
                number, 0, line, shows=shows and (sees_protected or not tells_of_protected_relative(line))
            )
            for number, line in enumerate(lines, start=1)
        ]
        return cls(**told, is_masked=not shows, records=records, answer=None)


class DeliveredOut(BaseModel):
    """What registers delivered of a contact; nothing of one that is kept by hand."""

    contact_id: int
    sources: list[SourceOut]

    @property
    def shown_fields(self) -> list[str]:
        """What can be read of it, for the audit log."""
        answers = [each.source for each in self.sources if each.answer is not None]
        return answers + personal_fields(
            record for each in self.sources for record in each.records if record.fields
        )


async def delivered(
    connection: Connection, contact_id: int, day: dt.date, *, sees_protected: bool
) -> DeliveredOut | None:
    """What there is on a Danish day; None if there is no such contact."""
    if not await _SQL.exists(connection, contact_id=contact_id):
        return None
    rows = [row async for row in _SQL.delivered(connection, contact_id=contact_id, day=day)]
    return DeliveredOut(
        contact_id=contact_id, sources=[SourceOut.of(row, sees_protected=sees_protected) for row in rows]
    )
