"""What a search found."""

import enum
from typing import Self

from pydantic import BaseModel, Field
from registerbro.cvr.units import Hit, UnitKind
from registerbro.registers.port import Provider

from cvr_online.known import Known
from cvr_online.views.unit import UnitAddressOut, if_any


class Matching(enum.StrEnum):
    """How hits are found."""

    NUMBER = "number"
    EXACT = "exact"  # the whole name, in its very letters
    PREFIX = "prefix"


class HitOut(BaseModel):
    """A unit that a search found."""

    number: str
    kind: UnitKind
    name: str
    address: UnitAddressOut | None = Field(description="null: the provider does not tell it here")
    company: str | None = Field(description="of a production unit, where the provider tells")
    has_ceased: bool | None = Field(description="null: the provider does not tell")
    contact_id: int | None = Field(description="in the contact store; null: no contact has the number")
    is_imported: bool = Field(description="whether the contact was imported from CVR")

    @classmethod
    def of(cls, hit: Hit, contact: Known | None) -> Self:
        """From the provider's answer, and what the store knows."""
        return cls(
            number=hit.number.value,
            kind=hit.kind,
            name=hit.name,
            address=if_any(UnitAddressOut.of, hit.address),
            company=if_any(str, hit.company),
            has_ceased=hit.has_ceased,
            contact_id=contact.contact_id if contact else None,
            is_imported=contact is not None and contact.is_imported,
        )


class HitsOut(BaseModel):
    """One page of hits."""

    items: list[HitOut]
    matching: Matching = Field(
        description="number; prefix: names that begin so; exact: the whole name in its very letters, all that this provider can"
    )
    page: int
    has_more: bool = Field(description="there is a next page")
    provider: Provider

    @property
    def shown_fields(self) -> list[str]:
        """The fields that hold something in any hit, for the audit log."""
        shown = (each.model_dump(exclude={"is_imported", "has_ceased"}) for each in self.items)
        return sorted({name for values in shown for name, value in values.items() if value})
