"""What the routes about people share."""

from typing import Annotated, Any, TypeAlias

import fastapi
from fastapi import Depends
from registerbro.service import CurrentService

from console.oauth2.guessing import network_of
from console.people.errors import PROBLEMS, LoginElsewhere, SessionMissing
from console.people.opening import People
from console.people.sessions import Session
from console.people.users import Users

ELSEWHERE = PROBLEMS.of(LoginElsewhere)
BY_SESSION: dict[str, Any] = {
    "security": [{"session": []}]
}  # for OpenAPI, where a route is the session's alone


async def _people(service: CurrentService) -> People:
    return service.get(People)


CurrentPeople: TypeAlias = Annotated[People, Depends(_people)]


async def _users(people: CurrentPeople) -> Users:
    return people.local_login().users


CurrentUsers: TypeAlias = Annotated[Users, Depends(_users)]


async def _session(call: fastapi.Request, people: CurrentPeople) -> Session:
    people.cookies.refuse_forged(call.method, call.headers)
    session_id = call.cookies.get(people.cookies.session)
    if session_id is None:
        raise SessionMissing
    return await people.sessions.find(session_id)


CurrentSession: TypeAlias = Annotated[Session, Depends(_session)]


def network_of_call(call: fastapi.Request) -> str:
    """Where a call comes from, as wrong passwords are counted."""
    return network_of(call.client.host if call.client else None)
