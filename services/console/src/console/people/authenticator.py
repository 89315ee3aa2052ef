"""How a session's cookie becomes the caller of the console's own routes, where no bearer token comes along."""

from typing import Any

from registerbro.auth import Alternative, Caller
from registerbro.service import Service
from starlette.requests import HTTPConnection

from console.people.errors import PROBLEMS, CrossSiteRequest, PasswordChangeNeeded, PeopleError
from console.people.opening import People

SCHEME: dict[str, Any] = {
    "type": "apiKey",
    "in": "cookie",
    "name": "__Host-registerbro",
    "description": "The session of a person who has logged in. Calls that change something also need the header "
    "`Registerbro-Csrf: 1`.",
}


def by_session(running: Service) -> Alternative:
    """For the gatekeeper."""

    async def authenticate(call: HTTPConnection) -> Caller | None:
        people = running.get(People)
        session_id = call.cookies.get(people.cookies.session)
        if session_id is None:
            return None
        try:
            people.cookies.refuse_forged(call.scope["method"], call.headers)
            session = await people.sessions.find(session_id)
            if session.must_change_password:
                raise PasswordChangeNeeded
        except PeopleError as error:
            raise PROBLEMS.problem(error) from None
        return session.caller()

    return Alternative("session", SCHEME, authenticate, PROBLEMS.of(CrossSiteRequest, PasswordChangeNeeded))
