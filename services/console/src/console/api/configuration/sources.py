"""The external sources: in fields, and as the vendor's parameter string. Changed by administrators only (``config:write``)."""

from typing import Annotated, Any, Literal, TypeAlias

from fastapi import APIRouter, Body, Response
from pydantic import Field, SecretStr, StringConstraints, model_validator
from registerbro.api import Request
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.configuration import sources
from registerbro.configuration.sources import KEEP, SourceName, Wish
from registerbro.problems import VersionMismatch, responses
from registerbro.service import CurrentService
from registerbro.sources import ParametersRefused

from console.api.configuration.common import WITH_ETAG, Read, tag
from console.configuration_views import CprSourceOut, CvrSourceOut, ReadingOut, SourcesOut, source_out

SOURCES = "/configuration/sources"
CPR, CVR = f"{SOURCES}/{SourceName.CPR}", f"{SOURCES}/{SourceName.CVR}"
READING = f"{SOURCES}/{{source}}/reading"
SCOPES: Scopes = {
    ("GET", SOURCES): Scope.CONFIG_READ,
    ("GET", CPR): Scope.CONFIG_READ,
    ("PUT", CPR): Scope.CONFIG_WRITE,
    ("GET", CVR): Scope.CONFIG_READ,
    ("PUT", CVR): Scope.CONFIG_WRITE,
    ("POST", READING): Scope.CONFIG_WRITE,
}
LONGEST = 4000
NameType: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,9}$")]
Text: TypeAlias = Annotated[str, StringConstraints(max_length=500)]
RecordType: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\d{3}$")]
Parameters: TypeAlias = Annotated[
    str,
    Field(
        max_length=LONGEST,
        description="the vendor's parameter string, in place of the present one",
        examples=["ForceUpdate=J;Subscription=1"],
    ),
]
Others: TypeAlias = Annotated[
    dict[str, Text],
    Field(max_length=50, description="all keys that we do not use; left out: those that are there stay"),
]
router = APIRouter()


class CprFields(Request):
    """Fields to be changed; what is left out stays."""

    force_update: bool | None = None
    subscription: bool | None = None
    guardian_name_type: NameType | None = None


class CvrFields(Request):
    """Fields to be changed; what is left out stays."""

    level: Literal[1, 2, 3] | None = None
    user_id: Text | None = None
    certificate: Text | None = None
    certificate_file: Text | None = None
    company_name_type: NameType | None = None
    unit_name_type: NameType | None = None
    force_update: bool | None = None


class StringToRead(Request):
    """A parameter string that is to be read."""

    parameters: Parameters


class _SourceChange(Request):
    parameters: Parameters | None = None
    others: Others | None = None

    @model_validator(mode="after")
    def _one_way_in(self) -> "_SourceChange":
        in_fields = getattr(self, "fields", None), self.others
        if self.parameters is not None and any(each is not None for each in in_fields):
            raise ValueError("give either parameters or fields")
        return self

    def said(self, fields: Request | None) -> dict[str, Any]:
        """What both sources take."""
        given = {} if fields is None else fields.model_dump(exclude_none=True)
        return {"parameters": self.parameters, "fields": given, "others": self.others}


class CprChange(_SourceChange):
    """A change of the source CPR."""

    fields: CprFields | None = None
    record_types: Annotated[frozenset[RecordType], Field(strict=False, min_length=1)] | None = Field(
        default=None, description="what the agreement delivers; null: all; left out: as it is"
    )

    def wish(self) -> Wish:
        """As the store takes it."""
        types = self.record_types if "record_types" in self.model_fields_set else KEEP
        return Wish(**self.said(self.fields), record_types=types)


class CvrChange(_SourceChange):
    """A change of the source CVR-J."""

    fields: CvrFields | None = None
    password: Annotated[SecretStr, Field(min_length=1, max_length=200)] | None = Field(
        default=None,
        description="stored encrypted and never shown; null: forget it; left out: as it is. It may also stand in parameters",
    )

    def wish(self) -> Wish:
        """As the store takes it."""
        password = self.password if "password" in self.model_fields_set else KEEP
        return Wish(**self.said(self.fields), password=password)


@router.get(SOURCES)
async def list_sources(service: CurrentService) -> SourcesOut:
    """The external sources, without passwords."""
    shown = [await sources.show(service.pool, service.secrets, name) for name in SourceName]
    return SourcesOut(items=[source_out(each) for each in shown])


@router.post(READING, responses=responses(ParametersRefused))
async def read_parameters(
    source: SourceName, request: Annotated[StringToRead, Body()], service: CurrentService
) -> ReadingOut:
    """What a parameter string says, checked as a change is; nothing is stored."""
    return ReadingOut.of(await sources.read(service.pool, source, request.parameters))


async def _shown(service: CurrentService, response: Response, name: SourceName) -> Any:
    shown = await sources.show(service.pool, service.secrets, name)
    tag(response, shown.version)
    return source_out(shown)


async def _changed(
    service: CurrentService,
    response: Response,
    name: SourceName,
    wish: Wish,
    caller: CurrentCaller,
    version: int | None,
) -> Any:
    async with service.pool.acquire() as connection:
        shown = await sources.change(connection, service.secrets, name, wish, by=caller, version=version)
    tag(response, shown.version)
    return source_out(shown)


@router.get(CPR, response_model=CprSourceOut, responses=WITH_ETAG)
async def show_cpr_source(service: CurrentService, response: Response) -> Any:
    """How persons from CPR are treated."""
    return await _shown(service, response, SourceName.CPR)


@router.put(
    CPR,
    response_model=CprSourceOut,
    responses=WITH_ETAG | responses(ParametersRefused, VersionMismatch),
)
async def change_cpr_source(
    request: Annotated[CprChange, Body()],
    service: CurrentService,
    caller: CurrentCaller,
    response: Response,
    read: Read,
) -> Any:
    """Changes it, by fields or by the parameter string. It counts for every call and import that begins afterwards."""
    return await _changed(service, response, SourceName.CPR, request.wish(), caller, read)


@router.get(CVR, response_model=CvrSourceOut, responses=WITH_ETAG)
async def show_cvr_source(service: CurrentService, response: Response) -> Any:
    """How companies and production units from CVR are treated, and who we are there."""
    return await _shown(service, response, SourceName.CVR)


@router.put(
    CVR,
    response_model=CvrSourceOut,
    responses=WITH_ETAG | responses(ParametersRefused, VersionMismatch),
)
async def change_cvr_source(
    request: Annotated[CvrChange, Body()],
    service: CurrentService,
    caller: CurrentCaller,
    response: Response,
    read: Read,
) -> Any:
    """Changes it, by fields or by the parameter string. A string without a password leaves the one that is stored."""
    return await _changed(service, response, SourceName.CVR, request.wish(), caller, read)
