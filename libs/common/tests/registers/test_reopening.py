"""What an operator changes of the external source CVR-J counts from the next call on; calls under way end as they began."""

import asyncio
import contextlib
import datetime as dt
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import trustme
from cryptography.fernet import Fernet
from prometheus_client import REGISTRY
from pydantic import SecretStr
from registerbro import sources
from registerbro.cvr.numbers import PNumber
from registerbro.database import Pool
from registerbro.registers.access import Access
from registerbro.registers.errors import NotConfigured
from registerbro.registers.opening import Opened, opened
from registerbro.registers.port import Provider
from registerbro.registers.settings import CvrSettings
from registerbro.registers.ways import PresentCaller, Ways
from registerbro.secrets import SecretStore
from registerbro.sources import CVR_PASSWORD, CvrSource

from tests.support.certificates import PASSWORD, as_pkcs12, issued, server_context
from tests.support.cvr_provider import way_of
from tests.support.register_server import RegisterServer, Reply, register_server, said
from tests.support.tcp_proxy import TcpProxy
from tests.support.waiting import until

NUMBER = PNumber("1099900012")
AT_ONCE = dt.timedelta(microseconds=-1)  # every call looks
GUID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
SECRETS = SecretStore([SecretStr(Fernet.generate_key().decode())])


async def configure(pool: Pool, parameters: str, password: str | None = None) -> None:
    """What the console does to the source."""
    async with pool.acquire() as connection:
        await sources.save(connection, CvrSource.parse(parameters), by="operator")
        if password is not None:
            await SECRETS.put(connection, CVR_PASSWORD, SecretStr(password))


@contextlib.asynccontextmanager
async def rest_of(pool: Pool, url: str, **settings: Any) -> AsyncIterator[Opened]:
    told = {"datafordeler": {"rest_url": url}, "limits": {"tries": 1, "answer_seconds": 5}} | settings
    async with opened(
        pool,
        CvrSettings.model_validate(told),
        Provider.DATAFORDELER_REST,
        secrets=SECRETS,
        max_age=AT_ONCE,
    ) as provider:
        yield provider


def users(server: RegisterServer) -> list[tuple[str, str]]:
    """Who asked, one after the other; a question about a unit takes several calls."""
    asked = ((each.query["username"], each.query["password"]) for each in server.asked)
    return [user for user, _ in itertools.groupby(asked)]


async def one_call(provider: Opened) -> int:
    return (await PresentCaller(provider.ways, lambda way: way.caller).call("GET", "/unit")).status


async def test_another_user_and_password_count_from_the_next_call_on(pool: Pool) -> None:
    async with (
        register_server(lambda _: Reply(404)) as server,
        rest_of(pool, server.url) as provider,
    ):
        with pytest.raises(NotConfigured):
            await provider.lookup.find(NUMBER)
        await configure(pool, "UserID=first", "one")
        await provider.lookup.find(NUMBER)
        await configure(pool, "UserID=second")
        await provider.lookup.find(NUMBER)
        await configure(pool, "UserID=second", "two")
        await provider.lookup.find(NUMBER)
        assert [step.is_ok async for step in provider.steps()][-1]
    assert users(server) == [("first", "one"), ("second", "one"), ("second", "two")]


async def test_another_certificate_counts_from_the_next_call_on(pool: Pool, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    as_pkcs12(tmp_path, issued(authority))
    await configure(pool, "Certificatefilename=client.p12", "another word")
    async with (
        register_server(
            lambda _: Reply(404), context=server_context(authority, clients_of=authority)
        ) as server,
        rest_of(pool, server.url, ca_file=tmp_path / "ca.pem", certificate_folder=tmp_path) as provider,
    ):
        state = await provider.certificate()
        assert state is not None
        assert not state.is_fine
        await configure(pool, "Certificatefilename=client.p12", PASSWORD)
        assert await provider.lookup.find(NUMBER) is None
        state = await provider.certificate()
        assert state is not None
        assert state.not_after is not None
        assert shown_expiry() == state.not_after.timestamp()
        await configure(pool, "UserID=somebody")
        assert await provider.certificate() is None
        assert shown_expiry() is None


def shown_expiry() -> float | None:
    name = "registerbro_register_certificate_expiry_timestamp_seconds"
    return REGISTRY.get_sample_value(name, {"provider": Provider.DATAFORDELER_REST})


async def test_a_call_under_way_ends_as_it_began(pool: Pool) -> None:
    await configure(pool, "UserID=first", "one")
    async with (
        register_server(lambda _: Reply(404)) as server,
        TcpProxy("127.0.0.1", server.port) as way,
        rest_of(pool, f"http://127.0.0.1:{way.port}") as provider,
    ):

        async def begun(calls: int) -> bool:
            return way.connections == calls

        way.stall()
        before = asyncio.create_task(one_call(provider))
        await until(lambda: begun(1))
        await configure(pool, "UserID=second")
        after = asyncio.create_task(one_call(provider))
        await until(lambda: begun(2))
        assert not before.done()
        way.flow()
        assert [await before, await after] == [404, 404]
    assert sorted(users(server)) == [("first", "one"), ("second", "one")]


async def test_nothing_is_opened_anew_while_nothing_changes_that_matters(pool: Pool) -> None:
    logic = dict.fromkeys(("client_id", "client_secret", "scope"), "any")
    logic |= {"subscription_id": GUID, "configuration_id": GUID}

    async with register_server(
        lambda asked: said({"access_token": "any"}) if asked.path == "/token" else Reply(404)
    ) as server:
        settings = CvrSettings.model_validate(
            {"logic": logic | {"url": server.url, "token_url": f"{server.url}/token"}}
        )
        async with opened(pool, settings, Provider.KMD_LOGIC, secrets=SECRETS, max_age=AT_ONCE) as provider:
            for parameters in ("Level=1", "Level=2;ForceUpdate=N", "UserID=of another provider"):
                await configure(pool, parameters)
                await provider.lookup.find(NUMBER)
    assert [asked.path for asked in server.asked].count("/token") == 1
    assert server.connections == 2  # the token's, and the one that all calls go over


async def test_a_source_that_cannot_be_read_leaves_the_way_open(pool: Pool) -> None:
    await configure(pool, "UserID=first", "one")
    async with (
        register_server(lambda _: Reply(404)) as server,
        rest_of(pool, server.url) as provider,
    ):
        await pool.execute("update external_source set parameters = 'Level=9' where source = 'CVR-J'")
        with structlog.testing.capture_logs() as logs:
            assert await one_call(provider) == 404
    assert users(server) == [("first", "one")]
    assert [(entry["event"], entry["error"]) for entry in logs] == [
        ("access to the provider not read", "ParametersRefused")
    ]


async def test_the_source_is_looked_at_once_in_a_while() -> None:
    access = Access(provider=Provider.KMD_LOGIC, url="http://127.0.0.1:9", events_url="")
    read = 0

    async def present() -> Access:
        nonlocal read
        read += 1
        return access

    ways = Ways(present, way_of, max_age=dt.timedelta(hours=1))
    for _ in range(3):
        async with ways.lend() as way:
            assert way.access is access
    await ways.close()
    assert read == 1


@pytest.mark.parametrize("provider", Provider)
async def test_a_source_changes_who_we_are_and_never_whose_object_ids_they_are(
    pool: Pool, provider: Provider
) -> None:
    """So what is subscribed, and how far events were read, holds whatever an operator changes of it."""
    async with opened(pool, CvrSettings(), provider, secrets=SECRETS) as before:
        await configure(pool, "UserID=first;Certificatefilename=client.p12", "one")
        async with opened(pool, CvrSettings(), provider, secrets=SECRETS) as after:
            assert before.identity == after.identity
