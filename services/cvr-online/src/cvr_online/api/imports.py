"""Imports: one company or production unit, a company with all its units, or a list."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.cvr.numbers import UnitNumber
from registerbro.problems import AuditUnavailable, responses

from cvr_online import importing, problems
from cvr_online.api.common import EXAMPLE, CurrentOnline, Fresh, UnitCall, UnitText
from cvr_online.errors import NumberRefused
from cvr_online.online import Online
from cvr_online.storing import ImportOutcome
from cvr_online.views.imports import ImportedOut, ManyImportedOut

SCOPES: Scopes = {
    ("POST", "/units/imports"): Scope.UNITS_IMPORT,
    ("POST", "/units/imports/many"): Scope.UNITS_IMPORT,
}
MOST = 1000
router = APIRouter()


class ImportRequest(UnitCall):
    """Which unit is to be imported, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    number: UnitText
    with_units: bool = Field(default=False, description="of a company: all its production units, too")
    fresh: Fresh = False


class ManyRequest(UnitCall):
    """Which units are to be imported, and why."""

    numbers: list[Annotated[str, Field(max_length=100)]] = Field(
        min_length=1, max_length=MOST, description="CVR numbers and P-numbers; each has an outcome of its own"
    )
    fresh: Fresh = False


@router.post(
    "/units/imports",
    status_code=201,
    responses={
        200: {"model": ImportedOut, "description": "the contact was imported before"},
        **responses(*problems.IMPORT, AuditUnavailable),
    },
)
async def import_unit(
    request: ImportRequest, online: CurrentOnline, caller: CurrentCaller, response: Response
) -> ImportedOut:
    """Imports a company or production unit as a contact, or brings its contact up to date. May be repeated.

    201: a new contact; 200: one that was imported before.
    """
    done = await importing.import_one(
        online,
        online.number(request.number),
        request.reason(caller),
        with_units=request.with_units,
        is_fresh=request.fresh,
    )
    response.status_code = 201 if done.imported.outcome is ImportOutcome.CREATED else 200
    return ImportedOut.of(done)


@router.post("/units/imports/many", responses=responses(*problems.TYPES, AuditUnavailable))
async def import_many(request: ManyRequest, online: CurrentOnline, caller: CurrentCaller) -> ManyImportedOut:
    """Imports up to 1,000 units; answered when all are done, each at the place where its number stood."""
    wanted = [_parsed(online, text) for text in request.numbers]
    numbers = [each for each in wanted if not isinstance(each, NumberRefused)]
    became = await importing.import_many(online, numbers, request.reason(caller), is_fresh=request.fresh)
    return ManyImportedOut.of(wanted, became)


def _parsed(online: Online, text: str) -> UnitNumber | NumberRefused:
    try:
        return online.number(text)
    except NumberRefused as error:
        return error
