"""The pages of a browser that logs in: the form, and why a log-in came to nothing."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response

from console.people.errors import PROBLEMS, CrossSiteRequest, LoginError, PeopleError
from console.people.names import LONGEST_TYPED
from console.people.passwords import LONGEST
from console.web import strangers
from console.web.people.advice import ADVICE


def form(call: Request, path: str, refusal: LoginError | None = None) -> Response:
    """The form, which leads to the path afterwards. ``refusal``: why the log-in before came to nothing."""
    told: dict[str, Any] = {"path": path, "longest_name": LONGEST_TYPED, "longest_password": LONGEST}
    if refusal is None:
        return strangers.show(call, "people/login.html", advice=None, seconds=None, **told)
    return _said(call, "people/login.html", refusal, **told)


def install(app: FastAPI) -> None:
    """Answers what goes wrong with a page where a browser asks for one, as a problem otherwise."""
    for kind in (LoginError, CrossSiteRequest):
        app.add_exception_handler(kind, _refused)


async def _refused(call: Request, error: Exception) -> Response:
    if isinstance(error, PeopleError) and strangers.is_browser(call):
        return _said(call, "people/login_failed.html", error)
    return PROBLEMS.problem(error).response()


def _said(call: Request, template: str, error: PeopleError, **context: Any) -> Response:
    problem = PROBLEMS.problem(error)
    said: dict[str, Any] = {
        "advice": ADVICE[problem.slug],
        "seconds": problem.headers.get("Retry-After"),
        **context,
    }
    return strangers.show(call, template, status=int(problem.status), headers=problem.headers, **said)
