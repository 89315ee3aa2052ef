"""Cases and their parties, for case-management systems that call instead of sending events."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from registerbro.api import Request
from registerbro.auth import Scope, Scopes
from registerbro.ids import LAST_ID
from registerbro.problems import responses
from registerbro.purposes import CaseReference
from registerbro.subscriptions import cases

from cpr_direct import problems
from cpr_direct.api.common import ContactId, CurrentDirect

SCOPES: Scopes = {
    ("POST", "/cases/openings"): Scope.SUBSCRIPTIONS_MANAGE,
    ("POST", "/cases/closings"): Scope.SUBSCRIPTIONS_MANAGE,
    ("POST", "/cases/search"): Scope.SUBSCRIPTIONS_MANAGE,
    ("GET", "/contacts/{contact_id}/cases"): Scope.SUBSCRIPTIONS_MANAGE,
}
MOST = 1000
router = APIRouter()


class CaseOpening(Request):
    """A case that was opened, or that has further parties."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"case_reference": "2026-0815", "contact_ids": [4711]}]}
    )

    case_reference: CaseReference
    contact_ids: list[ContactId] = Field(min_length=1, max_length=MOST)


class CaseNamed(Request):
    """A case. Its reference may hold anything, so it stands in no URL."""

    case_reference: CaseReference


class PartiesOut(BaseModel):
    """Contacts that came to a case, or left it."""

    contact_ids: list[int]


class PartyOut(BaseModel):
    """A party to an open case."""

    contact_id: int
    opened_at: dt.datetime = Field(description="when the case was last said to be open with this party")


class OpenCaseOut(BaseModel):
    """An open case of a contact."""

    case_reference: str
    opened_at: dt.datetime


@router.post("/cases/openings", responses=responses(problems.ContactsUnknown))
async def open_case(request: CaseOpening, direct: CurrentDirect) -> PartiesOut:
    """The case is open with these parties; others of it stay. Answers those who are new in it. May be repeated."""
    async with direct.pool.acquire() as connection, connection.transaction():
        added = await cases.opened(connection, request.case_reference, request.contact_ids, direct.now())
    return PartiesOut(contact_ids=added)


@router.post("/cases/closings")
async def close_case(request: CaseNamed, direct: CurrentDirect) -> PartiesOut:
    """The case is closed; answers those who were party to it. May be repeated."""
    async with direct.pool.acquire() as connection, connection.transaction():
        removed = await cases.closed(connection, request.case_reference, direct.now())
    return PartiesOut(contact_ids=removed)


@router.post("/cases/search")
async def parties(request: CaseNamed, direct: CurrentDirect) -> list[PartyOut]:
    """The parties of an open case; none where it is closed or not known."""
    found = await cases.contacts_of(direct.pool, request.case_reference)
    return [PartyOut.model_validate(each, from_attributes=True) for each in found]


@router.get("/contacts/{contact_id}/cases")
async def cases_of(
    direct: CurrentDirect, contact_id: Annotated[int, Path(ge=1, le=LAST_ID)]
) -> list[OpenCaseOut]:
    """The open cases of a contact, oldest first."""
    found = await cases.cases_of(direct.pool, contact_id)
    return [OpenCaseOut.model_validate(each, from_attributes=True) for each in found]
