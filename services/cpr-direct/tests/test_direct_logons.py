"""Logons with what the store knows: a wrong password is tried once, by whomever, until somebody changes something."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from cpr_direct import password
from cpr_direct.credentials import Origin
from cpr_direct.errors import (
    DirectError,
    LogonBlocked,
    LogonBusy,
    LogonRefused,
    PasswordExpired,
    PasswordUnknown,
    SecretUnreadable,
    StoreUnavailable,
)
from cpr_direct.gateway import Gateway
from cpr_direct.logon import StoredLogons
from cryptography.fernet import Fernet
from pydantic import SecretStr
from registerbro.database import Pool, open_pool
from registerbro.secrets import SecretStore

from tests.support import secrets_in_use
from tests.support.direct_logons import WHOM, MakeLogons
from tests.support.direct_server import (
    NEW_PASSWORD,
    PASSWORD,
    DirectServer,
    header,
    send_and_stay,
    settings_of,
)
from tests.support.services import AUDIT_KEY
from tests.support.waiting import until

WRONG = secrets_in_use.add("Falsk--1")
BLOCKING = ["01", "02", "06", "18", "28", "99", "12", "55"]
PASSING = ["03", "04", "05", "07", "09", "10", "11", "14", "16", "17", "24"]
BY = "operator"


@contextlib.asynccontextmanager
async def replica(
    register: DirectServer, make_logons: MakeLogons, **changes: Any
) -> AsyncIterator[tuple[Gateway, StoredLogons]]:
    settings = settings_of(register, **changes)
    logons = make_logons(settings)
    async with Gateway.open(settings, logons) as gateway:
        yield gateway, logons


async def outcome(gateway: Gateway) -> str:
    try:
        await gateway.lookup(WHOM)
    except DirectError as error:
        return type(error).__name__
    return "ok"


async def outcomes(gateway: Gateway, number: int) -> set[str]:
    return set(await asyncio.gather(*(outcome(gateway) for _ in range(number))))


async def test_a_wrong_password_is_one_logon_for_everybody(
    register: DirectServer, make_logons: MakeLogons
) -> None:
    async with replica(register, make_logons, password=WRONG) as (gateway, logons):
        assert await outcomes(gateway, 200) == {"LogonRefused"}
        assert await outcomes(gateway, 200) == {"LogonBlocked"}
        state = await logons.state()
    assert isinstance(state.obstacle, LogonBlocked)
    assert state.obstacle.number == "01"
    assert register.logons == ["01"]
    async with replica(register, make_logons, password=WRONG) as (
        gateway,
        _,
    ):  # another one, or after a restart
        assert await outcomes(gateway, 50) == {"LogonBlocked"}
        assert not (await gateway.test()).is_ok
    assert register.logons == ["01"]
    assert register.asked == []


async def test_replicas_that_start_together_with_a_wrong_password_make_one_logon(
    register: DirectServer, make_logons: MakeLogons, pool: Pool
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        gateways = [
            (await stack.enter_async_context(replica(register, make_logons, password=WRONG)))[0]
            for _ in range(3)
        ]
        register.hold()
        lookups = [asyncio.create_task(outcome(each)) for each in gateways * 20]
        await until(lambda: are_waiting(pool, 2))
        register.flow()
        found = await asyncio.gather(*lookups)
    assert set(found) == {"LogonRefused", "LogonBlocked"}
    assert register.logons == ["01"]


async def are_waiting(pool: Pool, number: int) -> bool:
    """Whether so many sessions of this database wait for their logon."""
    waiting = await pool.fetchval(
        "select count(*) from pg_locks join pg_database on pg_database.oid = database"
        " where locktype = 'advisory' and not granted and datname = current_database()"
    )
    return bool(waiting == number)


async def test_replicas_log_on_one_after_another(register: DirectServer, make_logons: MakeLogons) -> None:
    async with contextlib.AsyncExitStack() as stack:
        gateways = [(await stack.enter_async_context(replica(register, make_logons)))[0] for _ in range(3)]
        assert await asyncio.gather(*(outcome(each) for each in gateways)) == ["ok"] * 3
    assert register.logons == ["00"] * 3  # each has a session of its own


@pytest.mark.parametrize(
    "change",
    [
        {"password": PASSWORD},
        {"user_id": "ANOTHER"},
        {"customer_number": "4321"},
        {"transaction_code": "PRIV"},
    ],
    ids=["password", "user", "customer", "transaction"],
)
async def test_other_settings_are_tried(
    register: DirectServer, make_logons: MakeLogons, change: dict[str, str]
) -> None:
    async with replica(register, make_logons, password=WRONG) as (gateway, _):
        await outcome(gateway)
    async with replica(register, make_logons, **{"password": WRONG} | change) as (gateway, _):
        await outcome(gateway)
    assert len(register.logons) == 2


async def test_a_lifted_block_allows_one_more_logon(register: DirectServer, make_logons: MakeLogons) -> None:
    async with replica(register, make_logons, password=WRONG) as (gateway, logons):
        await outcome(gateway)
        assert await logons.lift(by=BY)
        assert not await logons.lift(by=BY)
        assert await outcome(gateway) == "LogonRefused"
        assert await outcome(gateway) == "LogonBlocked"
        assert register.logons == ["01", "01"]
        await logons.lift(by=BY)
        register.password = WRONG
        assert await outcome(gateway) == "ok"
        assert (await logons.state()).obstacle is None


@pytest.mark.parametrize("number", BLOCKING)
async def test_what_blocks(register: DirectServer, make_logons: MakeLogons, number: str) -> None:
    register.logon_errors.append(number)
    async with replica(register, make_logons) as (gateway, logons):
        assert await outcome(gateway) != "ok"
        assert await outcome(gateway) == ("PasswordExpired" if number == "02" else "LogonBlocked")
        assert (await logons.state()).is_expired is (number == "02")
    assert register.logons == [number]


@pytest.mark.parametrize("number", PASSING)
async def test_what_does_not_block(register: DirectServer, make_logons: MakeLogons, number: str) -> None:
    register.logon_errors.append(number)
    async with replica(register, make_logons) as (gateway, _):
        assert await outcome(gateway) != "ok"
        assert await outcome(gateway) == "ok"
    assert register.logons == [number, "00"]


@pytest.mark.parametrize("send", [None, send_and_stay], ids=["cut", "stalled"])
async def test_a_refusal_counts_however_its_answer_ends(
    register: DirectServer, make_logons: MakeLogons, send: Any
) -> None:
    register.send = send or register.send
    register.answers.append(header(error="01", length=9999))
    limits = {"answer_seconds": 0.3, "first_byte_seconds": 0.3}
    async with replica(register, make_logons, limits=limits) as (gateway, _):
        assert [await outcome(gateway) for _ in range(2)] == ["LogonRefused", "LogonBlocked"]


async def test_a_refusal_that_is_answered_while_its_caller_goes_away_counts(
    register: DirectServer, make_logons: MakeLogons
) -> None:
    async with replica(register, make_logons, password=WRONG) as (gateway, _):
        register.hold()
        lookup = asyncio.create_task(outcome(gateway))
        await until(lambda: has_logons(register, 1))
        lookup.cancel()
        asyncio.get_running_loop().call_later(0.1, register.flow)
    async with replica(register, make_logons, password=WRONG) as (gateway, _):
        assert await outcome(gateway) == "LogonBlocked"
    assert register.logons == ["01"]


async def has_logons(register: DirectServer, number: int) -> bool:
    return len(register.logons) >= number


async def test_a_refusal_that_the_store_does_not_take_is_remembered_until_it_does(
    register: DirectServer, make_logons: MakeLogons, pool: Pool
) -> None:
    await pool.execute(
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;"
        "create trigger refuse before insert or update on cpr_logon execute function refuse()"
    )
    async with replica(register, make_logons, password=WRONG) as (gateway, logons):
        assert await outcomes(gateway, 10) == {"StoreUnavailable"}
        assert await outcomes(gateway, 10) == {"LogonBlocked"}
        await pool.execute("drop trigger refuse on cpr_logon")
        assert await outcome(gateway) == "LogonBlocked"
        assert register.logons == ["01"]
        assert await logons.lift(by=BY)
        assert await outcome(gateway) == "LogonRefused"


async def test_a_session_lasts_while_the_logon_is_blocked(
    register: DirectServer, make_logons: MakeLogons
) -> None:
    async with replica(register, make_logons) as (gateway, _):
        await gateway.lookup(WHOM)
        register.password = "Another1"
        async with replica(register, make_logons) as (other, _):
            assert await outcome(other) == "LogonRefused"
        assert await outcome(gateway) == "ok"
        register.forget_sessions()
        assert await outcomes(gateway, 20) == {"LogonBlocked"}
    assert register.logons == ["00", "01"]


async def test_without_a_store_no_logon_is_made(
    register: DirectServer, database_url: str, secret_store: SecretStore
) -> None:
    settings = settings_of(register)
    async with open_pool(database_url) as pool:
        logons = StoredLogons(pool, secret_store, AUDIT_KEY, settings)
    async with Gateway.open(settings, logons) as gateway:  # the pool is closed
        with pytest.raises(StoreUnavailable):
            await gateway.lookup(WHOM)
        with pytest.raises(StoreUnavailable):
            await logons.state()
    assert register.connections == 0


async def test_a_logon_that_takes_too_long_elsewhere_is_told(
    register: DirectServer, make_logons: MakeLogons
) -> None:
    async with replica(register, make_logons, limits={"wait_seconds": 0.2}) as (gateway, logons):
        async with logons.store.held():
            with pytest.raises(LogonBusy):
                await gateway.lookup(WHOM)
        assert await outcome(gateway) == "ok"


# Which password.


async def test_no_password_at_all(register: DirectServer, make_logons: MakeLogons) -> None:
    async with replica(register, make_logons, password=None) as (gateway, logons):
        with pytest.raises(PasswordUnknown):
            await gateway.lookup(WHOM)
        state = await logons.state()
    assert isinstance(state.obstacle, PasswordUnknown)
    assert (state.origin, register.connections) == (None, 0)


async def test_a_stored_password_goes_before_the_configured_one(
    register: DirectServer, make_logons: MakeLogons
) -> None:
    register.password = NEW_PASSWORD
    async with replica(register, make_logons, password=WRONG) as (gateway, logons):
        assert (await logons.state()).origin is Origin.CONFIGURED
        await password.store(logons, SecretStr(NEW_PASSWORD), by=BY)
        assert await outcome(gateway) == "ok"
        assert (await logons.state()).origin is Origin.STORED
    assert register.logons == ["00"]


async def test_a_stored_password_is_of_the_account_it_was_stored_for(
    register: DirectServer, make_logons: MakeLogons
) -> None:
    async with replica(register, make_logons) as (_, logons):
        await password.store(logons, SecretStr(NEW_PASSWORD), by=BY)
    async with replica(register, make_logons, user_id="ANOTHER") as (gateway, logons):
        assert (await logons.state()).origin is Origin.CONFIGURED
        assert await outcome(gateway) == "ok"
    assert register.logons == ["00"]


async def test_a_stored_password_lifts_the_block_of_the_one_before_it(
    register: DirectServer, make_logons: MakeLogons
) -> None:
    async with replica(register, make_logons, password=WRONG) as (gateway, logons):
        assert await outcome(gateway) == "LogonRefused"
        await password.store(logons, SecretStr(PASSWORD), by=BY)
        assert await outcome(gateway) == "ok"
    assert register.logons == ["01", "00"]


async def test_a_stored_password_that_cannot_be_read_is_not_guessed_at(
    register: DirectServer, make_logons: MakeLogons, pool: Pool
) -> None:
    settings = settings_of(register)
    await password.store(make_logons(settings), SecretStr(NEW_PASSWORD), by=BY)
    for keys in ([SecretStr(Fernet.generate_key().decode())], []):
        logons = StoredLogons(pool, SecretStore(keys), AUDIT_KEY, settings)
        async with Gateway.open(settings, logons) as gateway:
            with pytest.raises(SecretUnreadable, match="CPR Direkte password"):
                await gateway.lookup(WHOM)
        assert isinstance((await logons.state()).obstacle, SecretUnreadable)
    assert register.connections == 0


async def test_an_expired_password_is_told_without_asking_again(
    register: DirectServer, make_logons: MakeLogons
) -> None:
    register.is_expired = True
    async with replica(register, make_logons) as (gateway, logons):
        for _ in range(3):
            with pytest.raises(PasswordExpired):
                await gateway.lookup(WHOM)
        assert (await logons.state()).is_expired
    assert register.logons == ["02"]


async def test_the_store_holds_no_password_that_can_be_read(
    register: DirectServer, make_logons: MakeLogons, pool: Pool
) -> None:
    async with replica(register, make_logons, password=WRONG) as (gateway, logons):
        await outcome(gateway)
        await password.store(logons, SecretStr(PASSWORD), by=BY)
        await outcome(gateway)
    for table in ("cpr_logon", "cpr_password_change", "stored_secret"):
        rows = await pool.fetch(f"select {table}::text as row, * from {table}")
        assert rows
        assert not any(each in str(rows) for each in (PASSWORD, WRONG))
    hashes = await pool.fetch("select credentials_hash from cpr_logon")
    assert {len(row[0]) for row in hashes} == {32}


async def test_other_keys_make_other_hashes(
    register: DirectServer, make_logons: MakeLogons, pool: Pool, secret_store: SecretStore
) -> None:
    settings = settings_of(register)
    for key in (AUDIT_KEY, SecretStr("another key of at least 32 characters")):
        logons = StoredLogons(pool, secret_store, key, settings)
        async with Gateway.open(settings, logons) as gateway:
            await gateway.lookup(WHOM)
    assert await pool.fetchval("select count(*) from cpr_logon") == 2
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("update cpr_logon set refused_at = now()")


async def test_a_wrong_password_is_refused_by_name(register: DirectServer, make_logons: MakeLogons) -> None:
    async with replica(register, make_logons, password=WRONG) as (gateway, _):
        with pytest.raises(LogonRefused) as refused:
            await gateway.lookup(WHOM, subscribes=True)
        assert not refused.value.may_have_reached
        with pytest.raises(LogonBlocked) as blocked:
            await gateway.lookup(WHOM)
    assert blocked.value.facts["cpr_error"] == "01"
