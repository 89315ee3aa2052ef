"""Providers asked through an HTTP proxy: calls, tokens and the connection test; and what is told where the proxy is in the way."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from pydantic import ValidationError
from registerbro.cvr.numbers import PNumber
from registerbro.database import Pool
from registerbro.registers.errors import ProxyRefused, RegisterError, Unreachable
from registerbro.registers.opening import Opened, opened
from registerbro.registers.port import Provider
from registerbro.registers.settings import CvrSettings
from registerbro.registers.steps import Step, StepName
from registerbro.secrets import SecretStore
from registerbro.settings import effective

from tests.support.certificates import server_context
from tests.support.connect_proxy import connect_proxy
from tests.support.register_server import Asked, Behaviour, RegisterServer, register_server, said

GUID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
NUMBER = PNumber("1003387453")
UNIT = {"pNumber": "1003387453", "productionUnitName": "KMD A/S - Ballerup", "cvrNumber": "26911745"}
WORD = "pass word"
USER = f"proxyuser:{WORD}"
QUOTED = "proxyuser:pass%20word"


def logic(asked: Asked) -> Behaviour:
    return said({"access_token": "a-token", "expires_in": 3600} if asked.path == "/token" else UNIT)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def server(authority: trustme.CA) -> AsyncIterator[RegisterServer]:
    async with register_server(logic, context=server_context(authority)) as running:
        yield running


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Iterator[Path]:
    with authority.cert_pem.tempfile(dir=str(tmp_path)) as file:
        yield Path(file)


@contextlib.asynccontextmanager
async def opened_at(pool: Pool, url: str, proxy_url: str, **more: Any) -> AsyncIterator[Opened]:
    terms = {"url": url, "token_url": f"{url}/token", "subscription_id": GUID, "configuration_id": GUID}
    terms |= dict.fromkeys(("client_id", "client_secret", "scope"), "any")
    limits = {"connect_seconds": 5, "tries": 1}
    told = {"logic": terms, "limits": limits, "proxy_url": proxy_url} | more
    settings = CvrSettings.model_validate(told)
    async with opened(pool, settings, Provider.KMD_LOGIC, secrets=SecretStore([])) as provider:
        yield provider


async def steps_of(provider: Opened) -> dict[StepName, Step]:
    return {step.name: step async for step in provider.steps()}


async def refused(provider: Opened) -> RegisterError:
    with pytest.raises(RegisterError) as caught:
        await provider.lookup.find(NUMBER)
    assert WORD not in str(caught.value)
    return caught.value


async def test_calls_and_tokens_go_through_a_tunnel(
    pool: Pool, server: RegisterServer, ca_file: Path
) -> None:
    async with (
        connect_proxy(user=USER) as proxy,
        opened_at(pool, server.url, proxy.url.replace(WORD, "pass%20word"), ca_file=ca_file) as provider,
    ):
        unit = await provider.lookup.find(NUMBER)
        assert unit is not None
        assert proxy.asked == [f"CONNECT 127.0.0.1:{server.port} HTTP/1.1"] * 2
        steps = await steps_of(provider)
    assert not any("proxy-authorization" in asked.headers for asked in server.asked)
    assert [step.is_ok for step in steps.values()] == [True] * 6
    place = f"127.0.0.1:{server.port}"
    assert steps[StepName.ADDRESS].remark.startswith("the proxy localhost: ")
    assert steps[StepName.ADDRESS].remark.endswith("; it looks up 127.0.0.1 itself")
    assert steps[StepName.CONNECTION].remark == f"{place} through the proxy localhost:{proxy.port}"
    assert steps[StepName.ENCRYPTION].remark == "no certificate of ours is used"


async def test_what_is_not_encrypted_is_passed_on(pool: Pool) -> None:
    async with (
        register_server(logic) as server,
        connect_proxy() as proxy,
        opened_at(pool, server.url, proxy.url) as provider,
    ):
        assert await provider.lookup.find(NUMBER) is not None
        assert proxy.asked[0] == f"POST {server.url}/token HTTP/1.1"
        steps = await steps_of(provider)
    assert steps[StepName.CONNECTION].remark == f"the proxy localhost:{proxy.port}"
    assert steps[StepName.SAMPLE_CALL].is_ok


async def test_a_server_behind_a_proxy_that_is_not_trusted(pool: Pool, server: RegisterServer) -> None:
    async with connect_proxy() as proxy, opened_at(pool, server.url, proxy.url) as provider:
        steps = await steps_of(provider)
        error = await refused(provider)
    assert steps[StepName.CONNECTION].is_ok
    assert str(steps[StepName.ENCRYPTION].failure) == str(error)
    assert str(error).startswith("the certificate of 127.0.0.1 is not trusted")


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", ProxyRefused, "does not connect us to 127.0.0.1: it answered 403"),
        (b"HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n", Unreachable, "does not connect us to 127.0.0.1: it answered 504"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", Unreachable, ""),
    ],
    ids=["forbids", "cannot", "is-none"],
)  # fmt: skip
async def test_a_proxy_that_does_not_connect_us(
    pool: Pool, server: RegisterServer, answer: bytes, kind: type[RegisterError], text: str
) -> None:
    async with connect_proxy() as proxy, opened_at(pool, server.url, proxy.url) as provider:
        proxy.answer = answer
        failure = (await steps_of(provider))[StepName.CONNECTION].failure
        for error in (failure, await refused(provider)):
            assert type(error) is kind
            assert text in str(error)
        assert str(failure).startswith("the proxy localhost ")


async def test_a_proxy_that_wants_another_password(pool: Pool, server: RegisterServer) -> None:
    async with (
        connect_proxy(user="another:word") as proxy,
        opened_at(pool, server.url, f"http://{QUOTED}@localhost:{proxy.port}") as provider,
    ):
        failure = (await steps_of(provider))[StepName.CONNECTION].failure
        error = await refused(provider)
    assert isinstance(failure, ProxyRefused)
    assert isinstance(error, ProxyRefused)
    assert failure.status == error.status == 407
    assert "it wants a user and password that it knows" in str(error)


async def test_a_proxy_that_is_not_there_is_told_apart_from_the_register(
    pool: Pool, server: RegisterServer
) -> None:
    async with connect_proxy() as proxy:
        gone = proxy
    for proxy_url, text in (
        (gone.url, "the proxy localhost refused the connection"),
        ("http://nowhere.invalid:3128", "no address is known of the proxy nowhere.invalid"),
    ):
        async with opened_at(pool, server.url, proxy_url) as provider:
            assert str(await refused(provider)) == text
            failures = [step.failure for step in (await steps_of(provider)).values() if step.failure]
            assert [str(failure) for failure in failures] == [text]


@pytest.mark.parametrize(
    "url",
    ["", "proxy:3128", "https://proxy:3128", "socks5://proxy:1080", "http://proxy:99999", "http://p/path"],
)
def test_what_is_no_proxy_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValidationError, match="must be http://host:port") as caught:
        CvrSettings.model_validate({"proxy_url": url.replace("//", f"//{QUOTED}@")})
    assert QUOTED not in str(caught.value)


def test_the_proxys_password_is_not_shown() -> None:
    settings = CvrSettings.model_validate({"proxy_url": f"http://{QUOTED}@proxy:3128"})
    shown = f"{dict(effective(settings))}{settings!r}{settings.model_dump()}"
    assert "http://proxyuser:***@proxy:3128" in shown
    assert QUOTED.partition(":")[2] not in shown
