"""How a session's cookie becomes the caller of the console's own routes, where no bearer token comes along."""

from registerbro.auth import Alternative, Caller
from registerbro.service import Service
from starlette.requests import HTTPConnection

from console.people.cookies import CSRF, Cookies
from console.people.errors import (
    PROBLEMS,
    CrossSiteRequest,
    PasswordChangeNeeded,
    PeopleError,
    SessionMissing,
)
from console.people.opening import People
from console.settings import AppSettings, url_of

DESCRIPTION = f"The session of a person who has logged in. Calls that change something also need the header `{CSRF}: 1`."


def by_session(running: Service, settings: AppSettings) -> Alternative:
    """For the gatekeeper."""
    cookies = Cookies(url_of(settings.console, settings.auth))

    async def authenticate(call: HTTPConnection) -> Caller | None:
        session_id = call.cookies.get(cookies.session)
        if session_id is None:
            return None
        try:
            cookies.refuse_forged(call.scope["method"], call.headers)
            session = await running.get(People).sessions.find(session_id)
            if session.must_change_password:
                raise PasswordChangeNeeded
        except PeopleError as error:
            raise PROBLEMS.problem(error) from None
        return session.caller()

    scheme = {"type": "apiKey", "in": "cookie", "name": cookies.session, "description": DESCRIPTION}
    problems = PROBLEMS.of(CrossSiteRequest, PasswordChangeNeeded, SessionMissing)
    return Alternative("session", scheme, authenticate, problems)
