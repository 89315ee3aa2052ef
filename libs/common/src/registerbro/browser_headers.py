"""What every answer says to browsers and caches, unless it says so itself: keep nothing, guess nothing, embed and run nothing.

The APIs are for programs, but a browser may be made to show an answer of theirs (OWASP ASVS 5.0, chapters 3.4 and 14.3).
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
OVER_TLS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


class BrowserHeaders:
    """Adds the headers to answers that lack them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = ALWAYS | (OVER_TLS if scope.get("scheme") == "https" else {})

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in said.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, complete)
