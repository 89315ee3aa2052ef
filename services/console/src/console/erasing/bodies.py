"""What is said when a contact is erased, and what is answered."""

import datetime as dt
from typing import Self

from pydantic import BaseModel, Field
from registerbro.contacts.erasing import Erasure, Reason, Tombstone
from registerbro.purposes import CprText

from console.bodies import Purposeful


class ErasureOrder(Purposeful):
    """A contact is to be erased for good."""

    reason: Reason = Field(description="a code: a text might name the person, and this is kept")
    despite_open_cases: bool = Field(
        default=False, description="also where the contact is party to open cases"
    )
    dry_run: bool = Field(default=False, description="only tell what would be erased")


class Lifting(Purposeful):
    """An erased person is to be imported again."""

    number: CprText
    reason: Reason = Field(description="why the person may be known again")


class ErasureOut(BaseModel):
    """What was erased, or would be."""

    contact_id: int
    version: int = Field(description="as the event `contact.erased` tells it")
    is_dry_run: bool
    is_finished: bool = Field(
        description="false: other contacts' records may name the erased one until tonight's job has run"
    )
    rows: dict[str, int] = Field(
        description="rows taken away by table; named_by: other contacts whose records or history named this one"
    )

    @classmethod
    def of(cls, done: Erasure, *, is_dry_run: bool) -> Self:
        """From the store."""
        return cls(
            contact_id=done.contact_id,
            version=done.version,
            is_dry_run=is_dry_run,
            is_finished=done.is_finished,
            rows=dict(done.rows),
        )


class ErasedOut(BaseModel):
    """A contact that was erased: nothing is left that says who it was."""

    contact_id: int
    erased_at: dt.datetime
    erased_by: str = Field(description="the client that had it erased, or the command line")
    acting_user: str | None
    reason: str
    case_reference: str | None
    finished_at: dt.datetime | None = Field(description="null: traces in others' records wait for the job")
    lifted_at: dt.datetime | None = Field(description="since then the person may be imported again")
    lifted_by: str | None
    lifted_for: str | None

    @classmethod
    def of(cls, tombstone: Tombstone) -> Self:
        """From the store."""
        return cls.model_validate(tombstone, from_attributes=True)


class LiftedOut(BaseModel):
    """An erasure that holds no longer: what was erased stays so, and an import makes a new contact."""

    contact_id: int = Field(description="the id that the erased contact had")
