"""The session of a person: begun with a password, looked at, its password changed, a token for calls to the services."""

import datetime as dt
from typing import Annotated, Self

import fastapi
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, SecretStr
from registerbro.auth import PUBLIC, Scope, Scopes
from registerbro.problems import InvalidRequest, NotReady, RequestTooLarge, responses

from console.api.people_common import (
    BY_SESSION,
    ELSEWHERE,
    CurrentPeople,
    CurrentSession,
    network_of_call,
)
from console.api.token import TokenOut
from console.bodies import Request
from console.oauth2.refusals import NOT_STORED
from console.people import metrics
from console.people.errors import (
    PROBLEMS,
    CrossSiteRequest,
    IssuerTokenUnusable,
    IssuerUnreachable,
    LoginAnswerWrong,
    LoginBusy,
    LoginFailed,
    LoginPaused,
    NoTokens,
    PasswordChangeNeeded,
    PasswordRefused,
    SessionMissing,
)
from console.people.names import LONGEST_TYPED
from console.people.passwords import LONGEST, SHORTEST
from console.people.roles import Role
from console.people.sessions import Session

SESSION = "/session"
SCOPES: Scopes = {  # open to all: each looks at the session by itself, which some use to be allowed more
    ("GET", SESSION): PUBLIC,
    ("POST", SESSION): PUBLIC,
    ("POST", f"{SESSION}/password"): PUBLIC,
    ("POST", f"{SESSION}/token"): PUBLIC,
}
GUESSING = PROBLEMS.of(LoginFailed, LoginPaused, LoginBusy)
FORGED = PROBLEMS.of(CrossSiteRequest)
Typed = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST)]
router = APIRouter()


class Login(Request):
    """Who logs in."""

    user_name: str = Field(
        min_length=1, max_length=LONGEST_TYPED, description="capital letters do not matter"
    )
    password: Typed


class PasswordChange(Request):
    """A password of one's own."""

    current: Typed
    new: Annotated[SecretStr, Field(min_length=SHORTEST, max_length=LONGEST)]


class SessionOut(BaseModel):
    """Who has logged in, and what the person may do."""

    user_name: str
    display_name: str
    issuer: str | None = Field(description="where the person logged in; null: here, as a local user")
    roles: list[Role]
    scopes: list[Scope] = Field(description="none while the password must be changed")
    must_change_password: bool
    created_at: dt.datetime
    idle_until: dt.datetime = Field(description="the session ends then if no call is made")
    expires_at: dt.datetime = Field(description="the session ends then in any case")

    @classmethod
    def of(cls, session: Session, idle_until: dt.datetime) -> Self:
        """From the store."""
        return cls(
            user_name=session.user_name,
            display_name=session.display_name,
            issuer=session.issuer,
            roles=[role for role in Role if role in session.roles],
            scopes=[scope for scope in Scope if scope in session.scopes],
            must_change_password=session.must_change_password,
            created_at=session.created_at,
            idle_until=idle_until,
            expires_at=session.expires_at,
        )


@router.get(SESSION, responses=responses(NotReady, *PROBLEMS.of(SessionMissing)), openapi_extra=BY_SESSION)
async def show_session(session: CurrentSession, people: CurrentPeople, response: Response) -> SessionOut:
    """Who has logged in with this session."""
    response.headers.update(NOT_STORED)
    return SessionOut.of(session, people.sessions.idle_until(session))


@router.post(
    SESSION,
    status_code=201,
    responses=responses(InvalidRequest, RequestTooLarge, NotReady, *ELSEWHERE, *GUESSING, *FORGED),
)
async def log_in(
    request: Login, call: fastapi.Request, people: CurrentPeople, response: Response
) -> SessionOut:
    """Logs a local user in: the answer brings the session's cookie."""
    people.cookies.refuse_other_sites(call.headers)
    local = people.local_login()
    with metrics.counted():
        session_id, _ = await local.log_in(
            request.user_name,
            request.password,
            network=network_of_call(call),
            instead_of=call.cookies.get(people.cookies.session),
        )
    return await _begun(people, session_id, response)


@router.post(
    f"{SESSION}/password",
    responses=responses(
        InvalidRequest,
        RequestTooLarge,
        NotReady,
        *ELSEWHERE,
        *GUESSING,
        *FORGED,
        *PROBLEMS.of(SessionMissing, PasswordRefused),
    ),
    openapi_extra=BY_SESSION,
)
async def change_password(
    request: PasswordChange,
    session: CurrentSession,
    call: fastapi.Request,
    people: CurrentPeople,
    response: Response,
) -> SessionOut:
    """Changes one's own password. All sessions of the user end; the answer brings the cookie of a new one."""
    session_id, _ = await people.local_login().change_password(
        session, request.current, request.new, network=network_of_call(call)
    )
    return await _begun(people, session_id, response)


@router.post(
    f"{SESSION}/token",
    status_code=201,
    responses=responses(
        NotReady,
        *FORGED,
        *PROBLEMS.of(
            SessionMissing,
            PasswordChangeNeeded,
            NoTokens,
            IssuerTokenUnusable,
            IssuerUnreachable,
            LoginAnswerWrong,
        ),
    ),
    openapi_extra=BY_SESSION,
)
async def give_token(session: CurrentSession, people: CurrentPeople, response: Response) -> TokenOut:
    """A short-lived access token with which the person's pages call the other services."""
    if session.must_change_password:
        raise PasswordChangeNeeded
    granted = await people.tokens.token_for(session)
    response.headers.update(NOT_STORED)
    return TokenOut(
        access_token=granted.token,
        expires_in=max(0, int(granted.life.total_seconds())),
        scope=" ".join(granted.scopes),
    )


async def _begun(people: CurrentPeople, session_id: str, response: Response) -> SessionOut:
    session = await people.sessions.find(session_id)
    people.cookies.set(response, people.cookies.session, session_id)
    response.headers.update(NOT_STORED)
    return SessionOut.of(session, people.sessions.idle_until(session))
