"""The clients that get tokens: register, change, enable and disable, give a new secret, remove; and who did it."""

import datetime as dt
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Body, Path, Query, Response
from pydantic import Field, SecretStr, StrictBool, StrictInt, model_validator
from pydantic.json_schema import SkipJsonSchema
from registerbro.api import Before, Page, Size, Whole
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.ids import LAST_ID
from registerbro.problems import responses
from registerbro.service import CurrentService

from console import history
from console.api.common import ELSEWHERE, CurrentIssuer
from console.bodies import Request
from console.errors import PROBLEMS, ClientExists, ClientUnknown, SecretRefused
from console.fields import CLIENT_ID, Account, ClientId, Name
from console.history import Topic
from console.oauth2.clients import LONGEST_OVERLAP, GrantType, Profile
from console.oauth2.hashing import LONGEST, SHORTEST
from console.oauth2.refusals import NOT_STORED
from console.views import ChangeOut, ClientOut, ClientWithSecret

CLIENTS = "/oauth2/clients"
CLIENT = f"{CLIENTS}/{{client_id}}"
SCOPES: Scopes = {
    ("GET", CLIENTS): Scope.CONFIG_READ,
    ("POST", CLIENTS): Scope.CONFIG_WRITE,
    ("GET", CLIENT): Scope.CONFIG_READ,
    ("PATCH", CLIENT): Scope.CONFIG_WRITE,
    ("DELETE", CLIENT): Scope.CONFIG_WRITE,
    ("POST", f"{CLIENT}/secrets"): Scope.CONFIG_WRITE,
    ("GET", f"{CLIENT}/history"): Scope.CONFIG_READ,
}
UNKNOWN = (*ELSEWHERE, *PROBLEMS.of(ClientUnknown))
MOST_HOURS = round(LONGEST_OVERLAP.total_seconds() / 3600)
ThisClient = Annotated[str, Path(pattern=f"^{CLIENT_ID.pattern}$", description="the client's id")]
Secret = Annotated[
    SecretStr,
    Field(
        min_length=SHORTEST,
        max_length=LONGEST,
        description="printable ASCII without a space; one is generated if it is left out",
    ),
]
ScopeNames: TypeAlias = Annotated[
    frozenset[Scope], Field(json_schema_extra={"uniqueItems": False})
]  # one that is named twice is there once
router = APIRouter()


class NewClient(Request):
    """A client to be registered."""

    client_id: ClientId = Field(description="letters, digits and . _ ~ - without a space; never changed")
    name: Name
    enabled: StrictBool = True
    grant_type: GrantType = Field(
        default=GrantType.CLIENT_CREDENTIALS, description="only client_credentials is served"
    )
    allows_browser: StrictBool = Field(
        default=False, description="allow access token via browser; kept, not used"
    )
    allows_offline: StrictBool = Field(default=False, description="allow offline access; kept, not used")
    requires_pkce: StrictBool = Field(default=True, description="require PKCE; kept, not used")
    scopes: ScopeNames = Field(default=frozenset(), description="what its tokens may permit")
    acts_as: Account | None = None
    client_secret: Secret | None = None

    def profile(self) -> Profile:
        """As the store takes it."""
        return Profile(**self.model_dump(exclude={"client_id", "client_secret"}))


class ClientChanges(Request):
    """What is to be changed; what is left out stays."""

    name: Name | SkipJsonSchema[None] = None
    enabled: StrictBool | SkipJsonSchema[None] = None
    grant_type: GrantType | SkipJsonSchema[None] = None
    allows_browser: StrictBool | SkipJsonSchema[None] = None
    allows_offline: StrictBool | SkipJsonSchema[None] = None
    requires_pkce: StrictBool | SkipJsonSchema[None] = None
    scopes: ScopeNames | SkipJsonSchema[None] = None
    acts_as: Account | None = Field(default=None, description="null: the client acts for itself")

    @model_validator(mode="after")
    def _nothing_emptied(self) -> "ClientChanges":
        if empty := sorted(
            name for name, value in self.changes().items() if value is None and name != "acts_as"
        ):
            raise ValueError(f"cannot be null: {', '.join(empty)}")
        return self

    def changes(self) -> dict[str, Any]:
        """As the store takes them."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class NewSecret(Request):
    """A secret to come."""

    client_secret: Secret | None = None
    overlap_hours: Annotated[
        StrictInt,
        Field(
            ge=0,
            le=MOST_HOURS,
            description="how long the present secret is accepted beside it; 0: not at all",
        ),
        Whole,
    ] = 0


@router.get(CLIENTS, responses=responses(*ELSEWHERE))
async def list_clients(
    issuer: CurrentIssuer,
    size: Size = 100,
    after: Annotated[
        str, Query(pattern=f"^({CLIENT_ID.pattern})?$", description="what the page before gave as next")
    ] = "",
) -> Page[ClientOut]:
    """Clients by id, without their secrets."""
    found = [ClientOut.of(each) for each in await issuer.clients.page(after=after, size=size)]
    return Page[ClientOut].cut(found, size, found[-1].client_id if found else "")


@router.post(
    CLIENTS,
    status_code=201,
    responses=responses(*ELSEWHERE, *PROBLEMS.of(ClientExists, SecretRefused)),
)
async def add_client(
    request: NewClient, issuer: CurrentIssuer, caller: CurrentCaller, response: Response
) -> ClientWithSecret:
    """Registers a client. Its secret stands in this answer and is never shown again."""
    client, secret = await issuer.clients.add(
        request.client_id, request.profile(), secret=request.client_secret, by=caller
    )
    response.headers.update(NOT_STORED)
    return ClientWithSecret.showing(client, secret.get_secret_value())


@router.get(CLIENT, responses=responses(*UNKNOWN))
async def show_client(client_id: ThisClient, issuer: CurrentIssuer) -> ClientOut:
    """One client, without its secret."""
    return ClientOut.of(await issuer.clients.get(client_id))


@router.patch(CLIENT, responses=responses(*UNKNOWN))
async def change_client(
    client_id: ThisClient, request: ClientChanges, issuer: CurrentIssuer, caller: CurrentCaller
) -> ClientOut:
    """Changes a client, as to disable it. Tokens that it has are accepted until they expire."""
    return ClientOut.of(await issuer.clients.change(client_id, request.changes(), by=caller))


@router.delete(CLIENT, status_code=204, responses=responses(*UNKNOWN))
async def remove_client(client_id: ThisClient, issuer: CurrentIssuer, caller: CurrentCaller) -> Response:
    """Removes a client. Its history stays; tokens that it has are accepted until they expire."""
    await issuer.clients.remove(client_id, by=caller)
    return Response(status_code=204)


@router.post(f"{CLIENT}/secrets", status_code=201, responses=responses(*UNKNOWN, *PROBLEMS.of(SecretRefused)))
async def change_secret(
    client_id: ThisClient,
    issuer: CurrentIssuer,
    caller: CurrentCaller,
    response: Response,
    request: Annotated[NewSecret, Body()] = NewSecret(),  # noqa: B008
) -> ClientWithSecret:
    """Gives a client a new secret, which stands in this answer and is never shown again."""
    client, secret = await issuer.clients.change_secret(
        client_id,
        secret=request.client_secret,
        overlap=dt.timedelta(hours=request.overlap_hours),
        by=caller,
    )
    response.headers.update(NOT_STORED)
    return ClientWithSecret.showing(client, secret.get_secret_value())


@router.get(f"{CLIENT}/history", responses=responses(*ELSEWHERE))
async def show_history(
    client_id: ThisClient,
    service: CurrentService,
    _: CurrentIssuer,
    size: Size = 100,
    after: Before = LAST_ID,
) -> Page[ChangeOut]:
    """Who changed the client, newest first; also of one that was removed."""
    rows = await history.page(service.pool, Topic.CLIENT, client_id, before=after, size=size)
    found = [ChangeOut.of(each) for each in rows]
    return Page[ChangeOut].cut(found, size, found[-1].change_id if found else "")
