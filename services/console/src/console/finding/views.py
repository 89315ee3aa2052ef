"""What a search answers with."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Self

import orjson
from pydantic import BaseModel, Field

from console.finding.finding import FoundBy


class HomeOut(BaseModel):
    """A main address in short."""

    address1: str
    address2: str
    postcode: str
    post_district: str


class HitOut(BaseModel):
    """A contact as a list shows it."""

    contact_id: int
    found_by: FoundBy = Field(description="what of the contact the text was")
    name_type: str
    name_code: str | None = Field(description="its current number")
    name1: str | None = Field(description="null: protected, and hidden from the caller")
    name2: str | None
    start_date: dt.date | None
    end_date: dt.date | None
    is_placeholder: bool = Field(description="known by number only, not imported")
    is_protected: bool = Field(description="name and address are protected, seen or not")
    is_subscribed: bool | None = Field(
        description="whether a register tells of changes; null: no register delivered it"
    )
    address: HomeOut | None = Field(description="main address; null: none, or hidden from the caller")

    @classmethod
    def of(cls, row: Mapping[str, Any], found_by: FoundBy) -> Self:
        """From the store."""
        home = row["address"] and HomeOut(**orjson.loads(row["address"]))
        return cls(**{**row, "address": home, "found_by": found_by})


class FoundOut(BaseModel):
    """A page of those who were found: first by number or name, then by address, each in the order of names."""

    items: list[HitOut]
    page: int
    size: int
    found: int = Field(description="how many there are on all pages; 1,000 at most are told of")
    is_complete: bool = Field(
        description="false: the words are so common that not all who have them were looked at; add one"
    )
