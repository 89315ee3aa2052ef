"""The export of everything that is held on one contact: a data-protection task, with scopes of its own."""

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Response
from registerbro import auth
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.contacts.refusals import ContactUnknown
from registerbro.problems import AuditUnavailable, responses
from registerbro.service import CurrentService

from console.api.contacts import ONE, ThisContact
from console.contacts import pdf
from console.contacts.export import SCHEMA, gather
from console.contacts.problems import PROBLEMS, ExportNotServed
from console.contacts.sections import SECTIONS
from console.odata.refusals import PROBLEMS as ODATA
from console.odata.refusals import NumberInUrl, QueryMalformed
from console.purposes import CurrentPurpose, PurposeRequired

PATH = f"{ONE}/Registerbro.Export"
SCOPES: Scopes = {("POST", PATH): Scope.AUDIT_READ}
JSON, PDF = "application/json", "application/pdf"
_ROWS = {"type": "array", "items": {"type": "object"}}
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["schema", "created_at", *SECTIONS],
    "properties": {
        "schema": {"type": "string", "const": SCHEMA},
        "created_at": {"type": "string", "format": "date-time"},
        **{section: {**_ROWS, "title": heading} for section, heading in SECTIONS.items()},
    },
}
_CONTENT = {JSON: {"schema": _SCHEMA}, PDF: {"schema": {"type": "string", "format": "binary"}}}
router = APIRouter()


@router.post(
    PATH,
    response_model=None,
    responses={
        200: {"description": "Everything that is held on the contact", "content": _CONTENT},
        **responses(
            PurposeRequired,
            AuditUnavailable,
            *ODATA.of(QueryMalformed, NumberInUrl),
            *PROBLEMS.of(ContactUnknown, ExportNotServed),
        ),
    },
)
async def export(
    contact_id: ThisContact,
    service: CurrentService,
    caller: CurrentCaller,
    purpose: CurrentPurpose,
    accept: Annotated[str, Header(description=f"{JSON}, or {PDF} for the person to read")] = JSON,
) -> Response:
    """Everything that is held on a contact, as JSON or PDF (GDPR, article 15). Needs protected:read beside audit:read."""
    auth.authorise(caller, Scope.PROTECTED_READ)
    media_type = _media_type(accept)
    found = await gather(service.pool, service.audit, contact_id)
    if found is None:
        raise ContactUnknown
    content = orjson.dumps(found.body()) if media_type == JSON else await asyncio.to_thread(pdf.render, found)
    await service.audit.read(
        caller, "contact.export", purpose, contact_ids=found.contact_ids, fields=list(SECTIONS)
    )
    return Response(content, media_type=media_type, headers={"Cache-Control": "no-store"})


def _media_type(accept: str) -> str:
    for part in accept.split(","):
        kind = part.partition(";")[0].strip().lower()
        if kind == PDF:
            return PDF
        if kind in (JSON, "application/*", "*/*"):
            return JSON
    raise ExportNotServed
