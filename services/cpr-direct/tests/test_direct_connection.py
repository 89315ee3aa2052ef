"""One exchange over real sockets: certificates, segmentation, and whatever may cut or hold it at any byte."""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import ssl
import warnings
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import trustme
from cpr_direct import connection
from cpr_direct.errors import (
    AnswerCut,
    AnswerTooLong,
    CertificateRejected,
    ConnectionFailed,
    DirectError,
    HostUnknown,
    NoAnswer,
    NotAHeader,
    Phase,
    RecordBroken,
    TlsFailed,
)
from cpr_direct.gateway import Gateway
from cpr_direct.settings import CprDirectSettings
from pydantic import SecretStr

from tests.support.cpr_files import ANNA
from tests.support.direct_logons import WHOM, KnownLogons
from tests.support.direct_server import (
    PASSWORD,
    DirectServer,
    Send,
    answer,
    header,
    send_and_stay,
    send_in_bytes,
    send_whole,
    send_without_farewell,
    settings_of,
)
from tests.support.direct_service import online
from tests.support.tcp_proxy import TcpProxy
from tests.support.waiting import until

BORDERS = 20
LIMITS = {"connect_seconds": 1.5, "first_byte_seconds": 1.0, "answer_seconds": 1.5, "tries": 1}
LONGEST_SECONDS = 1.5 + 1.5  # connecting, and the answer
FAREWELL_BYTES = 24  # close_notify of TLS 1.3: whether it comes makes no difference
LEEWAY_SECONDS = 5.0  # for a machine that does other things


@contextlib.asynccontextmanager
async def gateway_to(settings: CprDirectSettings) -> AsyncIterator[Gateway]:
    async with Gateway.open(settings, KnownLogons(settings)) as gateway:
        yield gateway


@dataclasses.dataclass
class Way:
    """A server, and what it takes to reach it."""

    server: DirectServer
    options: dict[str, Any]

    def settings(self, target: Any = None, **changes: Any) -> CprDirectSettings:
        return settings_of(target or self.server, **self.options, **changes)


@pytest.fixture(params=["plain", "tls"])
async def way(
    request: pytest.FixtureRequest, certificate_authority: trustme.CA, ca_file: Path
) -> AsyncIterator[Way]:
    """A server with and without TLS."""
    is_tls = request.param == "tls"
    key = trustme.KeyType.RSA  # whose signatures have one length
    certificate = certificate_authority.issue_cert("127.0.0.1", key_type=key) if is_tls else None
    async with DirectServer(persons={ANNA: online()}, certificate=certificate) as register:
        yield Way(register, {"ca_file": ca_file} if is_tls else {})


@pytest.mark.parametrize(
    "send", [send_whole, send_in_bytes, send_without_farewell], ids=["whole", "in-bytes", "without-farewell"]
)
async def test_an_answer_is_read_to_its_end(way: Way, send: Send) -> None:
    way.server.send = send
    async with gateway_to(way.settings()) as gateway:
        found = await gateway.lookup(WHOM)
    assert [each.text for each in found.person.records] == [each.rstrip() for each in online()]
    assert dt.datetime.now(dt.UTC) - found.fetched_at < dt.timedelta(minutes=1)
    await way.server.all_closed()


async def test_a_server_that_does_not_close_costs_a_moment_only(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CLOSING_SECONDS", 0.1)
    way.server.send = send_and_stay
    async with gateway_to(way.settings(limits={"answer_seconds": 60, "first_byte_seconds": 60})) as gateway:
        await gateway.lookup(WHOM)
        await way.server.all_closed()
        await gateway.lookup(WHOM)
    await way.server.all_closed()


async def test_a_host_name_is_looked_up() -> None:
    async with (
        DirectServer(persons={ANNA: online()}) as register,
        gateway_to(settings_of(register, host="localhost")) as gateway,
    ):
        assert (await gateway.lookup(WHOM)).number == WHOM


@pytest.mark.parametrize("host", ["nowhere.invalid", "x" * 70 + ".invalid"], ids=["unknown", "impossible"])
async def test_a_host_that_has_no_address(host: str) -> None:
    settings = CprDirectSettings(
        host=host, customer_number="1234", user_id="X", password=SecretStr(PASSWORD), tls_by_local_proxy=True
    )
    async with gateway_to(settings) as gateway:
        with pytest.raises(HostUnknown) as refused:
            await gateway.lookup(WHOM)
    assert not refused.value.may_have_reached


async def test_nobody_listens(register: DirectServer) -> None:
    settings = settings_of(register, limits={"tries": 1})
    register._server.close()
    async with gateway_to(settings) as gateway:
        with pytest.raises(ConnectionFailed, match="refused") as refused:
            await gateway.lookup(WHOM)
    assert not refused.value.may_have_reached


# Certificates.


async def refusal(certificate: trustme.LeafCert, ca_file: Path, **changes: Any) -> DirectError:
    """What a lookup at a server with this certificate raises; nothing was sent."""
    async with DirectServer(certificate=certificate) as register:
        settings = settings_of(register, ca_file=ca_file, **changes)
        async with gateway_to(settings) as gateway:
            with pytest.raises(DirectError) as refused:
                await gateway.lookup(WHOM)
        await register.all_closed()
        assert register.logons == []
        assert not refused.value.may_have_reached
    return refused.value


async def test_a_certificate_of_an_unknown_authority(ca_file: Path) -> None:
    error = await refusal(trustme.CA().issue_cert("127.0.0.1"), ca_file)
    assert isinstance(error, CertificateRejected)
    assert "issuer" in error.reason or "self" in error.reason


async def test_a_certificate_of_another_host(certificate_authority: trustme.CA, ca_file: Path) -> None:
    error = await refusal(certificate_authority.issue_cert("another.example"), ca_file)
    assert isinstance(error, CertificateRejected)
    assert "mismatch" in error.reason


async def test_an_expired_certificate(certificate_authority: trustme.CA, ca_file: Path) -> None:
    yesterday = dt.datetime.now() - dt.timedelta(days=1)  # noqa: DTZ005 (trustme takes naive ones)
    error = await refusal(certificate_authority.issue_cert("127.0.0.1", not_after=yesterday), ca_file)
    assert isinstance(error, CertificateRejected)
    assert "expired" in error.reason


async def test_a_name_that_is_set_is_what_the_certificate_must_be_for(
    certificate_authority: trustme.CA, ca_file: Path
) -> None:
    certificate = certificate_authority.issue_cert("direkte.example")
    async with DirectServer(persons={ANNA: online()}, certificate=certificate) as register:
        settings = settings_of(register, ca_file=ca_file, server_name="direkte.example")
        async with gateway_to(settings) as gateway:
            await gateway.lookup(WHOM)
            state = await gateway.state()
    assert state.certificate_expires == dt.datetime(3000, 1, 1, tzinfo=dt.UTC)


async def test_the_system_s_authorities_are_asked_where_none_is_set(
    certificate_authority: trustme.CA,
) -> None:
    async with DirectServer(certificate=certificate_authority.issue_cert("127.0.0.1")) as register:
        settings = settings_of(register, tls_by_local_proxy=False)
        async with gateway_to(settings) as gateway:
            with pytest.raises(CertificateRejected):
                await gateway.lookup(WHOM)


async def test_a_server_without_tls(register: DirectServer, ca_file: Path) -> None:
    async with gateway_to(settings_of(register, ca_file=ca_file)) as gateway:
        with pytest.raises(TlsFailed) as refused:
            await gateway.lookup(WHOM)
    assert refused.value.phase is Phase.ENCRYPTION
    assert not refused.value.may_have_reached


async def test_old_tls_is_not_spoken(certificate_authority: trustme.CA, ca_file: Path) -> None:
    register = DirectServer(certificate=certificate_authority.issue_cert("127.0.0.1"))
    assert register._context
    with warnings.catch_warnings(action="ignore"):
        register._context.set_ciphers("ALL:@SECLEVEL=0")
        register._context.minimum_version = ssl.TLSVersion.TLSv1_1
        register._context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with register, gateway_to(settings_of(register, ca_file=ca_file)) as gateway:
        with pytest.raises(
            (TlsFailed, ConnectionFailed)
        ) as refused:  # asyncio's server hangs up without a word
            await gateway.reach()
    assert refused.value.phase is Phase.ENCRYPTION


async def test_certificates_that_cannot_be_read(tmp_path: Path, register: DirectServer) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for name in ("ca.pem", "missing.pem"):
        with pytest.raises(TlsFailed, match="cannot be read"):
            Gateway(settings_of(register, ca_file=tmp_path / name), KnownLogons(settings_of(register)))


# Answers that are broken.


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", AnswerCut),
        (b"0384", AnswerCut),
        (b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", NotAHeader),
        (header() + b"!", AnswerTooLong),
        (header(length=9999) + b" " * 9000, AnswerCut),
        (header(length=40) + b"000000000000", RecordBroken),
        (header(), RecordBroken),
    ],
    ids=["nothing", "a-beginning", "http", "surplus", "too-little", "half-a-record", "no-data"],
)
async def test_broken_answers(way: Way, content: bytes, kind: type[DirectError]) -> None:
    async with gateway_to(way.settings()) as gateway:
        await gateway.lookup(WHOM)
        way.server.answers.append(content)
        with pytest.raises(kind) as refused:
            await gateway.lookup(WHOM)
        assert refused.value.may_have_reached
        await gateway.lookup(WHOM)
    await way.server.all_closed()


async def test_an_error_counts_although_the_server_stalls_after_it(way: Way) -> None:
    way.server.send = send_and_stay
    way.server.logon_errors.append("01")
    async with gateway_to(way.settings(limits=LIMITS)) as gateway:
        with pytest.raises(DirectError, match="error 01"):
            await gateway.lookup(WHOM)
    await way.server.all_closed()


# Cut and held at every twentieth of what the server sends.


async def sent_by_server(way: Way) -> int:
    """How many bytes the server sends for one lookup, encryption included, but for its farewell."""
    most = 1 << 30
    async with TcpProxy(way.server.host, way.server.port) as proxy:
        async with gateway_to(way.settings(proxy)) as gateway:
            await gateway.lookup(WHOM)
            proxy.cut_after(most)
            await gateway.lookup(WHOM)
        assert proxy._bytes_until_cut
        return most - proxy._bytes_until_cut - (FAREWELL_BYTES if way.options else 0)


def borders(total: int) -> list[int]:
    """From nothing but the first byte to all but the last."""
    return sorted({1, *(total * part // BORDERS for part in range(1, BORDERS)), total - 1})


@pytest.mark.parametrize("fault", ["cut_after", "stall_after"])
async def test_at_every_border_a_clear_error_in_time_and_the_next_lookup_works(way: Way, fault: str) -> None:
    total = await sent_by_server(way)
    await way.server.all_closed()
    sockets = psutil.Process().num_fds()
    errors = await asyncio.gather(*(met_at(way, fault, border) for border in borders(total)))
    assert {type(error) for error in errors} <= {AnswerCut, NoAnswer, ConnectionFailed}
    assert isinstance(errors[-1], AnswerCut | NoAnswer)
    for error in errors:
        is_before = isinstance(error, ConnectionFailed) or (
            isinstance(error, NoAnswer) and error.phase is Phase.ENCRYPTION
        )
        assert error.may_have_reached is not is_before
        assert error.is_outage
    await way.server.all_closed()
    await until(lambda: at_most(sockets))


async def at_most(sockets: int) -> bool:
    return bool(psutil.Process().num_fds() <= sockets)


async def met_at(way: Way, fault: str, border: int) -> DirectError:
    """The error of a lookup that is cut or held there."""
    loop = asyncio.get_running_loop()
    async with (
        TcpProxy(way.server.host, way.server.port) as proxy,
        gateway_to(way.settings(proxy, limits=LIMITS)) as gateway,
    ):
        await gateway.lookup(WHOM)
        getattr(proxy, fault)(border)
        begun = loop.time()
        with pytest.raises(DirectError) as met:
            await gateway.lookup(WHOM)
        assert loop.time() - begun < LONGEST_SECONDS + LEEWAY_SECONDS
        proxy.cut()
        proxy.flow()
        await gateway.lookup(WHOM)
    return met.value


@pytest.mark.parametrize("fault", ["cut_after", "stall_after"])
async def test_after_the_last_byte_nothing_can_go_wrong_any_more(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CLOSING_SECONDS", 0.2)
    async with (
        DirectServer(persons={ANNA: online()}) as register,
        TcpProxy(register.host, register.port) as proxy,
        gateway_to(settings_of(proxy, limits=LIMITS)) as gateway,
    ):
        await gateway.lookup(WHOM)
        getattr(proxy, fault)(len(answer(online())))
        found = await gateway.lookup(WHOM)
    assert [each.text for each in found.person.records] == [each.rstrip() for each in online()]


async def test_which_limit_passed_is_told(way: Way) -> None:
    limits = {"connect_seconds": 5, "first_byte_seconds": 0.2, "answer_seconds": 0.4, "tries": 1}
    async with gateway_to(way.settings(limits=limits)) as gateway:
        await gateway.lookup(WHOM)
        way.server.hold()
        with pytest.raises(NoAnswer, match=r"nothing was answered within 0\.2 s") as first:
            await gateway.lookup(WHOM)
        way.server.flow()
        way.server.send = send_and_stay
        way.server.answers.append(header(length=100))
        begun = asyncio.get_running_loop().time()
        with pytest.raises(NoAnswer, match=r"the answer did not end within 0\.4 s") as whole:
            await gateway.lookup(WHOM)
        assert asyncio.get_running_loop().time() - begun >= 0.4
    assert (first.value.phase, whole.value.phase) == (Phase.FIRST_BYTE, Phase.ANSWER)
    assert first.value.may_have_reached
    assert whole.value.may_have_reached


async def test_the_limit_to_connect_covers_the_encryption(
    certificate_authority: trustme.CA, ca_file: Path
) -> None:
    async with (
        DirectServer(certificate=certificate_authority.issue_cert("127.0.0.1")) as register,
        TcpProxy(register.host, register.port) as proxy,
    ):
        proxy.stall()
        settings = settings_of(proxy, ca_file=ca_file, limits={"connect_seconds": 0.3})
        async with gateway_to(settings) as gateway:
            with pytest.raises(NoAnswer, match=r"TLS was not agreed upon within 0\.3 s") as met:
                await gateway.lookup(WHOM)
    assert not met.value.may_have_reached


@pytest.mark.parametrize("place", ["handshake", "answer"])
async def test_a_lookup_that_is_cancelled_leaves_no_connection(way: Way, place: str) -> None:
    async with (
        TcpProxy(way.server.host, way.server.port) as proxy,
        gateway_to(way.settings(proxy)) as gateway,
    ):
        await gateway.lookup(WHOM)
        await way.server.all_closed()
        sockets, before = psutil.Process().num_fds(), proxy.connections
        if place == "handshake":
            proxy.stall()
        else:
            way.server.hold()
        lookup = asyncio.create_task(gateway.lookup(WHOM))
        await until(lambda: is_under_way(proxy, before, way.server, place))
        lookup.cancel()
        with pytest.raises(asyncio.CancelledError):
            await lookup
        proxy.flow()
        way.server.flow()
        await way.server.all_closed()
        await until(lambda: at_most(sockets))
        await gateway.lookup(WHOM)


async def is_under_way(proxy: TcpProxy, before: int, register: DirectServer, place: str) -> bool:
    if place == "handshake":
        return proxy.connections > before
    return len(register.asked) > 1
