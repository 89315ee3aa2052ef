"""Searches contacts by what somebody types into one field. By POST, because a number or a name stands in the body."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints, field_validator
from registerbro.api import Whole
from registerbro.audit import Purpose
from registerbro.auth import Caller, CurrentCaller, Scope, Scopes
from registerbro.contacts.queries import DENMARK
from registerbro.cpr.numbers import CprNumber
from registerbro.problems import AuditUnavailable, responses
from registerbro.service import CurrentService, Service

from console.audit.inquiries import Number
from console.bodies import Purposeful
from console.finding import finding
from console.finding.finding import MOST_FOUND, Wanted
from console.finding.views import FoundOut, HitOut
from console.finding.words import Typed
from console.oauth2.refusals import NOT_STORED

PATH = "/contacts/search"
SCOPES: Scopes = {("POST", PATH): Scope.CONTACTS_READ}
ACTION = "search-contacts"
MOST_WORDS = 8
router = APIRouter()


class ContactSearch(Purposeful):
    """Whom to look for, and why."""

    text: Annotated[str, StringConstraints(max_length=200)] = Field(
        description="a name or its beginning, a number (also a former one), or an address; two letters or digits at least",
        min_length=2,
        pattern=r"^[^\x00]*$",
        repr=False,
    )
    name_types: list[Annotated[str, Field(min_length=1, max_length=10, pattern=r"^[^\x00]*$")]] = Field(
        default=[], max_length=20, description="only contacts of these types; empty: of all"
    )
    is_ended: bool | None = Field(
        default=None, strict=True, description="only ended ones, or only others; null: both"
    )
    is_subscribed: bool | None = Field(
        default=None, strict=True, description="only subscribed ones, or only others; null: both"
    )
    page: Annotated[int, Field(strict=True, ge=1, le=MOST_FOUND, description="which page, from 1"), Whole] = 1
    size: Annotated[int, Field(strict=True, ge=1, le=100, description="contacts of a page"), Whole] = 25

    @field_validator("text")
    @classmethod
    def _searchable(cls, text: str) -> str:
        if sum(map(str.isalnum, text)) < 2 or len(text.split()) > MOST_WORDS:
            raise ValueError(f"must have two letters or digits at least, and {MOST_WORDS} words at most")
        return text

    def wanted(self, caller: Caller) -> Wanted:
        """Whom it may find for a caller, today."""
        day = dt.datetime.now(DENMARK).date()
        types = self.name_types or None
        return Wanted(day, caller.may(Scope.PROTECTED_READ), types, self.is_ended, self.is_subscribed)


@router.post(PATH, responses=responses(AuditUnavailable))
async def search_contacts(
    request: ContactSearch, service: CurrentService, caller: CurrentCaller, response: Response
) -> FoundOut:
    """Contacts by name, number or address, or by a name with an address behind it: every word from its beginning, in any case,
    with or without accents.

    A number finds those who have or had it, and nobody else. Protected persons whom the caller may not see are found by number only.
    The page is one row of the audit log, with its contacts.
    """
    response.headers.update(NOT_STORED)
    wanted = request.wanted(caller)
    async with (
        service.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        found = await finding.find(connection, request.text, wanted)
        first = (request.page - 1) * request.size
        ids = [*found.by_id][first : first + request.size]
        rows = await finding.shown(connection, ids, wanted)
    await _record(service, caller, request.why(), Typed(request.text).number, ids)
    return FoundOut(
        items=[HitOut.of(row, found.by_id[row["contact_id"]]) for row in rows],
        page=request.page,
        size=request.size,
        found=len(found.by_id),
        is_complete=found.is_complete,
    )


async def _record(
    service: Service, caller: Caller, purpose: Purpose, digits: str | None, ids: list[int]
) -> None:
    """Who was asked for by number counts as asked for, found or not."""
    shown = list(HitOut.model_fields)
    if digits is None:
        await service.audit.read(caller, ACTION, purpose, contact_ids=ids, fields=shown)
        return
    number = _number(digits)
    inquiry = await service.audit.asked(caller, ACTION, purpose, number=number, name_type=number.name_type)
    await service.audit.delivered(inquiry, contact_ids=ids, fields=shown)


def _number(digits: str) -> Number:
    if len(digits) == 8:
        return Number("J", digits)
    return Number("C" if CprNumber(digits).birth_date else "V", digits)
