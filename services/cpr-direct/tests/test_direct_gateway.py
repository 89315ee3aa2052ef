"""Many callers, one session: what is asked of CPR, how often, how much at once, and when it is left alone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from cpr_direct import errors, metrics
from cpr_direct.connect import BY_PROXY, Checked, Step
from cpr_direct.errors import (
    AnswerCut,
    Busy,
    CertificateRejected,
    ConnectionFailed,
    CprClosed,
    CprDeadlock,
    DirectError,
    HostUnknown,
    LogonRefused,
    PersonUnknown,
    Resting,
    TokenExpired,
    cpr_error,
)
from cpr_direct.gateway import Gateway
from cpr_direct.settings import CprDirectSettings
from prometheus_client import REGISTRY
from pydantic import SecretStr
from registerbro.cpr.numbers import CprNumber

from tests.support.cpr_files import ANNA, BENT
from tests.support.direct_logons import WHOM, KnownLogons
from tests.support.direct_server import DirectServer, header, settings_of
from tests.support.direct_service import online
from tests.support.tcp_proxy import TcpProxy
from tests.support.waiting import until

NOBODY_KNOWN = CprNumber(BENT)


@contextlib.asynccontextmanager
async def gateway_to(register: Any, **changes: Any) -> AsyncIterator[Gateway]:
    settings = settings_of(register, **changes)
    async with Gateway.open(settings, KnownLogons(settings)) as gateway:
        yield gateway


async def outcome(gateway: Gateway, number: CprNumber = WHOM) -> str:
    """How a lookup ends: ``ok``, or the error's name."""
    try:
        await gateway.lookup(number)
    except DirectError as error:
        return type(error).__name__
    return "ok"


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"registerbro_cpr_direct_{name}", labels) or 0


# What is asked.


async def test_the_four_things_that_are_asked(register: DirectServer) -> None:
    async with gateway_to(register) as gateway:
        await gateway.subscribe(WHOM)
        assert register.subscribed == {ANNA}
        await gateway.unsubscribe(WHOM)
        assert register.subscribed == set()
        await gateway.lookup(WHOM)
        assert register.subscribed == set()
        found = await gateway.lookup(WHOM, subscribes=True)
        assert register.subscribed == {ANNA}
    assert register.asked == ["10", "30", "06", "16"]
    assert found.number == WHOM
    assert register.logons == ["00"]


async def test_the_types_are_settings(register: DirectServer) -> None:
    async with gateway_to(register, subscription_type="2", data_type="5") as gateway:
        with pytest.raises(DirectError):
            await gateway.lookup(WHOM, subscribes=True)
        with pytest.raises(DirectError):
            await gateway.lookup(WHOM)
        await gateway.subscribe(WHOM)
    assert register.asked == ["25", "05", "20"]


async def test_nothing_is_asked_before_the_first_call(register: DirectServer) -> None:
    async with gateway_to(register) as gateway:
        await gateway.state()
    assert register.connections == 0


async def test_a_person_that_cpr_does_not_know(register: DirectServer) -> None:
    async with gateway_to(register) as gateway:
        with pytest.raises(PersonUnknown) as unknown:
            await gateway.lookup(NOBODY_KNOWN, subscribes=True)
        assert not unknown.value.may_have_reached
        state = await gateway.state()
    assert state.last_success
    assert state.last_failure is None


# The session.


async def test_200_lookups_on_an_expired_token_are_one_logon(register: DirectServer) -> None:
    async with gateway_to(register) as gateway:
        await gateway.lookup(WHOM)
        register.forget_sessions()
        asked = len(register.asked)
        assert await asyncio.gather(*(outcome(gateway) for _ in range(200))) == ["ok"] * 200
    assert register.logons == ["00", "00"]
    assert len(register.asked) - asked <= 200 + 16  # who had a connection when it was found out
    assert register.most_open <= 16


async def test_200_lookups_without_a_token_are_one_logon(register: DirectServer) -> None:
    async with gateway_to(register) as gateway:
        assert await asyncio.gather(*(outcome(gateway) for _ in range(200))) == ["ok"] * 200
    assert register.logons == ["00"]
    assert len(register.asked) == 200


async def test_a_token_that_is_forgotten_at_once_is_not_renewed_for_ever(register: DirectServer) -> None:
    async with gateway_to(register) as gateway:
        register.request_errors.extend(["07", "07"])
        with pytest.raises(TokenExpired):
            await gateway.lookup(WHOM)
        assert (register.logons, len(register.asked)) == (["00", "00"], 2)
        await gateway.lookup(WHOM)


async def test_a_logon_that_fails_is_told_to_all_and_made_once(register: DirectServer) -> None:
    async with gateway_to(register) as gateway:
        register.logon_errors.append("04")
        found = await asyncio.gather(*(gateway.lookup(WHOM) for _ in range(50)), return_exceptions=True)
    assert {type(each) for each in found} == {CprClosed}
    assert len({id(each) for each in found}) == 50  # each has its own, with its own traceback
    assert register.logons == ["04"]


@pytest.mark.parametrize("answer", [b"", header(), b"?" * 28], ids=["cut", "no-token", "no-header"])
async def test_of_a_lookup_whose_logon_fails_nothing_was_sent(register: DirectServer, answer: bytes) -> None:
    async with gateway_to(register) as gateway:
        register.answers.append(answer)
        with pytest.raises(errors.AnswerBroken) as failed:
            await gateway.lookup(WHOM, subscribes=True)
    assert not failed.value.may_have_reached
    assert register.asked == []


async def test_who_goes_away_during_a_logon_does_not_end_it_for_the_others(register: DirectServer) -> None:
    async with gateway_to(register) as gateway:
        register.hold()
        first, second = (asyncio.create_task(outcome(gateway)) for _ in range(2))
        await until(lambda: has_connections(register, 1))
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        register.flow()
        assert await second == "ok"
    assert register.logons == ["00"]


async def test_who_learns_late_that_a_token_expired_does_not_end_its_successor(
    register: DirectServer,
) -> None:
    is_renewed = asyncio.Event()
    send = register.send

    async def send_late(writer: asyncio.StreamWriter, content: bytes) -> None:
        if content == header(error="07"):
            register.send = send  # only the first one is held up
            await is_renewed.wait()
        await send(writer, content)

    async with gateway_to(register) as gateway:
        await gateway.lookup(WHOM)
        register.forget_sessions()
        register.send = send_late
        late = asyncio.create_task(outcome(gateway))
        await until(lambda: has_connections(register, 3))
        assert await outcome(gateway) == "ok"
        is_renewed.set()
        assert await late == "ok"
    assert register.logons == ["00", "00"]


async def has_connections(register: DirectServer, number: int) -> bool:
    return len(register.arrivals) >= number


# What is tried again.


@pytest.mark.parametrize("deadlocks", [1, 2])
async def test_a_deadlock_is_tried_again_at_once(register: DirectServer, deadlocks: int) -> None:
    async with gateway_to(register) as gateway:
        register.request_errors.extend(["08"] * deadlocks)
        await gateway.lookup(WHOM)
    assert len(register.asked) == deadlocks + 1


async def test_but_not_for_ever(register: DirectServer) -> None:
    async with gateway_to(register) as gateway:
        register.request_errors.extend(["08"] * 3)
        with pytest.raises(CprDeadlock):
            await gateway.lookup(WHOM)
    assert len(register.asked) == 3


@pytest.mark.parametrize("number", [f"{number:02}" for number in range(1, 100) if number not in (7, 8)])
async def test_no_other_error_is_tried_again(register: DirectServer, number: str) -> None:
    async with gateway_to(register) as gateway:
        register.request_errors.append(number)
        with pytest.raises(type(cpr_error(number))) as refused:
            await gateway.lookup(WHOM)
        assert getattr(refused.value, "number", None) == number
        await gateway.lookup(WHOM)
    assert len(register.asked) == 2


async def test_a_connection_is_tried_again_as_long_as_nothing_was_sent(
    certificate_authority: trustme.CA, ca_file: Path
) -> None:
    certificate = certificate_authority.issue_cert("127.0.0.1")
    async with (
        DirectServer(persons={ANNA: online()}, certificate=certificate) as register,
        TcpProxy(register.host, register.port) as proxy,
        gateway_to(proxy, ca_file=ca_file) as gateway,
    ):
        proxy.refuse()
        with pytest.raises(ConnectionFailed):
            await gateway.lookup(WHOM)
        assert proxy.connections == 3
        proxy.accept()
        await gateway.lookup(WHOM)


async def test_what_was_sent_is_not_sent_again(register: DirectServer) -> None:
    async with gateway_to(register) as gateway:
        await gateway.lookup(WHOM)
        register.answers.append(b"")
        with pytest.raises(AnswerCut) as cut:
            await gateway.lookup(WHOM, subscribes=True)
    assert cut.value.may_have_reached
    assert register.asked == ["06", "16"]


# Limits.


async def test_no_more_connections_than_allowed(register: DirectServer) -> None:
    async with gateway_to(register, limits={"connections": 3, "wait_seconds": 60}) as gateway:
        await asyncio.gather(*(outcome(gateway) for _ in range(40)))
    assert register.most_open <= 3
    assert len(register.asked) == 40


async def test_who_gets_no_turn_in_time_is_told_so(register: DirectServer) -> None:
    async with gateway_to(register, limits={"connections": 2, "wait_seconds": 0.2}) as gateway:
        await gateway.lookup(WHOM)
        register.hold()
        held = [asyncio.create_task(outcome(gateway)) for _ in range(2)]
        await until(lambda: has_connections(register, 4))
        with pytest.raises(Busy) as busy:
            await gateway.lookup(WHOM)
        assert not busy.value.may_have_reached
        register.flow()
        assert await asyncio.gather(*held) == ["ok", "ok"]
        assert await outcome(gateway) == "ok"
    assert count("connections") == 0


async def test_one_connection_is_enough_for_a_logon_in_the_middle(register: DirectServer) -> None:
    async with gateway_to(register, limits={"connections": 1}) as gateway:
        await gateway.lookup(WHOM)
        register.forget_sessions()
        assert await asyncio.gather(*(outcome(gateway) for _ in range(10))) == ["ok"] * 10
    assert register.most_open == 1
    assert register.logons == ["00", "00"]


async def test_who_is_cancelled_while_waiting_keeps_nobody_from_their_turn(register: DirectServer) -> None:
    async with gateway_to(register, limits={"connections": 1, "calls_per_second": 20}) as gateway:
        await gateway.lookup(WHOM)
        calls = [asyncio.create_task(outcome(gateway)) for _ in range(6)]
        await until(lambda: has_connections(register, 3))
        for call in calls[::2]:
            call.cancel()
        ended = await asyncio.gather(*calls, return_exceptions=True)
        assert ended[1::2] == ["ok"] * 3
        assert await outcome(gateway) == "ok"
    assert count("connections") == 0


async def test_no_more_calls_a_second_than_allowed(register: DirectServer) -> None:
    async with gateway_to(register, limits={"calls_per_second": 20}) as gateway:
        assert await asyncio.gather(*(outcome(gateway) for _ in range(12))) == ["ok"] * 12
    arrivals = register.arrivals  # a logon is a call, too
    assert arrivals[-1] - arrivals[0] >= (len(arrivals) - 2) / 20 - 0.05
    assert len(arrivals) == 13


async def test_who_waits_for_the_rate_in_vain_gives_the_connection_back(register: DirectServer) -> None:
    limits = {"connections": 1, "calls_per_second": 4, "wait_seconds": 0.1}
    async with gateway_to(register, limits=limits) as gateway:
        assert await outcome(gateway) == "Busy"

        async def is_done() -> bool:
            return await outcome(gateway) == "ok"

        await until(is_done)


async def test_less_than_one_call_a_second(register: DirectServer) -> None:
    async with gateway_to(register, limits={"calls_per_second": 0.5, "wait_seconds": 0.1}) as gateway:
        assert await outcome(gateway) == "Busy"  # the logon has had the turn of these two seconds
    assert len(register.arrivals) == 1


# CPR fails.


async def test_after_some_failures_in_a_row_cpr_is_left_alone(register: DirectServer) -> None:
    limits = {"breaker_failures": 3, "breaker_seconds": 60}
    async with gateway_to(register, limits=limits) as gateway:
        await gateway.lookup(WHOM)
        register.request_errors.extend(["09", "04", "14"])
        for _ in range(3):
            assert await outcome(gateway) in ("CprDisconnected", "CprClosed", "TransactionsClosed")
        asked = register.connections
        with pytest.raises(Resting) as resting:
            await gateway.lookup(WHOM)
        assert not resting.value.may_have_reached
        assert 55 <= resting.value.facts["retry_after_seconds"] <= 60
        assert register.connections == asked
        state = await gateway.state()
    assert (state.breaker, state.last_failure) == ("opened", "cpr-unavailable")
    assert count("breaker") == metrics.BREAKER_STATES["opened"]


@pytest.mark.parametrize("number", ["05", "02", "06", "10", "17", "99"])
async def test_what_is_an_answer_is_no_failure(register: DirectServer, number: str) -> None:
    async with gateway_to(register, limits={"breaker_failures": 2}) as gateway:
        register.request_errors.extend(["04", number, "04", number])
        for _ in range(4):
            await outcome(gateway)
        assert await outcome(gateway) == "ok"


async def test_broken_connections_count(register: DirectServer) -> None:
    async with gateway_to(register, limits={"breaker_failures": 2}) as gateway:
        await gateway.lookup(WHOM)
        register.answers.extend([b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
        assert [await outcome(gateway) for _ in range(3)] == ["AnswerCut", "NotAHeader", "Resting"]


async def test_cancelled_calls_count_neither_way(register: DirectServer) -> None:
    async with gateway_to(register, limits={"breaker_failures": 2, "breaker_seconds": 60}) as gateway:
        await gateway.lookup(WHOM)
        register.request_errors.append("04")
        assert await outcome(gateway) == "CprClosed"
        register.hold()
        call = asyncio.create_task(outcome(gateway))
        await until(lambda: has_connections(register, 4))
        call.cancel()
        await asyncio.wait([call])
        register.flow()
        register.request_errors.append("04")
        assert await outcome(gateway) == "CprClosed"
        assert await outcome(gateway) == "Resting"


async def test_one_call_looks_whether_cpr_is_back(register: DirectServer) -> None:
    async with gateway_to(register, limits={"breaker_failures": 1, "breaker_seconds": 0.2}) as gateway:
        await gateway.lookup(WHOM)
        register.request_errors.extend(["04"])
        assert await outcome(gateway) == "CprClosed"
        register.hold()
        before = len(register.arrivals)
        calls = [asyncio.create_task(rested(gateway)) for _ in range(20)]
        await until(lambda: has_connections(register, before + 1))
        assert await outcome(gateway) == "Resting"
        assert (await gateway.state()).breaker == "half-opened"
        assert len(register.arrivals) == before + 1
        register.flow()
        await asyncio.gather(*calls)
        assert (await gateway.state()).breaker == "closed"


async def rested(gateway: Gateway) -> None:
    """Looks again and again until CPR is asked."""

    async def is_let_through() -> bool:
        return await outcome(gateway) != "Resting"

    await until(is_let_through)


async def test_when_it_is_not_back_it_is_left_alone_again(register: DirectServer) -> None:
    async with gateway_to(register, limits={"breaker_failures": 2, "breaker_seconds": 0.2}) as gateway:
        await gateway.lookup(WHOM)
        register.request_errors.extend(["04"] * 3)
        assert [await outcome(gateway) for _ in range(3)] == ["CprClosed", "CprClosed", "Resting"]
        await rested(gateway)
        assert not register.request_errors
        assert await outcome(gateway) == "Resting"
        await rested(gateway)
        assert await outcome(gateway) == "ok"


async def test_a_look_that_is_cancelled_lets_the_next_one_look(register: DirectServer) -> None:
    async with gateway_to(register, limits={"breaker_failures": 1, "breaker_seconds": 0.1}) as gateway:
        await gateway.lookup(WHOM)
        register.request_errors.append("04")
        await outcome(gateway)
        register.hold()
        before = len(register.arrivals)
        look = asyncio.create_task(rested(gateway))
        await until(lambda: has_connections(register, before + 1))
        look.cancel()
        await asyncio.wait([look])
        register.flow()
        assert await outcome(gateway) == "ok"


# The connection test.


def told(found: Checked) -> dict[str, bool | None]:
    return {str(each.step): each.is_ok for each in found.steps}


async def test_everything_in_order(certificate_authority: trustme.CA, ca_file: Path) -> None:
    certificate = certificate_authority.issue_cert("127.0.0.1")
    async with (
        DirectServer(persons={ANNA: online()}, certificate=certificate) as register,
        gateway_to(register, ca_file=ca_file) as gateway,
    ):
        found = await gateway.test()
        await gateway.lookup(WHOM)
    assert told(found) == {"address": True, "connection": True, "encryption": True, "logon": True}
    assert found.is_ok
    assert found.header == "123400********WUTEST01000028"
    assert register.logons == ["00"]  # the session is used from then on


async def test_a_local_proxy_s_encryption_is_not_tried(register: DirectServer) -> None:
    async with gateway_to(register) as gateway:
        found = await gateway.test()
    assert told(found) == {"address": True, "connection": True, "encryption": None, "logon": True}
    assert found.steps[2].remark == BY_PROXY
    assert found.is_ok


def failing(found: Checked, step: Step, kind: type[DirectError]) -> None:
    order = list(Step)
    for each in found.steps:
        place = order.index(each.step) - order.index(step)
        assert each.is_ok is (True if place < 0 else False if place == 0 else None)
        assert isinstance(each.failure, kind) is (place == 0)
    assert not found.is_ok
    assert found.header is None


async def test_each_step_fails_for_itself(
    register: DirectServer, certificate_authority: trustme.CA, ca_file: Path
) -> None:
    async with gateway_to(register, host="nowhere.invalid", ca_file=ca_file) as gateway:
        failing(await gateway.test(), Step.ADDRESS, HostUnknown)
    async with DirectServer(certificate=certificate_authority.issue_cert("another.example")) as other:
        async with gateway_to(other, ca_file=ca_file) as gateway:
            failing(await gateway.test(), Step.ENCRYPTION, CertificateRejected)
        async with TcpProxy(other.host, other.port) as proxy, gateway_to(proxy, ca_file=ca_file) as gateway:
            proxy.refuse()
            failing(await gateway.test(), Step.ENCRYPTION, ConnectionFailed)
    async with gateway_to(other, ca_file=ca_file) as gateway:  # it listens no more
        failing(await gateway.test(), Step.CONNECTION, ConnectionFailed)


async def test_a_logon_that_is_refused(certificate_authority: trustme.CA, ca_file: Path) -> None:
    certificate = certificate_authority.issue_cert("127.0.0.1")
    async with DirectServer(certificate=certificate) as register:
        register.password = "Another1"
        async with gateway_to(register, ca_file=ca_file) as gateway:
            failing(await gateway.test(), Step.LOGON, LogonRefused)


async def test_the_test_asks_cpr_also_while_it_is_left_alone(register: DirectServer) -> None:
    limits = {"breaker_failures": 1, "breaker_seconds": 600}
    async with gateway_to(register, limits=limits) as gateway:
        register.logon_errors.extend(["04", "04"])
        assert [await outcome(gateway) for _ in range(2)] == ["CprClosed", "Resting"]
        assert not (await gateway.test()).is_ok
        assert await outcome(gateway) == "Resting"
        assert (await gateway.test()).is_ok
        assert await outcome(gateway) == "ok"


# What operators see.


async def test_calls_and_logons_are_counted(register: DirectServer) -> None:
    before = {
        each: count("calls_total", kind="lookup", outcome=each)
        for each in ("ok", "person-unknown", "cpr-error")
    }
    logons = count("logons_total", outcome="ok")
    async with gateway_to(register) as gateway:
        await gateway.lookup(WHOM)
        await outcome(gateway, NOBODY_KNOWN)
        register.request_errors.append("10")
        await outcome(gateway)
    for each, value in before.items():
        assert count("calls_total", kind="lookup", outcome=each) == value + 1
    assert count("logons_total", outcome="ok") == logons + 1
    assert count("call_seconds_count", kind="lookup") >= 3


async def test_the_state_tells_how_it_went(register: DirectServer) -> None:
    async with gateway_to(register) as gateway:
        first = await gateway.state()
        await gateway.lookup(WHOM)
        register.answers.append(b"")
        await outcome(gateway)
        second = await gateway.state()
    assert (first.last_success, first.last_failure_at, first.breaker) == (None, None, "closed")
    assert second.last_success
    assert second.last_failure_at
    assert second.last_failure_at >= second.last_success
    assert (second.last_failure, second.certificate_expires) == ("cpr-answer-broken", None)


def test_the_password_must_be_sendable() -> None:
    with pytest.raises(ValueError, match="no password at CPR") as refused:
        CprDirectSettings(host="x", customer_number="1234", user_id="X", password=SecretStr("Pæssw0rd"))
    assert "Pæssw0rd" not in str(refused.value)
