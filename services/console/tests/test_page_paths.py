"""What people type stays within its segment of a path, and within its header, when pages call services."""

from urllib.parse import unquote

import httpx
import pytest
from console.web.addresses import Place, ServiceAddresses, below
from console.web.gateway import Gateway, Rights
from starlette.types import Receive, Scope, Send

TYPED = ("anna", "a/b", "..", ".", "a?b=c", "a#b", "a b", "æøå", "50%", "a;b,c", "%2e%2e", "")
RIGHTS = Rights(
    token=None, cookie="registerbro=1", client=("127.0.0.1", 1), headers={"Registerbro-Purpose": "Støtte – å"}
)


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers the path as it came, and the purpose."""
    headers = [(b"path", scope["raw_path"]), (b"purpose", dict(scope["headers"])[b"registerbro-purpose"])]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _answer(path: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        gateway = Gateway(_echo, ServiceAddresses(), client)
        return await gateway.answer(Place.CONSOLE, "GET", path, rights=RIGHTS)


@pytest.mark.parametrize("typed", TYPED)
async def test_a_segment_stays_one(typed: str) -> None:
    path = (
        (await _answer(below("/people", typed, "history"))).headers["path"] if typed else "/people//history"
    )
    assert [unquote(each) for each in path.split("/")] == ["", "people", typed, "history"]


@pytest.mark.parametrize(
    "path",
    ["/people/../keys", "/people/..", "/people/./x", "/people/a?b", "/people/a#b", "/people//x", "", "x"],
)
async def test_a_path_that_would_lead_elsewhere_is_not_called(path: str) -> None:
    with pytest.raises(ValueError, match="leads elsewhere"):
        await _answer(path)


async def test_a_purpose_is_sent_in_any_letters() -> None:
    assert (await _answer("/people")).headers.raw[1][1].decode() == RIGHTS.headers["Registerbro-Purpose"]
