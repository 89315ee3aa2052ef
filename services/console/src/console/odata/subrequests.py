"""One request of a batch, sent through the application as if it came alone: admitted, recorded and answered the same way."""

import base64
import dataclasses
from collections.abc import Mapping
from typing import Any

import fastapi
import httpx
import orjson
from registerbro.auth import ACTING_USER
from registerbro.problems import MEDIA_TYPE, InvalidRequest, Problem

from console.odata.batch_form import QUERY, SubRequest
from console.odata.model import ENTITY_SETS
from console.odata.protocol import with_error
from console.people.cookies import CSRF

ROOT = "/odata/"
BATCH = f"{ROOT}$batch"
JSON = "application/json"
OF_THE_BATCH = ("authorization", ACTING_USER.lower(), "cookie", CSRF.lower(), "origin", "sec-fetch-site")
INHERITED = ("registerbro-purpose", "registerbro-case", "odata-maxversion")
TAKEN = frozenset(
    {*INHERITED, "accept", "content-type", "if-match", "if-none-match", "odata-version", "prefer"}
)
NOT_TOLD = frozenset({"content-length"})  # of the bytes that stand in the batch's answer in another form


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def telling(cls, problem: Problem) -> "Answer":
        """That it was not done, and why."""
        body = orjson.dumps(with_error(orjson.loads(bytes(problem.response().body))))
        return cls(int(problem.status), {"content-type": MEDIA_TYPE}, body)

    @property
    def is_error(self) -> bool:
        """Whether what depends on it cannot be done."""
        return self.status >= 400

    def as_json(self) -> dict[str, Any]:
        """As a batch's answer shows it."""
        shown: dict[str, Any] = {"status": self.status, "headers": dict(self.headers)}
        return shown | ({"body": _body_shown(self)} if self.body else {})


class Sender:
    """Sends the requests of one batch."""

    def __init__(self, batch: fastapi.Request) -> None:
        self._batch = httpx.URL(str(batch.url))
        self._root = str(batch.scope.get("root_path", ""))
        self._headers = batch.headers
        self._transport = httpx.ASGITransport(
            batch.app,
            raise_app_exceptions=False,
            root_path=self._root,
            client=(batch.client.host, batch.client.port) if batch.client else ("unknown", 0),
        )

    async def send(self, asked: SubRequest) -> Answer:
        """The application's answer; a request that cannot be sent is answered with the reason."""
        try:
            request = self._request(asked)
        except InvalidRequest as problem:
            return Answer.telling(problem)
        response = await self._transport.handle_async_request(request)
        headers = {name: value for name, value in response.headers.items() if name not in NOT_TOLD}
        return Answer(response.status_code, headers, await response.aread())

    def _request(self, asked: SubRequest) -> httpx.Request:
        """What is sent. The query of a GET moves into a body: no number in it was in a URL, nor is it to get into one."""
        url, told, content = self._url(asked.url), self._told(asked), _content(asked)
        path = url.path.removeprefix(self._root)
        if asked.method == "get" and url.query and path.removeprefix(ROOT) in ENTITY_SETS:
            told["content-type"] = "text/plain"
            return self._made("POST", url.copy_with(path=f"{url.path}{QUERY}", query=None), told, url.query)
        return self._made(asked.method, url, told, content)

    def _made(self, method: str, url: httpx.URL, told: Mapping[str, str], content: bytes) -> httpx.Request:
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told.items()]
        return httpx.Request(method, url, headers=headers, content=content)

    def _url(self, text: str) -> httpx.URL:
        try:
            url = self._batch.join(text)
        except (httpx.InvalidURL, ValueError):
            raise InvalidRequest("The URL is none.") from None
        path = url.path.removeprefix(self._root)
        if (url.scheme, url.netloc) != (self._batch.scheme, self._batch.netloc) or not path.startswith(ROOT):
            raise InvalidRequest(f"The URL leads elsewhere than below {ROOT}.")
        if path == BATCH:
            raise InvalidRequest("A batch cannot stand in a batch.")
        return url

    def _told(self, asked: SubRequest) -> dict[str, str]:
        own = {name: value for name, value in asked.headers.items() if name in TAKEN}
        ours = {name: self._headers[name] for name in (*OF_THE_BATCH, *INHERITED) if name in self._headers}
        default = {} if asked.body is None else {"content-type": JSON}
        return {"host": self._headers.get("host", self._batch.netloc.decode()), **default, **ours, **own}


def _content(asked: SubRequest) -> bytes:
    if asked.body is None:
        return b""
    kind = asked.headers.get("content-type", JSON)
    try:
        return _encoded(kind, asked.body)
    except (ValueError, orjson.JSONEncodeError):
        raise InvalidRequest("The body cannot be written as its content type asks for.") from None


def _encoded(kind: str, body: Any) -> bytes:
    if _is_json(kind):
        return orjson.dumps(body)
    if not isinstance(body, str):
        raise ValueError
    if kind.startswith("text/"):
        return body.encode()
    return base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)


def _body_shown(answer: Answer) -> Any:
    kind = answer.headers.get("content-type", "")
    if _is_json(kind):
        return orjson.Fragment(answer.body)
    if kind.startswith("text/"):
        return answer.body.decode()
    return base64.urlsafe_b64encode(answer.body).rstrip(b"=").decode()


def _is_json(kind: str) -> bool:
    media_type = kind.partition(";")[0].strip().lower()
    return media_type == JSON or (media_type.startswith("application/") and media_type.endswith("+json"))
