"""Outcomes of imports."""

import collections
from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, Field

from cpr_direct.many import Done
from cpr_direct.views.common import Failure


class PlaceOut(BaseModel):
    """What became of one number of a request."""

    place: int = Field(description="of the number in the request, from 0")
    outcome: str = Field(description="created, updated, unchanged or failed")
    contact_id: int | None = None
    failure: Failure | None = None

    @classmethod
    def of(cls, done: Done) -> Self:
        """From the import."""
        if done.imported is not None:
            return cls(place=done.place, outcome=done.imported.outcome, contact_id=done.imported.contact_id)
        return cls(place=done.place, outcome="failed", failure=Failure.of(done.error))


class ManyImportedOut(BaseModel):
    """What became of many."""

    counts: dict[str, int]
    items: list[PlaceOut]

    @classmethod
    def of(cls, done: Sequence[Done]) -> Self:
        """From the imports."""
        items = [PlaceOut.of(each) for each in done]
        return cls(
            counts=dict(sorted(collections.Counter(each.outcome for each in items).items())), items=items
        )
