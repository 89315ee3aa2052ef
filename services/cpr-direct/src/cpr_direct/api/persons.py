"""Persons: search, decode, import one or many. A CPR number stands in bodies only, never in a URL."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from registerbro.api import Whole
from registerbro.auth import Caller, CurrentCaller, Scope, Scopes
from registerbro.cpr.numbers import CprNumber
from registerbro.problems import AuditUnavailable, responses
from registerbro.protection import BreakGlass, clearance
from registerbro.purposes import CprText, Purposeful

from cpr_direct import importing, many, problems, searching
from cpr_direct.api.common import CurrentDirect, CurrentWorker
from cpr_direct.importing import ImportOutcome
from cpr_direct.searching import Question
from cpr_direct.views.imports import ManyImportedOut
from cpr_direct.views.person import PersonOut
from cpr_direct.views.records import PersonRecordsOut

SCOPES: Scopes = {
    ("POST", "/persons/search"): Scope.PERSONS_LOOKUP,
    ("POST", "/persons/records"): Scope.PERSONS_LOOKUP,
    ("POST", "/persons/imports"): Scope.PERSONS_IMPORT,
    ("POST", "/persons/import-batches"): Scope.PERSONS_IMPORT,
}
EXAMPLE: JsonDict = {
    "number": "0101010101",
    "purpose": "address for a letter in a housing case",
    "case_reference": "2026-0815",
}
router = APIRouter()


class PersonRequest(Purposeful):
    """Whom a call is about, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    number: CprText
    break_glass: BreakGlass | None = Field(
        default=None,
        description="to see protected name and address without protected:read; raises an alert. Needs protected:break-glass",
    )

    def question(self, caller: Caller, max_age_seconds: int | None = None) -> Question:
        """What is asked, for whom."""
        max_age = None if max_age_seconds is None else dt.timedelta(seconds=max_age_seconds)
        allowed = clearance(caller, self.break_glass)
        return Question(CprNumber.parse(self.number), caller, self.why(), allowed, max_age)


class StoreFirstRequest(PersonRequest):
    """The store may answer in CPR's place."""

    max_age_seconds: Annotated[int, Field(ge=0, le=10 * 366 * 86_400), Whole] | None = Field(
        default=None,
        description="the store answers for a subscribed contact that CPR delivered no longer ago, without a paid call",
    )


class ManyRequest(Purposeful):
    """Who is to be imported, and why."""

    numbers: list[Annotated[str, Field(max_length=20)]] = Field(
        min_length=1, max_length=many.MOST, description="CPR numbers; each has an outcome of its own"
    )


class ImportedOut(BaseModel):
    """A contact that is imported now."""

    outcome: ImportOutcome
    contact_id: int
    person: PersonOut


@router.post("/persons/search", responses=responses(*problems.ASKING, AuditUnavailable))
async def search(request: StoreFirstRequest, direct: CurrentDirect, caller: CurrentCaller) -> PersonOut:
    """Looks a person up. Nothing is stored and nobody is subscribed; a replaced number leads to the current one."""
    return await searching.search(direct, request.question(caller, request.max_age_seconds))


@router.post("/persons/records", responses=responses(*problems.ASKING, AuditUnavailable))
async def records(request: PersonRequest, direct: CurrentDirect, caller: CurrentCaller) -> PersonRecordsOut:
    """The person as CPR delivers it: every record decoded, codes with their texts in Danish and English."""
    return await searching.records(direct, request.question(caller))


@router.post(
    "/persons/imports",
    status_code=201,
    responses={
        200: {"model": ImportedOut, "description": "the contact was imported before"},
        **responses(*problems.IMPORTING, AuditUnavailable),
    },
)
async def import_person(
    request: StoreFirstRequest,
    direct: CurrentDirect,
    caller: CurrentCaller,
    worker: CurrentWorker,
    response: Response,
) -> ImportedOut:
    """Imports a person as a contact, and subscribes the person where the source CPR says so. May be repeated.

    201: a new contact; 200: one that was imported before, brought up to date.
    """
    imported, person = await importing.import_person(
        direct, request.question(caller, request.max_age_seconds)
    )
    worker.wake()
    response.status_code = 201 if imported.is_new else 200
    return ImportedOut(outcome=imported.outcome, contact_id=imported.contact_id, person=person)


@router.post("/persons/import-batches", responses=responses(AuditUnavailable))
async def import_many(
    request: ManyRequest, direct: CurrentDirect, caller: CurrentCaller, worker: CurrentWorker
) -> ManyImportedOut:
    """Imports up to 1,000 persons; answered when all are done, each at the place where its number stood."""
    done = await many.import_many(direct, request.numbers, caller, request.why())
    worker.wake()
    return ManyImportedOut.of(done)
