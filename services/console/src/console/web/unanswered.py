"""Browsers get a page also where none of ours answers: at a mistyped path, an id that is no number, a console that is starting.

What the gatekeeper and the framework refuse they tell as problems (RFC 9457), which programs read and people do not. That is done
outside of everything that answers, and only for who asks for HTML.
"""

import dataclasses
from collections.abc import Mapping
from http import HTTPStatus

from registerbro.problems import MEDIA_TYPE
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.web import failures, strangers
from console.web.languages import N_

TEMPLATE = "unanswered.html"
PASSED_ON = ("allow", "retry-after")


@dataclasses.dataclass(frozen=True, slots=True)
class Said:
    """What happened, in a heading, a sentence and the next step."""

    heading: str
    text: str
    next_step: str


NOT_FOUND = Said(
    N_("There is no such page"),
    N_("The address is mistyped, or what it was about is not there."),
    N_("Find it from the overview."),
)
OURS = Said(
    N_("It could not be shown"),
    N_("Something went wrong in the console; nothing is known of its cause here."),
    N_("Try again. If it stays so, the log of the console says why."),
)
SAID: Mapping[int, Said] = {
    HTTPStatus.METHOD_NOT_ALLOWED: Said(
        N_("A form opens this page"),
        N_("It was opened without one, as a reload or a bookmark does."),
        N_("Begin again from the overview."),
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Said(
        N_("That is too much at once"),
        N_("The form held more than is accepted, and nothing of it was stored."),
        N_("Go back and send less, or a smaller file."),
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: Said(
        N_("The console is not ready"),
        N_("It is starting or stopping, or cannot reach its database."),
        N_("Reload the page in a few seconds."),
    ),
}


def said_of(status: int) -> Said:
    """What a page says of a status."""
    return SAID.get(status, NOT_FOUND if status < HTTPStatus.INTERNAL_SERVER_ERROR else OURS)


class PagesForBrowsers:
    """The middleware that puts a page in the place of a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not strangers.is_browser(Request(scope)):
            await self._app(scope, receive, send)
            return
        problem: Message | None = None

        async def kept_back(message: Message) -> None:
            nonlocal problem
            if message["type"] == "http.response.start" and _is_problem(message):
                problem = message
            elif problem is None:
                await send(message)

        await self._app(scope, receive, kept_back)
        if problem is not None:
            await _answer(Request(scope), problem)(scope, receive, send)


def _is_problem(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type") == MEDIA_TYPE


def _answer(call: Request, problem: Message) -> Response:
    status: int = problem["status"]
    if status == HTTPStatus.UNAUTHORIZED:
        return RedirectResponse(failures.login_path(call), HTTPStatus.SEE_OTHER)
    told = Headers(raw=problem["headers"])
    headers = {name: told[name] for name in PASSED_ON if name in told}
    return strangers.show(call, TEMPLATE, status=status, headers=headers, said=said_of(status))
