"""Erasing a contact for good: what it would take away, doing it, what was erased, and letting a person be imported again."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Path, Query
from registerbro.api import Page, Size
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.contacts import erasing
from registerbro.contacts.erasure_errors import ErasureRefused, NotErased
from registerbro.cpr.numbers import CprNumber
from registerbro.ids import LAST_ID
from registerbro.problems import AuditUnavailable, responses
from registerbro.service import CurrentService

from console.contacts.preconditions import MatchedVersion
from console.contacts.problems import PROBLEMS as CONTACTS
from console.contacts.problems import PreconditionRequired
from console.erasing.bodies import ErasedOut, ErasureOrder, ErasureOut, LiftedOut, Lifting
from console.erasing.desk import Desk
from console.erasing.problems import PROBLEMS

ERASE = "/odata/Contacts({contact_id})/Registerbro.Erase"
ERASURES = "/contacts/erasures"
LIFT = f"{ERASURES}/lift"
SCOPES: Scopes = {
    ("POST", ERASE): Scope.CONTACTS_WRITE,
    ("POST", LIFT): Scope.CONTACTS_WRITE,
    ("GET", ERASURES): Scope.AUDIT_READ,
}
REFUSALS = tuple(problem for problem in PROBLEMS.below(ErasureRefused) if problem is not PROBLEMS[NotErased])
ThisContact: TypeAlias = Annotated[int, Path(ge=1, le=LAST_ID, description="the contact's id")]
router = APIRouter()


@router.post(ERASE, responses=responses(*REFUSALS, *CONTACTS.of(PreconditionRequired), AuditUnavailable))
async def erase_contact(
    contact_id: ThisContact,
    request: ErasureOrder,
    version: MatchedVersion,
    service: CurrentService,
    caller: CurrentCaller,
) -> ErasureOut:
    """Erases a contact for good, with all that others' records say of it. There is no way back; look with `dry_run` first."""
    desk = Desk(service.pool, service.audit, caller, request.why())
    order = desk.order(request.reason, despite_open_cases=request.despite_open_cases)
    act = desk.preview if request.dry_run else desk.erase
    return ErasureOut.of(await act(contact_id, version, order), is_dry_run=request.dry_run)


@router.post(LIFT, responses=responses(*PROBLEMS.of(NotErased), AuditUnavailable))
async def lift_erasure(request: Lifting, service: CurrentService, caller: CurrentCaller) -> LiftedOut:
    """Lets an erased person be imported again, by any number. The body names the number, the audit log says who did it."""
    desk = Desk(service.pool, service.audit, caller, request.why())
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
