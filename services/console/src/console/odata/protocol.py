"""What every answer below ``/odata`` has in common: the version of the protocol, and errors that OData clients understand.

A problem (RFC 9457) stays one and gets one member more, ``error`` (OData JSON Format 4.01, 21.1), so that code and message are
found by who knows either form. That is done outside of everything that answers, because what the gatekeeper and the handlers
of all services say is meant for these clients, too.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, TypeAlias

import orjson
from fastapi import Depends, Header
from registerbro.problems import MEDIA_TYPE, Problem
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROOT = "/odata"
VERSION = "odata-version"
MAX_VERSION = "odata-maxversion"
NEWEST, OLDEST = "4.01", "4.0"
VERSION_FROM_4 = r"([4-9]|[1-9][0-9])(\.[0-9]{1,3})?"
_QUOTED = re.compile(r"'[^']*'")


class VersionUnsupported(Problem):
    """The caller takes no version of the protocol that is spoken here."""

    status, slug, title = HTTPStatus.BAD_REQUEST, "odata-version-unsupported", "OData version not supported"


def version_for(max_version: str) -> str | None:
    """The version to answer in, the newest that the caller takes; none if it takes none of ours."""
    if not re.fullmatch(VERSION_FROM_4, max_version):
        return None
    return NEWEST if float(max_version) >= float(NEWEST) else OLDEST


async def answer_version(
    max_version: Annotated[
        str,
        Header(
            alias="OData-MaxVersion",
            description=f"the newest version that the caller takes, from {OLDEST} on",
            json_schema_extra={"pattern": f"^{VERSION_FROM_4}$"},
        ),
    ] = NEWEST,
) -> str:
    """The version to answer in; for all routes below ``/odata``, whether they need to know it or not."""
    version = version_for(max_version)
    if version is None:
        raise VersionUnsupported(f"Answers are in OData {OLDEST} or {NEWEST}.")
    return version


Version: TypeAlias = Annotated[str, Depends(answer_version)]


def with_error(problem: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a problem, saying it in the way of OData, too."""
    details = [
        {"code": each["code"], "target": each["pointer"], "message": each["detail"]}
        for each in problem.get("errors", ())
    ]
    error = {
        "code": problem["type"].rpartition("/")[2],
        "message": problem.get("detail") or problem["title"],
        **({"details": details} if details else {}),
    }
    return {**problem, "error": error}


def with_quoted_keys(path: str) -> str:
    """The decoded path with slashes in keys encoded again (``Cases(CaseReference='2026/1',…)``): there it divides nothing."""
    return _QUOTED.sub(lambda found: found[0].replace("%", "%25").replace("/", "%2F"), path)


def is_known(etag: str, if_none_match: str) -> bool:
    """Whether the caller has what bears this ETag (RFC 9110, 13.1.2: compared weakly)."""
    return if_none_match.strip() == "*" or etag.removeprefix("W/") in re.findall(r'"[^"]*"', if_none_match)


class ODataAnswers:
    """The middleware that gives answers below ``/odata`` this form, and tells callers who know an entity already so."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] == "http" and (path == ROOT or path.startswith(f"{ROOT}/")):
            send = _Told(send, scope["method"], Headers(scope=scope))
            scope = {**scope, "path": with_quoted_keys(scope["path"])}
        await self._app(scope, receive, send)


class _Told:
    """Sends an answer on; holds what gets another body until it is complete."""

    def __init__(self, send: Send, method: str, asked: Headers) -> None:
        self._send = send
        self._version = version_for(asked.get(MAX_VERSION, NEWEST)) or NEWEST
        self._known = asked.get("if-none-match", "") if method == "GET" else ""
        self._held: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers[VERSION] = self._version
            if self._is_known(message["status"], headers) or headers.get("content-type") == MEDIA_TYPE:
                self._held = message
                return
        elif self._held is not None and message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._tell(self._held)
            return
        await self._send(message)

    def _is_known(self, status: int, headers: MutableHeaders) -> bool:
        return status == HTTPStatus.OK and is_known(headers.get("etag", ""), self._known)

    async def _tell(self, start: Message) -> None:
        headers = MutableHeaders(scope=start)
        if start["status"] == HTTPStatus.OK:
            body, start["status"] = b"", HTTPStatus.NOT_MODIFIED
            del headers["content-length"], headers["content-type"]
        else:
            body = orjson.dumps(with_error(orjson.loads(self._body)))
            headers["content-length"] = str(len(body))
            headers["content-language"] = "en"
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})
