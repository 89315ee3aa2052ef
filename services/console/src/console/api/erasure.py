"""Erasing a contact for good: what it would take away, doing it, what was erased, and letting a person be imported again."""

import datetime as dt
import re
from typing import Annotated, Self, TypeAlias

from fastapi import APIRouter, Depends, Header, Path, Query
from pydantic import BaseModel, Field
from registerbro.api import Page, Size
from registerbro.audit import Purpose
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.contacts import erasing
from registerbro.contacts.erasing import Erasure, Reason, Tombstone
from registerbro.contacts.erasure_errors import ErasureRefused, NotErased
from registerbro.cpr.numbers import CprNumber
from registerbro.ids import LAST_ID
from registerbro.problems import AuditUnavailable, responses
from registerbro.service import CurrentService

from console.api.common import Request
from console.erasing.desk import Desk
from console.erasing.problems import PROBLEMS, PreconditionRequired

ERASE = "/odata/Contacts({contact_id})/Registerbro.Erase"
ERASURES = "/contacts/erasures"
LIFT = f"{ERASURES}/lift"
SCOPES: Scopes = {
    ("POST", ERASE): Scope.CONTACTS_WRITE,
    ("POST", LIFT): Scope.CONTACTS_WRITE,
    ("GET", ERASURES): Scope.AUDIT_READ,
}
REFUSALS = tuple(problem for problem in PROBLEMS.below(ErasureRefused) if problem is not PROBLEMS[NotErased])
_TAG = re.compile(r'\s*(?:W/)?"([0-9]{1,9})"\s*', re.ASCII)
_NO_VERSION = -1
ThisContact: TypeAlias = Annotated[int, Path(ge=1, le=LAST_ID, description="the contact's id")]
router = APIRouter()


async def _looked_at(
    if_match: Annotated[
        str | None, Header(description='the ETag that the contact was read with, as W/"3"')
    ] = None,
) -> int:
    """The version. ``*`` would erase a contact that nobody looked at, and is none."""
    if if_match is None or if_match.strip() == "*":
        raise PreconditionRequired
    found = _TAG.fullmatch(if_match)
    return int(found[1]) if found else _NO_VERSION


LookedAt: TypeAlias = Annotated[int, Depends(_looked_at)]


class WithPurpose(Request):
    """What is done, and why: the purpose stands in the audit log."""

    purpose: str = Field(
        min_length=3,
        max_length=500,
        pattern=r"^[^\x00]*[^\x00\s][^\x00]*[^\x00\s][^\x00]*[^\x00\s][^\x00]*$",
        description="why, as an official would write it; numbers in it are masked",
    )
    case_reference: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00]*[^\x00\s][^\x00]*$",
        description="the case that it is done for",
    )

    def stated(self) -> Purpose:
        """The purpose as the audit log takes it."""
        return Purpose(purpose=self.purpose, case_reference=self.case_reference)


class ErasureOrder(WithPurpose):
    """A contact is to be erased for good."""

    reason: Reason = Field(description="a code: a text might name the person, and this is kept")
    despite_open_cases: bool = Field(
        default=False, description="also where the contact is party to open cases"
    )
    dry_run: bool = Field(default=False, description="only tell what would be erased")


class Lifting(WithPurpose):
    """An erased person is to be imported again."""

    number: str = Field(
        pattern=r"^(0[1-9]|[1-9][0-9])[0-9]{4}-?[0-9]{4}$",
        description="a CPR number of the person, with or without the hyphen",
    )
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


@router.post(ERASE, responses=responses(*REFUSALS, *PROBLEMS.of(PreconditionRequired), AuditUnavailable))
async def erase_contact(
    contact_id: ThisContact,
    request: ErasureOrder,
    version: LookedAt,
    service: CurrentService,
    caller: CurrentCaller,
) -> ErasureOut:
    """Erases a contact for good, with all that others' records say of it. There is no way back; look with `dry_run` first."""
    desk = Desk(service.pool, service.audit, caller, request.stated())
    order = desk.order(request.reason, despite_open_cases=request.despite_open_cases)
    act = desk.preview if request.dry_run else desk.erase
    return ErasureOut.of(await act(contact_id, version, order), is_dry_run=request.dry_run)


@router.post(LIFT, responses=responses(*PROBLEMS.of(NotErased), AuditUnavailable))
async def lift_erasure(request: Lifting, service: CurrentService, caller: CurrentCaller) -> LiftedOut:
    """Lets an erased person be imported again, by any number. The body names the number, the audit log says who did it."""
    desk = Desk(service.pool, service.audit, caller, request.stated())
    return LiftedOut(contact_id=await desk.lift(CprNumber.parse(request.number), request.reason))


@router.get(ERASURES)
async def list_erasures(
    service: CurrentService,
    size: Size = 100,
    after: Annotated[
        int | None, Query(ge=1, le=LAST_ID, description="what the page before gave as next")
    ] = None,
) -> Page[ErasedOut]:
    """Which contacts were erased, the latest first: by id, with who did it and why."""
    found = [ErasedOut.of(each) for each in await erasing.page(service.pool, below=after, size=size)]
    return Page[ErasedOut].cut(found, size, found[-1].contact_id if found else "")
