"""A service that is told where the console publishes its keys takes the console's tokens, and refuses what it must."""

import dataclasses
import datetime as dt

import httpx
import pytest
from console.oauth2.form import Credentials, TokenRequest
from console.settings import AppSettings
from fastapi import FastAPI
from pydantic import SecretStr
from registerbro.auth import Scope
from registerbro.database import Pool
from registerbro.settings import AuthSettings

from tests.support import secrets_in_use
from tests.support.console_service import (
    TESTS,
    MakeConsole,
    Registered,
    issuer_of,
    registered,
    served_somewhere,
    token_of,
)
from tests.support.cpr_files import ANNA
from tests.support.direct_service import PURPOSE, MakeApp, switch_on
from tests.support.services import bearer, running

CALL = {"number": ANNA, "purpose": PURPOSE}
REFRESH = 1.0


def service(make_direct_app: MakeApp, settings: AppSettings) -> FastAPI:
    """CPR Direkte, told of the console and nothing else about tokens."""
    auth = AuthSettings(
        issuer=settings.auth.issuer,
        audience=settings.auth.audience,
        jwks_url=settings.auth.jwks_url,
        jwks_pause_seconds=0,
    )
    return make_direct_app(shared={"auth": auth})


async def status_of(client: httpx.AsyncClient, token: str) -> int:
    return (await client.get("/connection", headers=bearer(token))).status_code


async def client_of(pool: Pool, settings: AppSettings, *scopes: Scope) -> Registered:
    return await registered(await issuer_of(pool, settings), "journal", *scopes, acts_as="CASEWORKER")


async def test_a_service_takes_the_consoles_tokens_and_knows_who_acts(
    make_settings: MakeConsole, make_direct_app: MakeApp, pool: Pool
) -> None:
    await switch_on(pool)
    async with served_somewhere(make_settings) as settings:
        url = settings.auth.issuer
        who = await client_of(pool, settings, Scope.PERSONS_LOOKUP, Scope.CONFIG_READ)
        async with running(service(make_direct_app, settings)) as client, httpx.AsyncClient() as web:
            token = await token_of(web, who, url=url)
            found = await client.post("/persons/search", headers=bearer(token), json=CALL)
            assert found.status_code == 200, found.text
            narrow = await token_of(web, who, "config:read", url=url)
            assert (
                await client.post("/persons/search", headers=bearer(narrow), json=CALL)
            ).status_code == 403
            assert await status_of(client, narrow) == 200
    rows = await pool.fetch("select distinct client, acting_user from audit_log")
    assert [tuple(row) for row in rows] == [("journal", "CASEWORKER")]


async def test_a_service_learns_of_a_new_key_and_forgets_a_revoked_one(
    make_settings: MakeConsole, make_direct_app: MakeApp, pool: Pool
) -> None:
    await switch_on(pool)
    async with served_somewhere(make_settings, key_notice_seconds=0) as settings:
        url = settings.auth.issuer
        who = await client_of(pool, settings, Scope.CONFIG_READ, Scope.CONFIG_WRITE)
        async with running(service(make_direct_app, settings)) as client, httpx.AsyncClient() as web:
            old = await token_of(web, who, url=url)
            assert await status_of(client, old) == 200
            assert (await web.post(f"{url}/oauth2/keys", headers=bearer(old))).status_code == 201
            new = await token_of(web, who, url=url)
            assert await status_of(client, new) == 200
            assert await status_of(client, old) == 200
            body = {"revokes_others": True}
            assert (await web.post(f"{url}/oauth2/keys", headers=bearer(new), json=body)).status_code == 201
            last = await token_of(web, who, url=url)
            assert await status_of(client, last) == 200
            assert await status_of(client, new) == 401


@pytest.mark.parametrize("age", [dt.timedelta(minutes=59), dt.timedelta(minutes=61)])
async def test_a_token_is_taken_until_it_expires(
    make_settings: MakeConsole, make_direct_app: MakeApp, pool: Pool, age: dt.timedelta
) -> None:
    await switch_on(pool)
    async with served_somewhere(make_settings) as settings:
        who = await client_of(pool, settings, Scope.CONFIG_READ)
        earlier = dataclasses.replace(
            await issuer_of(pool, settings), now=lambda: dt.datetime.now(dt.UTC) - age
        )
        request = TokenRequest(Credentials(who.client_id, SecretStr(who.secret)), None)
        token = secrets_in_use.add((await earlier.grant(request, network="")).token)
        async with running(service(make_direct_app, settings)) as client:
            assert await status_of(client, token) == (200 if age < dt.timedelta(hours=1) else 401)


async def test_a_disabled_client_keeps_its_tokens_until_they_expire(
    make_settings: MakeConsole, make_direct_app: MakeApp, pool: Pool
) -> None:
    await switch_on(pool)
    async with served_somewhere(make_settings) as settings:
        who = await client_of(pool, settings, Scope.CONFIG_READ)
        async with running(service(make_direct_app, settings)) as client, httpx.AsyncClient() as web:
            token = await token_of(web, who, url=settings.auth.issuer)
            issuer = await issuer_of(pool, settings)
            await issuer.clients.change("journal", {"enabled": False}, by=TESTS)
            assert await status_of(client, token) == 200


async def test_tokens_for_another_audience_are_refused(
    make_settings: MakeConsole, make_direct_app: MakeApp, pool: Pool
) -> None:
    await switch_on(pool)
    async with served_somewhere(make_settings) as settings:
        who = await client_of(pool, settings, Scope.CONFIG_READ)
        async with httpx.AsyncClient() as web:
            token = await token_of(web, who, url=settings.auth.issuer)
        other = settings.auth.model_copy(update={"audience": "another"})
        async with running(make_direct_app(shared={"auth": other})) as client:
            assert await status_of(client, token) == 401
