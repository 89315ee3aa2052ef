"""Accesses, reports and spot checks, as the API answers them and the commands print them. Times are UTC."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, Field
from registerbro.audit import Access, Stage
from registerbro.privacy import mask

from console.audit.inquiries import Inquiry
from console.audit.spot_checks import Drawn, SpotCheck, Verdict


class InquiryOut(BaseModel):
    """One access to data about persons or companies, from the question to the answer. Never holds a number."""

    audit_id: uuid.UUID
    at: dt.datetime
    client: str
    acting_user: str | None = Field(description="the user that the client acted for")
    service: str
    action: str
    purpose: str
    case_reference: str | None
    by_number: bool = Field(description="whether somebody was asked for by number")
    stages: list[Stage] = Field(
        description="how far it came; an import has rows, and so an access, of its own"
    )
    contact_ids: list[int] = Field(description="whose data the answer held; several for a hit list")
    fields: list[str] = Field(description="what the answer held of them")
    break_glass_reason: str | None = Field(
        description="why protected data were opened without the right to read them; null: they were not"
    )

    @classmethod
    def of(cls, inquiry: Inquiry) -> Self:
        """From the store; texts that people wrote are masked once more."""
        shown = cls.model_validate(inquiry, from_attributes=True)
        texts = {
            name: None if (text := getattr(shown, name)) is None else mask(text)
            for name in ("purpose", "case_reference", "break_glass_reason")
        }
        return shown.model_copy(update=texts)


class AccessOut(BaseModel):
    """One access to a person's data, as the person may know of it: not which employee."""

    at: dt.datetime
    client: str
    organisation: str | None = Field(description="the client's name; null: it is not registered any more")
    service: str
    action: str
    stages: list[Stage]
    fields: list[str] = Field(description="what the answer held; empty: there was none")
    purpose: str
    case_reference: str | None
    break_glass_reason: str | None

    @classmethod
    def of(cls, access: Access) -> Self:
        """From the log."""
        facts = {name: getattr(access, name) for name in cls.model_fields if name != "organisation"}
        case = access.case_reference
        return cls(**{**facts, "organisation": access.client_name, "case_reference": case and mask(case)})


class ReportOut(BaseModel):
    """Everybody who has looked at a person's data, oldest first."""

    made_at: dt.datetime
    retention_days: int = Field(description="accesses of more days ago are deleted")
    accesses: list[AccessOut]

    @classmethod
    def of(cls, accesses: Sequence[Access], *, retention_days: int) -> Self:
        """From the log, now."""
        lines = [AccessOut.of(each) for each in accesses]
        return cls(made_at=dt.datetime.now(dt.UTC), retention_days=retention_days, accesses=lines)


class SpotCheckOut(BaseModel):
    """A random sample of accesses that somebody reviews."""

    check_id: int
    drawn_at: dt.datetime
    drawn_by: str
    first_day: dt.date
    last_day: dt.date
    client: str | None
    acting_user: str | None
    per_user: bool
    size: int
    seed: int = Field(description="who has it draws the same accesses again")
    population: int = Field(description="accesses that it was drawn from")
    drawn: int = Field(description="accesses in it that the log still has")
    judged: int
    to_look_into: int
    closed_at: dt.datetime | None
    closed_by: str | None
    conclusion: str | None

    @classmethod
    def of(cls, check: SpotCheck) -> Self:
        """From the store."""
        return cls.model_validate(check, from_attributes=True)


class DrawnOut(InquiryOut):
    """An access that was drawn, and what was said of it."""

    verdict: Verdict | None
    note: str | None
    judged_at: dt.datetime | None
    judged_by: str | None

    @classmethod
    def of_drawn(cls, drawn: Drawn) -> Self:
        """From the store."""
        said = {name: getattr(drawn, name) for name in ("verdict", "note", "judged_at", "judged_by")}
        return cls(**InquiryOut.of(drawn.inquiry).model_dump(), **said)


class SpotCheckDetails(SpotCheckOut):
    """A spot check with what was drawn, in that order."""

    items: list[DrawnOut]

    @classmethod
    def with_items(cls, check: SpotCheck, drawn: Sequence[Drawn]) -> Self:
        """From the store."""
        items = [DrawnOut.of_drawn(each) for each in drawn]
        return cls(**SpotCheckOut.of(check).model_dump(), items=items)
