"""Looks on at every page of every test: another host asked, a personal number in a URL, an error in the console or in a script, or a breach of the policy fails it."""

import re
from urllib.parse import unquote_plus

import pytest
from playwright.async_api import BrowserContext, ConsoleMessage, Request, WebError
from registerbro.privacy import is_suspect, mask


class Guard:
    """Remembers what must not happen; the browser reports breaches of a page's Content-Security-Policy as errors of its console."""

    def __init__(self, origin: str) -> None:
        self._origin = f"{origin}/"
        self.offences: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        """Looks at all pages of a context from now on."""
        context.on("request", self._asked)
        context.on("console", self._said)
        context.on("weberror", self._failed)

    def give_verdict(self) -> None:
        """Fails where there was an offence, and forgets it."""
        offences, self.offences = list(dict.fromkeys(self.offences)), []
        if offences:
            pytest.fail("\n".join(["the pages did what they must not:", *offences]), pytrace=False)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(self._origin):
            self.offences.append(f"asked another host: {request.url}")
        if is_suspect(unquote_plus(request.url)):
            self.offences.append(f"a personal number in a URL: {mask(unquote_plus(request.url))}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _is_refusal(message):
            self.offences.append(
                f"{message.type} in the console: {message.text} at {message.location['url']}"
            )

    def _failed(self, error: WebError) -> None:
        self.offences.append(f"error in a script: {error.error}")


def _is_refusal(message: ConsoleMessage) -> bool:
    """A page that says what is wrong with a form, or that it is not permitted: the browser notes its status, too."""
    page = message.page
    is_its_own = page is not None and message.location["url"] == page.url
    return is_its_own and re.search(r"the server responded with a status of 4\d\d", message.text) is not None
