"""What stands before every route: whose call it is, and whether its token has the scope."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from registerbro.auth.scopes import Caller, Scope
from registerbro.auth.tokens import Verifier
from registerbro.privacy import is_suspect
from registerbro.problems import InvalidRequest, Problem, ScopeMissing, TokenMissing

ACTING_USER = "Registerbro-Acting-User"  # header: the user a client acts for, where its token names none


@dataclasses.dataclass(frozen=True, slots=True)
class Alternative:
    """Another way than a bearer token to say who calls, asked where no bearer token comes along.

    ``scheme`` is how OpenAPI describes it. ``authenticate`` returns None where the call does not use it, and raises what
    it refuses, among it ``problems``.
    """

    name: str
    scheme: Mapping[str, Any]
    authenticate: Callable[[HTTPConnection], Awaitable[Caller | None]]
    problems: tuple[type[Problem], ...] = ()


async def authenticate(verifier: Verifier, authorization: str | None, acting_user: str | None) -> Caller:
    """The caller from the headers of a request."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenMissing(headers={"WWW-Authenticate": 'Bearer realm="registerbro"'})
    caller = await verifier.verify(token.strip())
    if caller.user is None and acting_user:
        caller = dataclasses.replace(caller, user=_user(acting_user))
    return caller


def _user(text: str) -> str:
    if not text.isprintable() or len(text) > 100 or is_suspect(text):
        raise InvalidRequest(
            f"The header {ACTING_USER} takes an account name of 100 characters at most, no personal number."
        )
    return text


def authorise(caller: Caller, scope: Scope) -> None:
    """Refuses a caller whose token lacks the scope."""
    if not caller.may(scope):
        challenge = f'Bearer realm="registerbro", error="insufficient_scope", scope="{scope}"'
        raise ScopeMissing(
            f"This call needs the scope {scope}.",
            headers={"WWW-Authenticate": challenge},
            scope=scope,
        )


async def _current_caller(request: Request) -> Caller:
    caller = request.scope.get("registerbro.caller")
    if not isinstance(caller, Caller):
        raise TokenMissing
    return caller


CurrentCaller: TypeAlias = Annotated[Caller, Depends(_current_caller)]
"""For a route's parameter: ``async def lookup(caller: CurrentCaller)``."""
