"""Contacts by hand, with the names and shapes that OData reads them in: create, change, close, addresses, references, the past."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Collection
from typing import Annotated, Any, TypeAlias

import orjson
from fastapi import APIRouter, Body, Depends, Path, Request, Response
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.contact_types import ContactTypeError
from registerbro.contacts import addresses, queries, references
from registerbro.contacts.closing import close_contact
from registerbro.contacts.creating import create_contact
from registerbro.contacts.edit import Edit, change_by_hand, edit_contact
from registerbro.contacts.queries import DENMARK, SaidBy
from registerbro.contacts.refusals import (
    AddressExists,
    AddressUnknown,
    ContactClosed,
    ContactIsPlaceholder,
    ContactProtected,
    ContactUnknown,
    NameFromRegister,
    NumberErased,
    NumberFixed,
    NumberTaken,
    ReferenceRefused,
    ReferenceUnknown,
    ValueRefused,
    VersionOutdated,
)
from registerbro.contacts.state import Address, Contact
from registerbro.database import Connection
from registerbro.ids import LAST_ID
from registerbro.privacy import is_suspect
from registerbro.problems import AuditUnavailable, Problem, responses
from registerbro.service import CurrentService

from console.api.odata import ROOT, Asked, CurrentReader
from console.contacts import bodies
from console.contacts.past import PastContact
from console.contacts.preconditions import MatchedVersion
from console.contacts.problems import PROBLEMS, ContactContended, NoSuchPast, PreconditionRequired
from console.contacts.writing import Desk, Write, Written
from console.odata import resources, schemas
from console.odata.model import CONTACTS
from console.odata.negotiating import Form
from console.odata.presenting import etag
from console.odata.reading import Question, Reader
from console.odata.refusals import PROBLEMS as ODATA
from console.odata.refusals import FormatNotServed, NotSupported, NumberInUrl, QueryMalformed
from console.purposes import CurrentPurpose, PurposeRequired, required

ALL = f"{ROOT}/Contacts"
ONE = f"{ALL}({{key}})"
ADDRESS = f"{ONE}/Addresses({{address_id}})"
SCOPES: Scopes = {
    ("POST", ALL): Scope.CONTACTS_WRITE,
    ("PATCH", ONE): Scope.CONTACTS_WRITE,
    ("POST", f"{ONE}/Addresses"): Scope.CONTACTS_WRITE,
    ("PATCH", ADDRESS): Scope.CONTACTS_WRITE,
    ("DELETE", ADDRESS): Scope.CONTACTS_WRITE,
    ("POST", f"{ONE}/Registerbro.Close"): Scope.CONTACTS_WRITE,
    ("POST", f"{ONE}/Registerbro.AddReference"): Scope.CONTACTS_WRITE,
    ("POST", f"{ONE}/Registerbro.RemoveReference"): Scope.CONTACTS_WRITE,
    ("POST", f"{ONE}/Registerbro.AsOf"): Scope.CONTACTS_READ,
}
READING = (
    *ODATA.of(QueryMalformed, NumberInUrl, NotSupported, FormatNotServed),
    PurposeRequired,
    AuditUnavailable,
)
CREATING = (*READING, *PROBLEMS.of(NumberTaken, NumberErased, NumberFixed, ValueRefused, AddressExists, ContactContended),
            *PROBLEMS.below(ContactTypeError))  # fmt: skip
CHANGING = (
    *READING,
    *PROBLEMS.of(
        ContactUnknown, VersionOutdated, PreconditionRequired, ContactIsPlaceholder, ContactProtected,
        ContactContended, ValueRefused,
    ),
)  # fmt: skip
router = APIRouter()


async def _contact_id(
    key: Annotated[str, Path(pattern="^(ContactId=)?[0-9]{1,16}$", description="the contact's id")],
) -> int:
    if is_suspect(key):
        raise NumberInUrl
    found = resources.read(f"Contacts({key})").key or {}
    return int(str(found["ContactId"]))


ThisContact: TypeAlias = Annotated[int, Depends(_contact_id)]
ThisAddress: TypeAlias = Annotated[int, Path(ge=1, le=LAST_ID, description="the address's id")]


class Clerk:
    """Writes for a caller, and answers with the contact as the caller may read it."""

    def __init__(self, desk: Desk, reader: Reader, asked: tuple[Question, Form], *, is_brief: bool) -> None:
        self._desk = desk
        self._reader = reader
        self._question, self._form = asked
        self._is_brief = is_brief

    @property
    def sees_protected(self) -> bool:
        """Whether names and addresses of protected persons are shown to the caller."""
        return self._question.caller.may(Scope.PROTECTED_READ)

    @property
    def name(self) -> str:
        """Who is noted as the one who did it."""
        return self._question.caller.name

    async def write(
        self, action: str, write: Write, fields: Collection[str] = (), *, is_new: bool = False
    ) -> Response:
        """Writes; the answer is the contact, or only its tag for who prefers so or may not read contacts."""
        contact_id, version = await self._desk.write(action, write, fields)
        path = f"Contacts({contact_id})"
        url = f"{self._question.root}/{path}"
        headers = {"ETag": etag(version)} | ({"Location": url} if is_new else {})
        if self._is_brief:
            return Response(status_code=204, headers=headers | {"OData-EntityId": url})
        answer = await self._reader.answer(dataclasses.replace(self._question, path=path))
        headers["ETag"] = answer.etag or headers["ETag"]
        return Response(orjson.dumps(answer.body), 201 if is_new else 200, headers, self._form.media_type)


async def _clerk(
    asked: Asked, service: CurrentService, reader: CurrentReader, caller: CurrentCaller, request: Request
) -> Clerk:
    question = asked[0]
    if question.options:
        raise NotSupported("a query option with a change")
    desk = Desk(service.pool, service.audit, caller, required(question.purpose))
    prefers_brief = "return=minimal" in request.headers.get("prefer", "").replace(" ", "")
    return Clerk(desk, reader, asked, is_brief=prefers_brief or not caller.may(Scope.CONTACTS_READ))


CurrentClerk: TypeAlias = Annotated[Clerk, Depends(_clerk)]


def _answers(*refused: type[Problem], is_new: bool = False) -> dict[int | str, dict[str, Any]]:
    shown = {
        "description": "The contact",
        "content": {"application/json": {"schema": schemas.of_entity(CONTACTS)}},
    }
    brief = {
        "description": "Done; the headers have id and version. With Prefer: return=minimal, or without contacts:read"
    }
    return {201 if is_new else 200: shown, 204: brief, **responses(*refused)}


@router.post(ALL, status_code=201, response_model=None, responses=_answers(*CREATING, is_new=True))
async def add_contact(clerk: CurrentClerk, service: CurrentService, body: bodies.ContactIn) -> Response:
    """Creates a contact by hand; a placeholder that has the number becomes it."""

    async def write(connection: Connection, now: dt.datetime) -> Written:
        return Written(
            await create_contact(connection, body.contact(), now=now, hasher=service.audit.hasher), 1
        )

    return await clerk.write("contact.create", write, body.model_fields_set, is_new=True)


@router.patch(ONE, response_model=None, responses=_answers(*CHANGING, *PROBLEMS.of(NameFromRegister)))
async def change_contact(
    contact_id: ThisContact, version: MatchedVersion, clerk: CurrentClerk, body: bodies.ContactChanges
) -> Response:
    """Changes fields and labels by hand. Labels of Info and Dates that are left out stay; null removes one."""

    async def write(connection: Connection, now: dt.datetime) -> Written:
        new = await edit_contact(
            connection, contact_id, version, body.changes(), now=now, may_see_protected=clerk.sees_protected
        )
        return Written(contact_id, new)

    return await clerk.write("contact.change", write, body.model_fields_set)


@router.post(
    f"{ONE}/Registerbro.Close",
    response_model=None,
    responses=_answers(*CHANGING, *PROBLEMS.of(ContactClosed)),
)
async def close(
    contact_id: ThisContact,
    version: MatchedVersion,
    clerk: CurrentClerk,
    body: Annotated[bodies.Closing, Body()] = bodies.Closing(),  # noqa: B008
) -> Response:
    """Closes a contact: it gets an end date, its main address ends, and it is not to be subscribed any more."""

    async def write(connection: Connection, now: dt.datetime) -> Written:
        day = body.EndDate or now.astimezone(DENMARK).date()
        new = await close_contact(connection, contact_id, version, day, by=clerk.name, now=now)
        return Written(contact_id, new)

    return await clerk.write("contact.close", write, ("EndDate",))


@router.post(
    f"{ONE}/Addresses", response_model=None, responses=_answers(*CHANGING, *PROBLEMS.of(AddressExists))
)
async def add_address(
    contact_id: ThisContact, version: MatchedVersion, clerk: CurrentClerk, body: bodies.NewAddress
) -> Response:
    """Adds an address by hand. A new main address makes the old one a former one, and keeps its phone, fax and e-mail."""
    today = dt.datetime.now(DENMARK).date()
    edit = _addresses(lambda contact: addresses.new_address(contact, body.fields(), today))
    return await clerk.write(
        "contact.address.add", _by_hand(clerk, contact_id, version, edit), body.model_fields_set
    )


@router.patch(ADDRESS, response_model=None, responses=_answers(*CHANGING, *PROBLEMS.of(AddressUnknown)))
async def change_address(
    contact_id: ThisContact,
    address_id: ThisAddress,
    version: MatchedVersion,
    clerk: CurrentClerk,
    body: bodies.AddressChanges,
) -> Response:
    """Changes an address by hand, or ends it by its end date. The version is the contact's."""
    given = body.given(bodies.ADDRESS_COLUMNS)
    edit = _addresses(lambda contact: addresses.changed(contact, address_id, given))
    return await clerk.write(
        "contact.address.change", _by_hand(clerk, contact_id, version, edit), body.model_fields_set
    )


@router.delete(ADDRESS, response_model=None, responses=_answers(*CHANGING, *PROBLEMS.of(AddressUnknown)))
async def remove_address(
    contact_id: ThisContact, address_id: ThisAddress, version: MatchedVersion, clerk: CurrentClerk
) -> Response:
    """Removes an address; history keeps it. A register that delivers it brings it back."""
    edit = _addresses(lambda contact: addresses.removed(contact, address_id))
    return await clerk.write("contact.address.remove", _by_hand(clerk, contact_id, version, edit))


@router.post(
    f"{ONE}/Registerbro.AddReference",
    response_model=None,
    responses=_answers(*CHANGING, *PROBLEMS.of(ReferenceRefused, ReferenceUnknown)),
)
async def add_reference(
    contact_id: ThisContact, version: MatchedVersion, clerk: CurrentClerk, body: bodies.ReferenceIn
) -> Response:
    """Refers to another contact by hand, or gives such a reference other dates; the register's own cannot be changed."""

    async def write(connection: Connection, now: dt.datetime) -> Written:
        new = await references.set_reference(
            connection, contact_id, version, body.Role, body.ToContactId,
            now=now, start_date=body.StartDate, end_date=body.EndDate,
        )  # fmt: skip
        return Written(contact_id, new)

    return await clerk.write("contact.reference.add", write, ("References",))


@router.post(
    f"{ONE}/Registerbro.RemoveReference",
    response_model=None,
    responses=_answers(*CHANGING, *PROBLEMS.of(ReferenceUnknown)),
)
async def remove_reference(
    contact_id: ThisContact, version: MatchedVersion, clerk: CurrentClerk, body: bodies.ReferenceKey
) -> Response:
    """Removes a reference that was made by hand."""

    async def write(connection: Connection, now: dt.datetime) -> Written:
        new = await references.remove_reference(
            connection, contact_id, version, body.Role, body.ToContactId, now=now
        )
        return Written(contact_id, new)

    return await clerk.write("contact.reference.remove", write, ("References",))


@router.post(
    f"{ONE}/Registerbro.AsOf",
    responses=responses(
        *ODATA.of(QueryMalformed, NumberInUrl),
        PurposeRequired,
        AuditUnavailable,
        *PROBLEMS.of(NoSuchPast),
    ),
)
async def as_of(
    contact_id: ThisContact,
    body: bodies.Moment,
    service: CurrentService,
    caller: CurrentCaller,
    purpose: CurrentPurpose,
) -> PastContact:
    """The contact as it was: at a moment of the store, by a date of the register, or at a version.

    Who is protected today is so in every past state.
    """
    async with (
        service.pool.acquire() as connection,
        connection.transaction(readonly=True, isolation="repeatable_read"),
    ):
        view = await queries.state_at(
            connection, contact_id, _when(body), may_see_protected=caller.may(Scope.PROTECTED_READ)
        )
    if view is None:
        raise NoSuchPast
    shown = [contact_id, *(each.contact.contact_id for each in view.references)]
    await service.audit.read(
        caller,
        "contact.as-of",
        purpose,
        contact_ids=sorted(set(shown)),
        fields=list(PastContact.model_fields),
    )
    return PastContact.of(view)


def _when(body: bodies.Moment) -> int | dt.datetime | SaidBy:
    if body.RegisterDate is not None:
        return SaidBy(body.RegisterDate)
    when = body.StoreTime or body.Version
    assert when is not None  # noqa: S101 (the body has exactly one of them)
    return when


def _addresses(change: Callable[[Contact], tuple[Address, ...]]) -> Edit:
    return lambda contact: dataclasses.replace(contact, addresses=change(contact))


def _by_hand(clerk: Clerk, contact_id: int, version: int, edit: Edit) -> Write:
    async def write(connection: Connection, now: dt.datetime) -> Written:
        new = await change_by_hand(
            connection, contact_id, version, edit,
            keys={"address:"}, now=now, may_see_protected=clerk.sees_protected,
        )  # fmt: skip
        return Written(contact_id, new)

    return write
