"""Browsers log in and out: sent to the external issuer and back, or by a form. What goes wrong is a page to them."""

from typing import Annotated, Any

import fastapi
from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import SecretStr
from registerbro.auth import PUBLIC, Scopes
from registerbro.problems import InvalidRequest, NotReady, responses

from console.api.people_common import CurrentPeople, network_of_call
from console.people import metrics, paths
from console.people.errors import (
    PROBLEMS,
    CrossSiteRequest,
    IssuerUnreachable,
    LoginAnswerWrong,
    LoginBusy,
    LoginDenied,
    LoginElsewhere,
    LoginError,
    LoginHere,
    LoginInterrupted,
    NoRole,
)
from console.people.issuer_login import Answer
from console.people.local_login import LocalLogin
from console.people.opening import CALLBACK
from console.people.passwords import LONGEST
from console.people.paths import START, OwnPath
from console.web import forms, notices, stating
from console.web.forms import Form, FormUnreadable
from console.web.people import login as pages

LOGIN, LOGOUT = "/login", "/logout"
SCOPES: Scopes = {
    ("GET", LOGIN): PUBLIC,
    ("POST", LOGIN): PUBLIC,
    ("GET", CALLBACK): PUBLIC,
    ("POST", LOGOUT): PUBLIC,
}
BODIES = {("POST", LOGIN): 4096}
PAGE = {"content": {"text/html": {"schema": {"type": "string"}}}}
SENT = {"description": "to the place in `Location`"}
ISSUERS = PROBLEMS.of(IssuerUnreachable, LoginAnswerWrong)
FORM: dict[str, Any] = {
    "required": True,
    "content": {
        forms.MEDIA_TYPE: {
            "schema": {
                "type": "object",
                "required": ["user_name", "password"],
                "properties": {
                    "user_name": {"type": "string"},
                    "password": {"type": "string", "format": "password", "maxLength": LONGEST},
                    "next": {
                        "type": "string",
                        "pattern": f"^{paths.PATTERN}$",
                        "maxLength": paths.LONGEST,
                        "description": "the console's own path to go to afterwards",
                    },
                },
            }
        }
    },
}


def _as_pages(told: dict[int | str, dict[str, Any]]) -> dict[int | str, dict[str, Any]]:
    """Problems; those of the log-in are pages to a browser, which asks for HTML."""
    return {status: one | {"content": one["content"] | PAGE["content"]} for status, one in told.items()}


Said = Annotated[str | None, Query(max_length=4096)]
router = APIRouter()


@router.get(
    LOGIN,
    response_class=HTMLResponse,
    responses={
        200: {"description": "the form, where people log in here", **PAGE},
        303: {"description": "to the external issuer, where they log in there"},
        **_as_pages(responses(InvalidRequest, *ISSUERS, NotReady)),
    },
)
async def begin_login(
    call: fastapi.Request, people: CurrentPeople, path: Annotated[OwnPath, Query(alias="next")] = START
) -> Response:
    """Begins a log-in in a browser."""
    if isinstance(people.login, LocalLogin):
        return pages.form(call, path)
    url, cookie = await people.login.begin(path)
    answer = _sent_to(url)
    people.cookies.set(answer, people.cookies.attempt, cookie)
    return answer


@router.post(
    LOGIN,
    status_code=303,
    response_class=Response,
    openapi_extra={"requestBody": FORM},
    responses={
        303: SENT,
        401: {"description": "the form again, with the reason", **PAGE},
        429: {"description": "the form again: too many wrong passwords", **PAGE},
        **_as_pages(
            responses(InvalidRequest, NotReady, *PROBLEMS.of(LoginElsewhere, LoginBusy, CrossSiteRequest))
        ),
    },
)
async def log_in_by_form(call: fastapi.Request, people: CurrentPeople) -> Response:
    """Logs a local user in by the form."""
    people.cookies.refuse_other_sites(call.headers)
    local = people.local_login()
    sent = _form(await call.body())
    path = _path(sent.text("next", START))
    try:
        with metrics.counted():
            session_id, _ = await local.log_in(
                sent.text("user_name"),
                SecretStr(sent.raw("password")),
                network=network_of_call(call),
                instead_of=call.cookies.get(people.cookies.session),
            )
    except LoginError as refusal:
        return pages.form(call, path, refusal)
    answer = _sent_to(path)
    people.cookies.set(answer, people.cookies.session, session_id)
    return answer


@router.get(
    CALLBACK,
    status_code=303,
    response_class=Response,
    responses={
        303: SENT,
        **_as_pages(
            responses(
                InvalidRequest,
                *ISSUERS,
                NotReady,
                *PROBLEMS.of(LoginHere, LoginInterrupted, LoginDenied, NoRole),
            )
        ),
    },
)
async def finish_login(
    call: fastapi.Request,
    people: CurrentPeople,
    state: Said = None,
    code: Said = None,
    error: Said = None,
    iss: Said = None,
) -> Response:
    """Where the external issuer sends browsers back to."""
    login, cookies = people.issuer_login(), people.cookies
    with metrics.counted():
        session_id, path = await login.finish(
            Answer(state, code, error, iss),
            cookie=call.cookies.get(cookies.attempt),
            instead_of=call.cookies.get(cookies.session),
        )
    answer = _sent_to(path)
    cookies.clear(answer, cookies.attempt)
    cookies.set(answer, cookies.session, session_id)
    return answer


@router.post(
    LOGOUT,
    status_code=303,
    response_class=Response,
    responses={
        303: {"description": "to the external issuer, to log out there too, or to the log-in"},
        **_as_pages(responses(NotReady, *PROBLEMS.of(CrossSiteRequest))),
    },
)
async def log_out(call: fastapi.Request, people: CurrentPeople) -> Response:
    """Ends the session, if there is one; the browser forgets why its person read contacts."""
    people.cookies.refuse_other_sites(call.headers)
    session_id = call.cookies.get(people.cookies.session)
    answer = _sent_to(await people.log_out(session_id) or LOGIN)
    people.cookies.clear(answer, people.cookies.session)
    stating.forget(answer)
    notices.clear(answer)
    return answer


def _sent_to(url: str) -> Response:
    return RedirectResponse(
        url, status_code=303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    )


def _form(body: bytes) -> Form:
    try:
        return Form.read(body)
    except FormUnreadable:
        return Form()


def _path(text: str) -> str:
    try:
        return paths.own_path(text)
    except ValueError as error:
        raise InvalidRequest(f"next: {error}") from None
