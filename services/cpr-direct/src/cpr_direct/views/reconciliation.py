"""Comparisons of CPR's list of subscribed numbers with the store."""

import datetime as dt
from typing import Self

from pydantic import BaseModel, Field
from registerbro.subscriptions.correcting import Applied
from registerbro.subscriptions.reconciliation import (
    Difference,
    DifferenceKind,
    DifferenceOutcome,
    Reconciliation,
)


class ReconciliationOut(BaseModel):
    """A comparison."""

    reconciliation_id: int
    name: str = Field(description="of the list")
    as_of: dt.date = Field(description="the Danish day on which CPR's subscriptions were so")
    listed: int = Field(description="numbers in the list")
    counts: dict[str, int] = Field(description="contacts that agree, and differences by kind")
    compared_at: dt.datetime
    compared_by: str
    applied_at: dt.datetime | None
    applied_by: str | None

    @classmethod
    def of(cls, found: Reconciliation) -> Self:
        """From the store."""
        return cls.model_validate(found, from_attributes=True)


class DifferenceOut(BaseModel):
    """Where list and store differ."""

    difference_id: int
    kind: DifferenceKind = Field(
        description="missing-here: CPR subscribes the contact's number, the store says otherwise; missing-at-cpr: the other way "
        "round; unknown-person: CPR subscribes a number that no imported contact has"
    )
    contact_id: int | None
    number: str | None = Field(description="of an unknown person, masked")
    is_overtaken: bool = Field(
        description="CPR said otherwise after the list's day: applying changes nothing"
    )
    outcome: DifferenceOutcome | None = Field(description="null: not applied yet")

    @classmethod
    def of(cls, found: Difference) -> Self:
        """From the store."""
        return cls(
            difference_id=found.difference_id,
            kind=found.kind,
            contact_id=found.contact_id,
            number=None if found.number is None else str(found.number),
            is_overtaken=found.is_overtaken,
            outcome=found.outcome,
        )


class AppliedOut(BaseModel):
    """What applying a comparison did, or would do."""

    outcomes: dict[str, int] = Field(description="differences by what became of them")
    subscribed: int = Field(description="contacts that count as subscribed now")
    unsubscribed: int
    ends_to_come: int = Field(
        description="subscriptions of unknown persons that CPR is told to end, or could be"
    )

    @classmethod
    def of(cls, applied: Applied, ends_to_come: int) -> Self:
        """From the application."""
        return cls(
            outcomes={str(outcome): count for outcome, count in applied.outcomes.items()},
            subscribed=applied.subscribed,
            unsubscribed=applied.unsubscribed,
            ends_to_come=ends_to_come,
        )
