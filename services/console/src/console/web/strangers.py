"""Pages for who has not logged in: without a menu, in the language and look that the browser says."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from console.web import languages
from console.web.rendering import Theme, environment, page_headers


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
