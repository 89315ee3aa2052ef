"""What registers delivered of a contact, decoded."""

import datetime as dt

from fastapi import APIRouter, Response
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.contacts.queries import DENMARK
from registerbro.contacts.refusals import ContactUnknown
from registerbro.problems import AuditUnavailable, responses
from registerbro.service import CurrentService

from console.api.erasure import ThisContact
from console.contacts.problems import PROBLEMS
from console.contacts.records import DeliveredOut, delivered
from console.oauth2.refusals import NOT_STORED
from console.purposes import CurrentPurpose, PurposeRequired

PATH = "/contacts/{contact_id}/records"
SCOPES: Scopes = {("GET", PATH): Scope.CONTACTS_READ}
router = APIRouter()


@router.get(PATH, responses=responses(PurposeRequired, AuditUnavailable, *PROBLEMS.of(ContactUnknown)))
async def show_records(
    contact_id: ThisContact,
    service: CurrentService,
    caller: CurrentCaller,
    purpose: CurrentPurpose,
    response: Response,
) -> DeliveredOut:
    """What registers delivered of a contact last, record by record, with names and texts of codes.

    Without `protected:read` personal fields are masked where the contact, or somebody whom it refers to, is protected.
    """
    response.headers.update(NOT_STORED)
    today = dt.datetime.now(DENMARK).date()
    async with (
        service.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        sees_protected = caller.may(Scope.PROTECTED_READ)
        found = await delivered(connection, contact_id, today, sees_protected=sees_protected)
    if found is None:
        raise ContactUnknown
    await service.audit.read(
        caller, "contact.records", purpose, contact_ids=[contact_id], fields=found.shown_fields
    )
    return found
