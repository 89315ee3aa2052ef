"""A real Chromium for the tests: from ``REGISTERBRO_TEST_CHROMIUM``, or the one that this machine has.

Playwright drives it and brings no browser of its own. No request leaves the machine: every other host is unknown to it.
"""

import contextlib
import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
MISSING = (
    "The tests of the web console need a Chromium and found none: apt-get install chromium, or name the program of a "
    "Chromium or Chrome in REGISTERBRO_TEST_CHROMIUM."
)


def program() -> str | None:
    """The browser's program, from the places that the tests look in."""
    named = os.environ.get("REGISTERBRO_TEST_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


@contextlib.asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """A browser without a window, with a new profile that is gone with the block; fails with what to install."""
    found = program()
    if found is None:
        pytest.fail(MISSING, pytrace=False)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=[*FLAGS])
        try:
            yield browser
        finally:
            await browser.close()
