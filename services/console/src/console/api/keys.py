"""The keys that sign tokens: which there are, and a new one."""

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field, StrictBool
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.problems import responses

from console.api.common import ELSEWHERE, CurrentIssuer
from console.bodies import Request
from console.errors import PROBLEMS, KeyAnnounced, KeyFixed
from console.views import KeyOut

KEYS = "/oauth2/keys"
SCOPES: Scopes = {("GET", KEYS): Scope.CONFIG_READ, ("POST", KEYS): Scope.CONFIG_WRITE}
router = APIRouter()


class NewKey(Request):
    """How a new key takes over."""

    revokes_others: StrictBool = Field(
        default=False,
        description="it signs at once, and no token that the others signed is accepted any more",
    )


class KeysOut(BaseModel):
    """All keys that tokens may be signed with, newest first."""

    items: list[KeyOut]


@router.get(KEYS, responses=responses(*ELSEWHERE))
async def list_keys(issuer: CurrentIssuer) -> KeysOut:
    """The keys that tokens are signed with, now or soon, by their public halves."""
    return KeysOut(items=[KeyOut.of(each) for each in await issuer.keys.published()])


@router.post(KEYS, status_code=201, responses=responses(*ELSEWHERE, *PROBLEMS.of(KeyFixed, KeyAnnounced)))
async def add_key(
    issuer: CurrentIssuer,
    caller: CurrentCaller,
    request: Annotated[NewKey, Body()] = NewKey(),  # noqa: B008
) -> KeyOut:
    """Publishes a new key, which takes over after the configured notice."""
    return KeyOut.of(await issuer.keys.rotate(by=caller, revokes=request.revokes_others))
