"""What a page answers when it cannot show what was asked for."""

from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from console.web import strangers
from console.web.forms import Form, FormUnreadable
from console.web.gateway import CallFailed
from console.web.menu import HOME
from console.web.pages import BODY_LIMIT
from console.web.turning import LoginNeeded, NotPermitted, PasswordNeeded, PurposeNeeded, Turned
from console.web.visit import PASSWORD, Visit


def install(app: FastAPI) -> None:
    """Lets the application answer as pages do, below ``/ui``."""
    app.add_exception_handler(Turned, _turned)
    app.add_exception_handler(CallFailed, _failed)


def login_path(call: Request) -> str:
    """The log-in that leads back to where the person was."""
    return f"/login?next={quote(_seen(call), safe='/')}"


async def _turned(call: Request, error: Exception) -> Response:
    match error:
        case LoginNeeded():
            return await _login(call)
        case PasswordNeeded():
            return RedirectResponse(PASSWORD, status_code=303)
        case PurposeNeeded():
            return RedirectResponse(f"/ui/purpose?next={quote(_seen(call), safe='/')}", status_code=303)
        case NotPermitted(scopes=scopes):
            return _page(call, "not_permitted.html", 403, scopes=sorted(scopes))
        case _:
            return await _stale(call)


async def _login(call: Request) -> Response:
    """To the log-in; a form waits on its page meanwhile, with what was typed."""
    login = login_path(call)
    if call.method == "GET":
        return RedirectResponse(login, status_code=303)
    return _page(call, "session_ended.html", 401, login=login, action=call.url.path, form=await _typed(call))


async def _stale(call: Request) -> Response:
    """The form again, to be sent by who has logged in since."""
    return _page(
        call, "form_stale.html", 409, back=_seen(call), action=call.url.path, form=await _typed(call)
    )


async def _typed(call: Request) -> Form:
    """What was typed; nothing where it is more than strangers may have sent back to them."""
    body = await call.body()
    try:
        return Form.read(body) if len(body) <= BODY_LIMIT else Form()
    except FormUnreadable:
        return Form()


async def _failed(call: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, CallFailed) else 500
    return _page(call, "failed.html", status, failure=error)


def _seen(call: Request) -> str:
    """The page that the person was at: of a form, the one that it stood on."""
    if call.method == "GET":
        return f"{call.url.path}?{call.url.query}" if call.url.query else call.url.path
    came_from = urlsplit(call.headers.get("referer", ""))
    is_own = came_from.netloc == call.headers.get("host") and came_from.path.startswith(HOME)
    return came_from.path if is_own else HOME


def _page(call: Request, template: str, status: int, **context: Any) -> Response:
    """In the frame with the menu where it is known who looks."""
    visit: Visit | None = getattr(call.state, "visit", None)
    if visit is not None:
        return visit.show(template, status=status, **context)
    return strangers.show(call, template, status=status, **context)
