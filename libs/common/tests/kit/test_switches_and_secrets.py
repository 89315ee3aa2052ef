"""Switches of the modules, and secrets that are stored."""

import datetime as dt

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from registerbro.database import Pool
from registerbro.events import parse_event
from registerbro.features import Feature, Features, states, switch
from registerbro.problems import FeatureDisabled
from registerbro.secrets import NoSecretKey, SecretStore, SecretUnreadable

AT_ONCE = dt.timedelta(0)


async def test_everything_is_off_after_the_installation(pool: Pool) -> None:
    features = Features(pool)
    assert await states(pool) == dict.fromkeys(Feature, False)
    for feature in Feature:
        assert not await features.is_enabled(feature)
        with pytest.raises(FeatureDisabled) as refused:
            await features.require(feature)
        assert refused.value.facts == {"feature": feature}


async def test_switching_takes_effect_and_is_announced_once(pool: Pool) -> None:
    features = Features(pool, max_age=AT_ONCE)
    async with pool.acquire() as connection:
        assert await switch(connection, Feature.CVR_UPDATE, enabled=True, by="anna")
        assert not await switch(connection, Feature.CVR_UPDATE, enabled=True, by="anna")
    await features.require(Feature.CVR_UPDATE)
    assert not await features.is_enabled(Feature.CVR)
    (body,) = [row["body"] for row in await pool.fetch("select body from outbox")]
    event = parse_event(body.encode())
    assert event.routing_key == "feature.changed"
    assert await pool.fetchval("select changed_by from feature_setting where enabled") == "anna"


async def test_a_switch_that_is_rolled_back_is_not_announced(pool: Pool) -> None:
    async def switch_and_fail() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await switch(connection, Feature.CPR, enabled=True, by="anna")
            raise KeyError

    with pytest.raises(KeyError):
        await switch_and_fail()
    assert await pool.fetchval("select count(*) from outbox") == 0
    assert not await Features(pool).is_enabled(Feature.CPR)


def key() -> SecretStr:
    return SecretStr(Fernet.generate_key().decode())


async def test_secrets_are_stored_encrypted(pool: Pool) -> None:
    store = SecretStore([key()])
    await store.put(pool, "FTP password", SecretStr("hemmelighed æøå"))
    assert await store.get(pool, "FTP password") == SecretStr("hemmelighed æøå")
    assert await store.get(pool, "another") is None
    stored = await pool.fetchval("select ciphertext from stored_secret")
    assert "hemmelighed" not in stored.decode("latin-1")
    await store.put(pool, "FTP password", SecretStr("new"))
    assert await store.get(pool, "FTP password") == SecretStr("new")
    await store.remove(pool, "FTP password")
    assert await store.get(pool, "FTP password") is None


async def test_a_new_key_takes_over(pool: Pool) -> None:
    old, new = key(), key()
    await SecretStore([old]).put(pool, "a", SecretStr("value"))
    both = SecretStore([new, old])
    assert await both.get(pool, "a") == SecretStr("value")
    with pytest.raises(SecretUnreadable, match="'a'"):
        await SecretStore([new]).get(pool, "a")
    async with pool.acquire() as connection:
        assert await both.rotate(connection) == ["a"]
    assert await SecretStore([new]).get(pool, "a") == SecretStr("value")


async def test_rotation_is_all_or_nothing(pool: Pool) -> None:
    old, lost, new = key(), key(), key()
    await SecretStore([old]).put(pool, "a", SecretStr("value"))
    await SecretStore([lost]).put(pool, "b", SecretStr("value"))
    async with pool.acquire() as connection:
        with pytest.raises(SecretUnreadable, match="'b'"):
            await SecretStore([new, old]).rotate(connection)
    assert await SecretStore([old]).get(pool, "a") == SecretStr("value")


async def test_without_a_key_nothing_is_stored(pool: Pool) -> None:
    with pytest.raises(NoSecretKey, match="REGISTERBRO_SECRETS__KEYS"):
        await SecretStore([]).put(pool, "a", SecretStr("value"))
