"""The contact types."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import Field
from registerbro.api import Request, Whole
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.configuration import contact_types
from registerbro.configuration.errors import (
    ContactTypeExists,
    ContactTypeInUse,
    ContactTypeNarrowed,
    ContactTypePreset,
    ContactTypeUnknown,
    SettingsRefused,
)
from registerbro.contact_types import LONGEST, LONGEST_TITLE, Validation
from registerbro.problems import responses
from registerbro.service import CurrentService

from console.configuration_views import ContactTypeOut, ContactTypesOut

TYPES = "/configuration/contact-types"
TYPE = f"{TYPES}/{{name_type}}"
SCOPES: Scopes = {
    ("GET", TYPES): Scope.CONFIG_READ,
    ("POST", TYPES): Scope.CONFIG_WRITE,
    ("GET", TYPE): Scope.CONFIG_READ,
    ("PATCH", TYPE): Scope.CONFIG_WRITE,
    ("DELETE", TYPE): Scope.CONFIG_WRITE,
}
LONGEST_TEXT = 2000
CODE = r"^[A-Z][A-Z0-9]{0,9}$"
ThisType = Annotated[str, Path(pattern=CODE, description="the type's code", examples=["J"])]
Title = Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE, description="what people call it")]
Text = Annotated[str, Field(max_length=LONGEST_TEXT, description="what it is for")]
Length = Annotated[
    int, Field(ge=1, le=LONGEST, description="characters of a number; of a free text at most"), Whole
]
Rule = Annotated[Validation, Field(strict=False)]
router = APIRouter()


class NewContactType(Request):
    """A contact type of one's own."""

    name_type: str = Field(pattern=CODE, description="its code; never changed", examples=["F"])
    title: Title
    text: Text = ""
    auto_id: bool = Field(default=False, description="its contacts get their numbers by themselves")
    length: Length | None = None
    validation: Rule | None = Field(
        default=None, description="what its numbers must be; null: anything, or nothing"
    )


class ContactTypeChanges(Request):
    """What is to be changed; what is left out stays."""

    title: Title = Field(default_factory=str)
    text: Text = Field(default_factory=str)
    auto_id: bool = Field(default_factory=bool)
    length: Length | None = Field(default=None, description="null: any")
    validation: Rule | None = Field(default=None, description="null: none")

    def changes(self) -> dict[str, Any]:
        """As the store takes them."""
        return {name: getattr(self, name) for name in self.model_fields_set}


@router.get(TYPES)
async def list_contact_types(service: CurrentService) -> ContactTypesOut:
    """The contact types by their codes."""
    found = await contact_types.page(service.pool)
    return ContactTypesOut(
        items=[ContactTypeOut.model_validate(each, from_attributes=True) for each in found]
    )


@router.post(TYPES, status_code=201, responses=responses(ContactTypeExists, SettingsRefused))
async def add_contact_type(
    request: NewContactType, service: CurrentService, caller: CurrentCaller
) -> ContactTypeOut:
    """Adds a contact type."""
    values = request.model_dump(exclude={"name_type"})
    async with service.pool.acquire() as connection:
        added = await contact_types.add(connection, request.name_type, values, by=caller)
    return ContactTypeOut.model_validate(added, from_attributes=True)


@router.get(TYPE, responses=responses(ContactTypeUnknown))
async def show_contact_type(name_type: ThisType, service: CurrentService) -> ContactTypeOut:
    """One contact type."""
    found = await contact_types.get(service.pool, name_type)
    return ContactTypeOut.model_validate(found, from_attributes=True)


@router.patch(
    TYPE, responses=responses(ContactTypeUnknown, ContactTypePreset, ContactTypeNarrowed, SettingsRefused)
)
async def change_contact_type(
    name_type: ThisType, request: ContactTypeChanges, service: CurrentService, caller: CurrentCaller
) -> ContactTypeOut:
    """Changes a contact type. Refused where contacts would have numbers that are wrong then, with how many those are."""
    async with service.pool.acquire() as connection:
        changed = await contact_types.change(connection, name_type, request.changes(), by=caller)
    return ContactTypeOut.model_validate(changed, from_attributes=True)


@router.delete(
    TYPE, status_code=204, responses=responses(ContactTypeUnknown, ContactTypePreset, ContactTypeInUse)
)
async def remove_contact_type(
    name_type: ThisType, service: CurrentService, caller: CurrentCaller
) -> Response:
    """Removes a contact type that no contact has and no external source names."""
    async with service.pool.acquire() as connection:
        await contact_types.remove(connection, name_type, by=caller)
    return Response(status_code=204)
