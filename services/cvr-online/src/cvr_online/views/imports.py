"""Outcomes of imports."""

import collections
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from pydantic import BaseModel, Field
from registerbro.cvr.numbers import UnitNumber

from cvr_online.errors import NumberRefused
from cvr_online.importing import FAILED, Became, ImportedUnit
from cvr_online.storing import Imported, ImportOutcome
from cvr_online.views.failure import Failure
from cvr_online.views.unit import UnitOut


class ItemOut(BaseModel):
    """What became of one of many."""

    place: int = Field(description="in the request, or in the company's list of units; from 0")
    number: str | None = Field(description="null: what stood there is no CVR number or P-number")
    outcome: str = Field(description="created, updated, unchanged or failed")
    contact_id: int | None = None
    failure: Failure | None = None

    @classmethod
    def of(cls, place: int, number: UnitNumber | None, became: Became) -> Self:
        """From the import."""
        value = None if number is None else number.value
        if isinstance(became, Imported):
            return cls(place=place, number=value, outcome=became.outcome, contact_id=became.contact_id)
        return cls(place=place, number=value, outcome=FAILED, failure=Failure.of(became))


class ManyImportedOut(BaseModel):
    """What became of many."""

    counts: dict[str, int] = Field(description="by outcome")
    items: list[ItemOut]

    @classmethod
    def of(cls, wanted: Sequence[UnitNumber | NumberRefused], became: Mapping[UnitNumber, Became]) -> Self:
        """In the order in which they were wanted."""
        return cls.made(
            ItemOut.of(place, None, each)
            if isinstance(each, NumberRefused)
            else ItemOut.of(place, each, became[each])
            for place, each in enumerate(wanted)
        )

    @classmethod
    def made(cls, items: Iterable[ItemOut]) -> Self:
        """With the items counted."""
        found = list(items)
        counts = collections.Counter(each.outcome for each in found)
        return cls(counts=dict(sorted(counts.items())), items=found)


class ImportedOut(BaseModel):
    """A contact that is imported now."""

    outcome: ImportOutcome
    contact_id: int
    unit: UnitOut
    production_units: ManyImportedOut | None = Field(
        description="what became of the company's production units; null: they were not asked for"
    )

    @classmethod
    def of(cls, done: ImportedUnit) -> Self:
        """From the import."""
        units = done.production_units
        return cls(
            outcome=done.imported.outcome,
            contact_id=done.imported.contact_id,
            unit=done.unit,
            production_units=None if units is None else ManyImportedOut.of(list(units), units),
        )
