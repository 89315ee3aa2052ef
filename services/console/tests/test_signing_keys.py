"""Keys that sign: one for all replicas, announced before they sign, published for as long as tokens live."""

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import TypeAlias

import httpx
import pytest
from console.app import create_app
from console.errors import KeyAnnounced
from console.oauth2.keys import AFTERLIFE, OURSELVES, StoredRing
from cryptography.fernet import Fernet
from pydantic import SecretStr
from registerbro.auth import Scope
from registerbro.database import Pool
from registerbro.secrets import SecretStore, SecretUnreadable

from tests.support.console_service import (
    TESTS,
    MakeConsole,
    Registered,
    ask,
    claims_of,
    issuer_of,
    registered,
    token_of,
)
from tests.support.services import bearer, running
from tests.support.waiting import until

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


class Clock:
    def __init__(self) -> None:
        self.time = START

    def now(self) -> dt.datetime:
        return self.time


MakeRing: TypeAlias = Callable[..., StoredRing]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ring(pool: Pool, make_settings: MakeConsole, clock: Clock) -> MakeRing:
    """A replica's view of the keys; each call makes one that has not looked yet."""
    secrets = SecretStore(make_settings().secrets.keys)

    def make(**tokens: object) -> StoredRing:
        told = make_settings(**tokens).console.tokens
        return StoredRing(pool, secrets, told, now=clock.now)

    return make


async def kids(ring: StoredRing) -> list[str]:
    return [key.kid for key in await ring.published()]


async def signer(ring: StoredRing) -> str | None:
    return (await ring.signing_key()).kid


async def test_replicas_that_start_at_once_agree_on_one_key(ring: MakeRing) -> None:
    replicas = [ring() for _ in range(6)]
    await asyncio.gather(*(replica.prepare() for replica in replicas))
    found = {(await signer(replica), *await kids(replica)) for replica in replicas}
    assert len(found) == 1
    assert len(await kids(ring())) == 1


async def test_a_new_key_is_published_before_it_signs_and_the_old_one_after_it_did(
    ring: MakeRing, clock: Clock
) -> None:
    await ring().prepare()
    old = await signer(ring())
    made = await ring(key_notice_seconds=3600).rotate(by=TESTS)
    assert await kids(ring()) == [made.kid, old]
    assert await signer(ring()) == old
    with pytest.raises(KeyAnnounced):
        await ring().rotate(by=TESTS)
    clock.time += HOUR
    assert await signer(ring()) == made.kid
    assert await kids(ring()) == [made.kid, old]
    clock.time += AFTERLIFE - dt.timedelta(seconds=1)
    assert await ring().find(old) is not None
    assert await ring().forget() == 0
    clock.time += dt.timedelta(seconds=1)
    assert await kids(ring()) == [made.kid]
    assert await ring().find(old) is None


async def test_a_replica_that_looked_before_switches_at_the_same_moment(ring: MakeRing, clock: Clock) -> None:
    replica = ring()
    await replica.prepare()
    made = await replica.rotate(by=TESTS)
    before = await signer(replica)
    clock.time += HOUR
    assert await signer(replica) == made.kid != before


async def test_keys_that_expired_are_dropped_with_their_private_halves(
    ring: MakeRing, clock: Clock, pool: Pool
) -> None:
    await ring().prepare()
    old = await signer(ring())
    await ring(key_notice_seconds=0).rotate(by=TESTS)
    clock.time += AFTERLIFE
    assert await ring().forget() == 1
    left = [row["name"] for row in await pool.fetch("select name from stored_secret")]
    assert left == [f"oauth2 signing key {await signer(ring())}"]
    assert old not in left[0]


async def test_keys_are_rotated_by_age_so_that_the_new_one_signs_in_time(
    ring: MakeRing, clock: Clock
) -> None:
    await ring().prepare()
    clock.time += dt.timedelta(days=30) - HOUR - dt.timedelta(seconds=1)
    assert not await ring(key_days=30).rotate_if_due()
    clock.time += dt.timedelta(seconds=1)
    assert not await ring(key_days=None).rotate_if_due()
    assert await ring(key_days=30).rotate_if_due()
    assert not await ring(key_days=30).rotate_if_due()
    assert len(await kids(ring())) == 2
    clock.time += HOUR
    assert await signer(ring()) == (await kids(ring()))[0]


async def test_a_key_that_has_become_known_is_revoked(ring: MakeRing, pool: Pool) -> None:
    await ring().prepare()
    first = await signer(ring())
    waiting = await ring().rotate(by=TESTS)
    made = await ring().rotate(by=TESTS, revokes=True)
    assert await kids(ring()) == [made.kid]
    assert await signer(ring()) == made.kid
    rows = await pool.fetch("select name, action, client from configuration_change order by change_id")
    assert [(row["name"], row["action"]) for row in rows[:3]] == [
        (first, "created"),
        (waiting.kid, "created"),
        (made.kid, "created"),
    ]
    assert {(row["name"], row["action"]) for row in rows[3:]} == {
        (first, "revoked"),
        (waiting.kid, "revoked"),
    }
    assert [row["client"] for row in rows] == [OURSELVES.client, *["tests"] * 4]


async def test_private_keys_are_kept_encrypted(
    ring: MakeRing, pool: Pool, make_settings: MakeConsole
) -> None:
    await ring().prepare()
    row = await pool.fetchrow("select name, ciphertext from stored_secret")
    assert row is not None
    assert b"PRIVATE" not in row["ciphertext"]
    stored = await SecretStore(make_settings().secrets.keys).get(pool, row["name"])
    assert stored is not None
    assert "PRIVATE KEY" in stored.get_secret_value()
    public = await pool.fetchval("select public_key from oauth2_key")
    assert set(public) == {"kty", "crv", "x", "y"}
    other = StoredRing(
        pool,
        SecretStore([SecretStr(Fernet.generate_key().decode())]),
        make_settings().console.tokens,
        now=lambda: START + HOUR,
    )
    with pytest.raises(SecretUnreadable):
        await other.prepare()


async def test_tokens_in_use_survive_a_rotation_in_every_replica(
    make_settings: MakeConsole, pool: Pool
) -> None:
    settings = make_settings(key_notice_seconds=0)
    who = await registered(await issuer_of(pool, settings), "admin", Scope.CONFIG_READ, Scope.CONFIG_WRITE)
    async with running(create_app(settings)) as one, running(create_app(settings)) as two:
        old = await token_of(one, who)
        assert (await two.get("/oauth2/clients", headers=bearer(old))).status_code == 200
        assert (await one.post("/oauth2/keys", headers=bearer(old))).status_code == 201
        new = await token_of(one, who)
        assert (await claims_of(two, old))["iss"] == (await claims_of(one, new))["iss"]
        assert len((await one.get("/oauth2/keys", headers=bearer(new))).json()["items"]) == 2

        async def is_seen_by_the_other() -> bool:
            answer = await two.get("/oauth2/keys", headers=bearer(new))
            return answer.status_code == 200 and len(answer.json()["items"]) == 2

        await until(is_seen_by_the_other)
        for replica in (one, two):
            assert (await replica.get("/oauth2/keys", headers=bearer(old))).status_code == 200


async def test_revoking_shuts_out_all_tokens_of_the_others(make_settings: MakeConsole, pool: Pool) -> None:
    settings = make_settings()
    who = await registered(await issuer_of(pool, settings), "admin", Scope.CONFIG_READ, Scope.CONFIG_WRITE)
    async with running(create_app(settings)) as client:
        old = await token_of(client, who)
        made = await client.post("/oauth2/keys", headers=bearer(old), json={"revokes_others": True})
        assert made.status_code == 201
        assert (await client.get("/oauth2/keys", headers=bearer(old))).status_code == 401
        new = await token_of(client, who)
        assert (await client.get("/oauth2/keys", headers=bearer(new))).status_code == 200


async def test_before_the_store_is_there_callers_are_told_to_come_again(
    make_settings: MakeConsole, pool: Pool
) -> None:
    app = create_app(make_settings())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
        assert (await ask(client, Registered("a", "nothing that anybody knows"))).status_code == 503
        assert (await client.get("/oauth2/jwks")).status_code == 503
