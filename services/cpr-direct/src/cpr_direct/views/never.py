"""The list of numbers that are never subscribed."""

import datetime as dt
from typing import Self

from pydantic import BaseModel, Field
from registerbro.subscriptions.never import NeverAdded, NeverEntry


class NeverAddedOut(BaseModel):
    """What adding a number did."""

    entry_id: int
    is_new: bool = Field(description="false: it was listed already, and stays as it was")
    ended: list[int] = Field(description="contacts whose subscription is to end now")

    @classmethod
    def of(cls, added: NeverAdded) -> Self:
        """From the list."""
        ended = [each.contact_id for each in added.ended]
        return cls(entry_id=added.entry_id, is_new=added.is_new, ended=ended)


class NeverEntryOut(BaseModel):
    """A number in the list."""

    entry_id: int
    number: str = Field(description="masked")
    contact_id: int | None = Field(description="null: the store knows nobody with it")
    reason: str
    added_at: dt.datetime
    added_by: str

    @classmethod
    def of(cls, entry: NeverEntry) -> Self:
        """From the list."""
        return cls(
            entry_id=entry.entry_id,
            number=str(entry.number),
            contact_id=entry.contact_id,
            reason=entry.reason,
            added_at=entry.added_at,
            added_by=entry.added_by,
        )
