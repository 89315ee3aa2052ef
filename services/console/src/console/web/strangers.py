"""Pages for who has not logged in: without a menu, in the language and look that the browser says."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from starlette.requests import HTTPConnection

from console.web import languages
from console.web.rendering import Theme, environment, page_headers

PATHS = ("/login", "/logout", "/ui")


def is_browser(call: HTTPConnection) -> bool:
    """Whether somebody asks for a page, not a program for data."""
    path = call.url.path.removeprefix(call.scope.get("root_path", ""))
    is_page = path in PATHS or path.startswith(tuple(f"{each}/" for each in PATHS))
    return is_page and "text/html" in call.headers.get("accept", "")


def show(
    call: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> Response:
    """A page."""
    language = languages.chosen(call.cookies.get(languages.COOKIE), call.headers.get("accept-language"))
    given = {"visit": None, "theme": Theme.chosen(call.cookies), "notice": None, "failure": None, **context}
    html = environment(language).get_template(template).render(**given)
    return HTMLResponse(html, status_code=status, headers={**page_headers(), **(headers or {})})
