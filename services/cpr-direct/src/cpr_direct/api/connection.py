"""The way to CPR: test it, see how it stands, change the password, allow a refused logon once more."""

from typing import Annotated

from fastapi import APIRouter, Body, Response
from pydantic import Field, SecretStr
from registerbro.api import Acting, Request
from registerbro.auth import Scope, Scopes
from registerbro.problems import responses

from cpr_direct import checking, errors, password, problems
from cpr_direct.api.common import CurrentDirect
from cpr_direct.views.connection import ConnectionOut, ConnectionTestOut

SCOPES: Scopes = {
    ("GET", "/connection"): Scope.CONFIG_READ,
    ("POST", "/connection-tests"): Scope.CONFIG_READ,
    ("POST", "/password-changes"): Scope.CONFIG_WRITE,
    ("PUT", "/password"): Scope.CONFIG_WRITE,
    ("DELETE", "/logon-block"): Scope.CONFIG_WRITE,
}
Password = Annotated[SecretStr, Field(min_length=8, max_length=8, strict=False)]
RULES = tuple(kind for kind in errors.PRESENTATION if issubclass(kind, errors.PasswordError))
router = APIRouter()


class PasswordChange(Request):
    """The password to come."""

    new_password: Password | None = Field(
        default=None, description="eight characters by CPR's rules; one is generated if it is left out"
    )


class PasswordStored(Request):
    """The password that was set on CPR's web page."""

    password: Password = Field(description="eight characters")


@router.get("/connection")
async def state(direct: CurrentDirect) -> ConnectionOut:
    """How CPR and we get along; CPR is not asked."""
    return await checking.state(direct)


@router.post("/connection-tests")
async def test(direct: CurrentDirect) -> ConnectionTestOut:
    """Tries name, network, encryption, logon and store one by one, and says what stands in the way."""
    return await checking.check(direct)


@router.post("/password-changes", responses=responses(*problems.REGISTER, *problems.of(*RULES)))
async def change_password(
    direct: CurrentDirect,
    acting: Acting,
    request: Annotated[PasswordChange, Body()] = PasswordChange(),  # noqa: B008
) -> ConnectionOut:
    """Changes the password at CPR; the new one is kept encrypted, and is told nobody."""
    await password.change(direct.gateway, direct.logons, request.new_password, by=acting)
    return await checking.state(direct)


@router.put("/password", responses=responses(*problems.of(*RULES)))
async def store_password(request: PasswordStored, direct: CurrentDirect, acting: Acting) -> ConnectionOut:
    """Takes a password that was set elsewhere, as on CPR's web page; CPR is not told anything."""
    await password.store(direct.logons, request.password, by=acting)
    return await checking.state(direct)


@router.delete("/logon-block", status_code=204)
async def lift_block(direct: CurrentDirect, acting: Acting) -> Response:
    """Lets credentials that CPR has refused be tried once more: after the account was unlocked there."""
    await direct.logons.lift(by=acting)
    return Response(status_code=204)
