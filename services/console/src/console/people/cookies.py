"""The two cookies, and how a call made with one is told from what another site's page does in the person's name.

A session's cookie is sent by the browser whoever makes the call, so calls that change something need two things besides: the
browser must not say that another site makes them (``Sec-Fetch-Site``, else ``Origin`` against the address that was called),
and they bear the header ``Registerbro-Csrf: 1``, which no other site's page can set without being asked for permission.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.responses import Response

from console.people.errors import CrossSiteRequest
from console.people.settings import LOOPBACK

CSRF = "Registerbro-Csrf"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN = frozenset({"same-origin", "none"})


class Cookies:
    """The cookies' names and attributes, as the console's own address wants them."""

    def __init__(self, public_url: str) -> None:
        parts = urlsplit(public_url)
        self.is_secure = parts.scheme == "https"
        self.is_local = parts.hostname in LOOPBACK
        self.origin = f"{parts.scheme}://{parts.netloc}"
        prefix = "__Host-" if self.is_secure else ""  # browsers keep it to this host and to https
        self.session, self.attempt = f"{prefix}registerbro", f"{prefix}registerbro-login"

    def set(self, response: Response, name: str, value: str) -> None:
        """Lets the browser keep a cookie until it is closed; pages' scripts do not see it."""
        response.set_cookie(name, value, secure=self.is_secure, httponly=True, samesite="lax", path="/")

    def clear(self, response: Response, name: str) -> None:
        """Lets the browser forget one."""
        response.delete_cookie(name, secure=self.is_secure, httponly=True, samesite="lax", path="/")

    def refuse_other_sites(self, headers: Mapping[str, str]) -> None:
        """``CrossSiteRequest`` where a browser says that another site's page makes the call."""
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None:
            is_own = site in _OWN
        elif origin is not None:
            is_own = origin == self.origin or urlsplit(origin).netloc == headers.get("host")
        else:
            is_own = True  # no browser
        if not is_own:
            raise CrossSiteRequest

    def refuse_forged(self, method: str, headers: Mapping[str, str]) -> None:
        """``CrossSiteRequest`` where a call that changes something may be another site's doing."""
        if method in SAFE_METHODS:
            return
        self.refuse_other_sites(headers)
        if headers.get(CSRF.lower()) != "1":
            raise CrossSiteRequest
