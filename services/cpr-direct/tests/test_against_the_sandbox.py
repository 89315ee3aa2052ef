"""The client against the sandbox's CPR Direkte, which was written from the format's description alone: TLS, every error number, every fault."""

import asyncio
import contextlib
import datetime as dt
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cpr_direct import errors, password
from cpr_direct.gateway import Gateway
from cpr_direct.logon import StoredLogons
from cpr_direct.settings import CprDirectSettings, LimitSettings
from cryptography.fernet import Fernet
from pydantic import SecretStr
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool
from registerbro.secrets import SecretStore
from registerbro_sandbox.direct import Certificates, CprDirectServer, Key
from registerbro_sandbox.direct.faults import At, BadCertificate, DirectWrong, Garbage
from registerbro_sandbox.ftp import Authority
from registerbro_sandbox.persons import Delivery, Population
from registerbro_sandbox.persons.chronicle import Chronicle

from tests.support import secrets_in_use
from tests.support.sandbox_direct import CUSTOMER, PASSWORD, TODAY, USER
from tests.support.services import AUDIT_KEY
from tests.support.waiting import until

LIMITS = LimitSettings(
    connect_seconds=2,
    first_byte_seconds=0.5,
    answer_seconds=1,
    wait_seconds=2,
    tries=2,
    breaker_failures=1000,
)
ALL_LIMITS_SECONDS = 8.0
KEY = Fernet.generate_key().decode()
secrets_in_use.add(PASSWORD)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world of some persons, and the authority that clients trust."""
    home = tmp_path_factory.mktemp("world")
    Chronicle.begin(home, Population(seed=3, size=32), Delivery(TODAY))
    return home


@pytest.fixture
def sandbox(world: Path, tmp_path: Path) -> Iterator[CprDirectServer]:
    authority = Authority()
    authority.write_to(tmp_path / "ca.pem")
    server = CprDirectServer(world, Certificates(authority, "localhost"), today=lambda: TODAY)
    key = Key(CUSTOMER, USER)
    if server.accounts.find(key) is None:
        server.accounts.add(key, SecretStr(PASSWORD))
    server.accounts.set_password(key, SecretStr(PASSWORD))
    with server:
        yield server


@pytest.fixture
async def gateway(sandbox: CprDirectServer, pool: Pool, tmp_path: Path) -> AsyncIterator[Gateway]:
    async with opened(sandbox, pool, tmp_path) as gateway:
        yield gateway


@contextlib.asynccontextmanager
async def opened(
    sandbox: CprDirectServer, pool: Pool, tmp_path: Path, **changes: Any
) -> AsyncIterator[Gateway]:
    told: dict[str, Any] = {
        "host": "localhost",
        "port": sandbox.port,
        "ca_file": tmp_path / "ca.pem",
        "customer_number": CUSTOMER,
        "user_id": USER,
        "password": SecretStr(PASSWORD),
        "limits": LIMITS,
    }
    settings = CprDirectSettings(**(told | changes))
    logons = StoredLogons(pool, SecretStore([SecretStr(KEY)]), AUDIT_KEY, settings)
    async with Gateway.open(settings, logons) as gateway:
        yield gateway


@pytest.fixture
def someone(world: Path) -> CprNumber:
    return CprNumber(Chronicle.read(world).world.person(0).number)


def open_sockets() -> int:
    """The sockets of this process."""
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found += str(entry.readlink()).startswith("socket:")
    return found


async def has_at_most(sockets: int) -> bool:
    """The sandbox, which runs in this process, may let go of one a moment later."""
    return open_sockets() <= sockets


async def all_closed(sandbox: CprDirectServer) -> bool:
    limit = dt.timedelta(seconds=10)
    return await asyncio.to_thread(sandbox.wait_for, lambda counts: counts.open == 0, limit)


async def test_a_person_comes_over_verified_tls(
    gateway: Gateway, sandbox: CprDirectServer, world: Path, someone: CprNumber
) -> None:
    answer = await gateway.lookup(someone)
    person = Chronicle.read(world).world.person(0)
    names = {record.type: record.text for record in answer.person.records}["008"]
    assert person.current("008")["last_name"] in names
    assert (answer.task_number[:4], answer.production_date) == (CUSTOMER, TODAY)
    assert (await gateway.state()).certificate_expires is not None
    assert sandbox.counts.all_logons == 1


async def test_every_person_of_the_sandbox_can_be_read(gateway: Gateway, world: Path) -> None:
    for person in Chronicle.read(world).world:
        answer = await gateway.lookup(CprNumber(person.number))
        assert answer.person.rejected_types == frozenset()
        assert answer.person.records[0].type == "001"


async def test_every_error_number_has_an_error_and_a_decision(
    gateway: Gateway, sandbox: CprDirectServer, someone: CprNumber
) -> None:
    await gateway.logon()
    for number in range(1, 100):
        before = sandbox.counts.all_requests
        sandbox.faults.set(DirectWrong(error=number, at=At.REQUEST))
        with pytest.raises(errors.CprError) as caught:
            await gateway.lookup(someone)
        assert caught.value.number == f"{number:02}"
        assert errors.presentation(caught.value).status >= 400
        repeats = {7: 2, 8: 2}.get(number, 1)  # a lost session and a deadlock are tried once more
        assert sandbox.counts.all_requests - before == repeats
    sandbox.faults.none()
    await gateway.lookup(someone)
    assert await all_closed(sandbox)


FAULTS: dict[str, tuple[dict[str, Any], Callable[[errors.DirectError], bool]]] = {
    "refused": ({"refuse": True}, lambda error: isinstance(error, errors.TransportError)),
    "pieces": ({"pieces": 1}, lambda _: False),
    "late first byte": ({"first_byte_seconds": 2}, lambda error: isinstance(error, errors.NoAnswer)),
    "slow pieces": ({"pieces": 1, "piece_seconds": 0.2}, lambda error: isinstance(error, errors.NoAnswer)),
    "stall at once": ({"stall_after": 0}, lambda error: isinstance(error, errors.NoAnswer)),
    "stall in the header": ({"stall_after": 20}, lambda error: isinstance(error, errors.NoAnswer)),
    "stall in the records": ({"stall_after": 100}, lambda error: isinstance(error, errors.NoAnswer)),
    "close at once": ({"close_after": 0}, lambda error: isinstance(error, errors.AnswerCut)),
    "close in the header": ({"close_after": 27}, lambda error: isinstance(error, errors.AnswerCut)),
    "close in the records": ({"close_after": 300}, lambda error: isinstance(error, errors.AnswerCut)),
    "surplus": ({"surplus": 1}, lambda error: isinstance(error, errors.AnswerTooLong)),
    "much surplus": ({"surplus": 900_000}, lambda error: isinstance(error, errors.AnswerTooLong)),
    "declared too long": ({"length_off": 10}, lambda error: isinstance(error, errors.AnswerCut)),
    "declared too short": ({"length_off": -10}, lambda error: isinstance(error, errors.AnswerTooLong)),
    "no header": ({"garbage": Garbage.HEADER}, lambda error: isinstance(error, errors.NotAHeader)),
    "unknown record": ({"garbage": Garbage.RECORD_TYPE}, lambda error: isinstance(error, errors.RecordBroken)),
    "faulty record": ({"garbage": Garbage.RECORD}, lambda error: isinstance(error, errors.RecordBroken)),
    "expired certificate": (
        {"certificate": BadCertificate.EXPIRED}, lambda error: isinstance(error, errors.CertificateRejected)
    ),
    "certificate of another host": (
        {"certificate": BadCertificate.OTHER_HOST}, lambda error: isinstance(error, errors.CertificateRejected)
    ),
    "untrusted certificate": (
        {"certificate": BadCertificate.UNTRUSTED}, lambda error: isinstance(error, errors.CertificateRejected)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
async def test_every_fault_ends_in_time_as_the_right_error_and_the_next_lookup_works(
    gateway: Gateway, sandbox: CprDirectServer, someone: CprNumber, name: str
) -> None:
    wrong, is_expected = FAULTS[name]
    await gateway.lookup(someone)
    assert await all_closed(sandbox)
    before = open_sockets()
    sandbox.faults.set(DirectWrong(**wrong))
    begun = time.monotonic()
    try:
        await gateway.lookup(someone)
        failure: errors.DirectError | None = None
    except errors.DirectError as error:
        failure = error
    assert time.monotonic() - begun < ALL_LIMITS_SECONDS
    assert (failure is None) if name == "pieces" else (failure is not None and is_expected(failure)), failure
    sandbox.faults.none()
    assert await all_closed(sandbox)
    await until(lambda: has_at_most(before))
    assert (await gateway.lookup(someone)).number == someone
    assert sandbox.counts.all_logons == 1


async def test_a_wrong_password_is_tried_once_and_the_account_is_not_locked(
    sandbox: CprDirectServer, pool: Pool, tmp_path: Path, someone: CprNumber
) -> None:
    wrong = SecretStr(secrets_in_use.add("Wrong-01"))
    for _ in range(2):  # a restart makes no difference
        async with opened(sandbox, pool, tmp_path, password=wrong) as gateway:
            outcomes = await asyncio.gather(
                *(gateway.lookup(someone) for _ in range(100)), return_exceptions=True
            )
            assert all(isinstance(each, errors.LogonRefused | errors.LogonBlocked) for each in outcomes)
    assert sandbox.counts.wrong_logons == {USER: 1}
    async with opened(sandbox, pool, tmp_path) as gateway:
        await gateway.lookup(someone)


async def test_two_hundred_lookups_on_an_expired_token_make_one_logon(
    sandbox: CprDirectServer, pool: Pool, tmp_path: Path, world: Path
) -> None:
    limits = LimitSettings(connections=50, wait_seconds=60)
    numbers = [CprNumber(person.number) for person in Chronicle.read(world).world]
    async with opened(sandbox, pool, tmp_path, limits=limits) as gateway:
        await gateway.lookup(numbers[0])
        sandbox.expire_tokens()
        answers = await asyncio.gather(*(gateway.lookup(numbers[i % len(numbers)]) for i in range(200)))
        assert len(answers) == 200
    assert sandbox.counts.all_logons == 2
    assert sandbox.counts.most_open <= 50


async def test_the_password_is_changed_at_the_sandbox_too(
    sandbox: CprDirectServer, pool: Pool, tmp_path: Path, someone: CprNumber
) -> None:
    async with opened(sandbox, pool, tmp_path) as gateway:
        logons = gateway._logons
        assert isinstance(logons, StoredLogons)
        chosen = SecretStr(secrets_in_use.add("Chosen+7"))
        await password.change(gateway, logons, chosen, by="test")
        await password.change(gateway, logons, by="test")  # one of our own making passes CPR's rules
        sandbox.expire_tokens()
        await gateway.lookup(someone)
        assert sandbox.counts.password_changes == 2
        with pytest.raises(errors.NewPasswordRefused):
            await password.change(gateway, logons, chosen, by="test")  # was used before
        sandbox.expire_tokens()
        await gateway.lookup(someone)
    assert sandbox.counts.wrong_logons == {USER: 1}


async def test_subscriptions_are_what_the_sandbox_is_told(
    gateway: Gateway, world: Path, someone: CprNumber
) -> None:
    await gateway.unsubscribe(someone)
    await gateway.lookup(someone, subscribes=True)
    await gateway.lookup(someone, subscribes=True)
    await gateway.lookup(someone)
    said = Chronicle.read(world).said_online().statements
    assert [each.is_subscribed for each in said] == [False, True]
