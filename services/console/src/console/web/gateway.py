"""How pages call the services: over their public APIs, with the person's own rights.

The console's own API is called through the same routes, gates and audit as from outside, but without the network.

CallFailed                          what a page shows as a sentence with the next step
├── Refused(status, problem)        the service answered a problem (RFC 9457)
└── Away(place)                     the service does not answer, or not as it should
"""

import contextlib
import dataclasses
import datetime as dt
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, TypeAlias, TypedDict, Unpack

import httpx
import structlog
from httpx import ASGITransport
from registerbro.problems import BASE
from starlette.types import ASGIApp

from console.web.addresses import Place, ServiceAddresses

USUAL = dt.timedelta(seconds=30)
CONNECTING = dt.timedelta(seconds=3)
PATH = re.compile(r"(/(?!\.{1,2}(/|$))[\w.~!$&'()*+,;=:@%-]+)+", re.ASCII)  # RFC 3986, 3.3
Parameters: TypeAlias = Mapping[str, str | int | bool | Sequence[str] | None]
log = structlog.get_logger()


class CallFailed(Exception):
    """A call that a page made came to nothing; the text is one line without personal data."""

    slug = "unavailable"
    status = 503
    detail = ""

    def __init__(self, place: Place, text: str) -> None:
        super().__init__(text)
        self.place = place

    @property
    def errors(self) -> Sequence[Mapping[str, str]]:
        """What is wrong with each field of the request: ``pointer``, ``detail``, ``code``."""
        return ()

    def error_of(self, field: str) -> Mapping[str, str] | None:
        """What is wrong with a field of the body or the query, or with an item of it, if anything."""
        places = (f"body/{field}/", f"query/{field}/")
        return next((error for error in self.errors if f"{error['pointer']}/".startswith(places)), None)

    @property
    def facts(self) -> Mapping[str, Any]:
        """Further members of the problem."""
        return {}


class Refused(CallFailed):
    """The service answered a problem."""

    def __init__(self, place: Place, status: int, problem: Mapping[str, Any]) -> None:
        self.slug = str(problem.get("type", "")).removeprefix(BASE) or f"http-{status}"
        self.status = status
        self.title = str(problem.get("title", ""))
        self.detail = str(problem.get("detail", ""))
        self.problem = problem
        super().__init__(place, self.detail or self.title or self.slug)

    @property
    def errors(self) -> Sequence[Mapping[str, str]]:
        found: Sequence[Mapping[str, str]] = self.problem.get("errors") or ()
        return found

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.problem


class Away(CallFailed):
    """The service does not answer, or not as it should."""

    slug = "service-away"

    def __init__(self, place: Place) -> None:
        super().__init__(place, f"{place} does not answer")


@dataclasses.dataclass(frozen=True, slots=True)
class Rights:
    """With what a person's calls are made: the bearer token for services, the session's cookie for the console itself."""

    token: str | None = dataclasses.field(repr=False)
    cookie: str = dataclasses.field(repr=False)
    client: tuple[str, int]
    headers: Mapping[str, str]


class Asked(TypedDict, total=False):
    """What a call may say beside its path. ``content`` is sent as plain text; ``params`` that are None are left out."""

    params: Parameters | None
    json: Any
    content: str | None
    headers: Mapping[str, str]
    timeout: dt.timedelta


class Gateway:
    """Calls services. ``Away`` for those that have no address, too. Paths come from ``addresses.below`` where anything may stand in them."""

    def __init__(self, app: ASGIApp, addresses: ServiceAddresses, client: httpx.AsyncClient) -> None:
        self._app = app
        self._addresses = addresses
        self._client = client

    def has(self, place: Place) -> bool:
        """Whether there is such a service here."""
        return place is Place.CONSOLE or self._addresses.url(place) is not None

    async def answer(
        self,
        place: Place,
        method: str,
        path: str,
        *,
        rights: Rights | None,
        **asked: Unpack[Asked],
    ) -> httpx.Response:
        """The service's answer, which is a success. ``Refused``, ``Away``."""
        content, timeout = asked.get("content"), asked.get("timeout", USUAL)
        params = {name: value for name, value in (asked.get("params") or {}).items() if value is not None}
        plain = {} if content is None else {"Content-Type": "text/plain; charset=utf-8"}
        headers = {**_headers(place, rights), **plain, **asked.get("headers", {})}
        try:
            async with self._caller(place, rights) as client:
                answer = await client.request(
                    method,
                    self._url(place, path),
                    params=params or None,
                    json=asked.get("json"),
                    content=content,
                    headers=httpx.Headers(headers, encoding="utf-8"),
                    timeout=httpx.Timeout(timeout.total_seconds(), connect=CONNECTING.total_seconds()),
                )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.warning("service does not answer a page", service=place, error=type(error).__name__)
            raise Away(place) from None
        if answer.is_success:
            return answer
        raise _failure(place, answer)

    @contextlib.asynccontextmanager
    async def _caller(self, place: Place, rights: Rights | None) -> AsyncIterator[httpx.AsyncClient]:
        if place is not Place.CONSOLE:
            yield self._client
            return
        client = ("127.0.0.1", 0) if rights is None else rights.client
        transport = ASGITransport(self._app, raise_app_exceptions=False, client=client)
        async with httpx.AsyncClient(transport=transport) as inner:
            yield inner

    def _url(self, place: Place, path: str) -> str:
        if not PATH.fullmatch(path):
            raise ValueError("a path leads elsewhere than where it was written to lead")
        base = "http://console" if place is Place.CONSOLE else self._addresses.url(place)
        if base is None:
            raise Away(place)
        return base + path


def _headers(place: Place, rights: Rights | None) -> dict[str, str]:
    if rights is None:
        return {}
    if place is Place.CONSOLE:
        return {"Cookie": rights.cookie, "Registerbro-Csrf": "1", **rights.headers}
    bearer = {} if rights.token is None else {"Authorization": f"Bearer {rights.token}"}
    return {**bearer, **rights.headers}


def _failure(place: Place, answer: httpx.Response) -> CallFailed:
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if isinstance(problem, dict) and "error" in problem and "type" not in problem:  # OData's form of an error
        said = problem["error"]
        problem = {"type": BASE + str(said.get("code", "")), "detail": said.get("message", "")}
    if not isinstance(problem, dict) or "type" not in problem:
        log.warning("service answers a page as it should not", service=place, status=answer.status_code)
        return Away(place)
    return Refused(place, answer.status_code, problem)
