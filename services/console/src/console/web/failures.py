"""What a page answers when it cannot show what was asked for."""

from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from console.web import languages
from console.web.gateway import CallFailed
from console.web.rendering import Theme, environment, page_headers
from console.web.visit import (
    HOME,
    PASSWORD,
    LoginNeeded,
    NotPermitted,
    PasswordNeeded,
    PurposeNeeded,
    Turned,
    Visit,
    login_path,
)


def install(app: FastAPI) -> None:
    """Lets the application answer as pages do, below ``/ui``."""
    app.add_exception_handler(Turned, _turned)
    app.add_exception_handler(CallFailed, _failed)


async def _turned(call: Request, error: Exception) -> Response:
    match error:
        case LoginNeeded():
            return RedirectResponse(login_path(_seen(call)), status_code=303)
        case PasswordNeeded():
            return RedirectResponse(PASSWORD, status_code=303)
        case PurposeNeeded():
            return RedirectResponse(f"/ui/purpose?next={quote(_seen(call), safe='/')}", status_code=303)
        case NotPermitted(scopes=scopes):
            return _page(call, "not_permitted.html", 403, scopes=sorted(scopes))
        case _:
            return _page(call, "form_stale.html", 409, back=_seen(call))


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


def _page(call: Request, template: str, status: int, **context: object) -> Response:
    """In the frame with the menu where it is known who looks."""
    visit: Visit | None = getattr(call.state, "visit", None)
    if visit is not None:
        return visit.show(template, status=status, **context)
    language = languages.chosen(call.cookies.get(languages.COOKIE), call.headers.get("accept-language"))
    given = {"visit": None, "theme": Theme.chosen(call.cookies), "notice": None, "failure": None, **context}
    html = environment(language).get_template(template).render(**given)
    return HTMLResponse(html, status_code=status, headers=page_headers())
