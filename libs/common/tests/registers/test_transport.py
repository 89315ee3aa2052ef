"""Calls to a provider over real connections: TLS in both directions, time limits, retries, what is told and what is not."""

import asyncio
import datetime as dt
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import trustme
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from prometheus_client import REGISTRY
from pydantic import SecretStr
from registerbro.registers.calling import Caller
from registerbro.registers.certificates import CertificateKeeper
from registerbro.registers.errors import (
    AnswerUnusable,
    CallRefused,
    CertificateExpired,
    CertificateRefused,
    CertificateUnusable,
    RegisterError,
    ServerFailed,
    ServerNotTrusted,
    Throttled,
    TimedOut,
    Unreachable,
)
from registerbro.registers.port import Provider
from registerbro.registers.settings import CertificateSettings, CvrLimitSettings
from registerbro.registers.tls import Tls

from tests.support.certificates import alerting_server, as_pem, as_pkcs12, issued, server_context
from tests.support.register_caller import LIMITS, Unpaced, calling
from tests.support.register_server import (
    Asked,
    Behaviour,
    RegisterServer,
    Reply,
    Reset,
    Stall,
    html,
    register_server,
    said,
)

DAY = dt.timedelta(days=1)
TRIES = CvrLimitSettings(connect_seconds=2, answer_seconds=0.3, tries=3, calls_per_second=None)
SECRET = "a-secret-in-the-url"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def other_authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(tmp_path: Path, authority: trustme.CA) -> Path:
    file = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(file)
    return file


def fine(_: Asked) -> Behaviour:
    return said({"is": "fine"})


def sequence(*behaviours: Behaviour) -> Callable[[Asked], Behaviour]:
    """One after the other; the last one again and again."""
    left = list(behaviours)

    def answer(_: Asked) -> Behaviour:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


async def failure_of(caller: Caller) -> RegisterError:
    with pytest.raises(RegisterError) as caught:
        await caller.call("GET", "/unit", params={"number": "1234567890123"})
    assert "1234567890123" not in str(caught.value)
    assert SECRET not in str(caught.value)
    return caught.value


class TestTls:
    """Whom we trust, and who we say we are."""

    @pytest.fixture
    async def server(self, authority: trustme.CA) -> AsyncIterator[RegisterServer]:
        async with register_server(fine, context=server_context(authority, clients_of=authority)) as running:
            yield running

    async def call_with(self, server: RegisterServer, tls: Tls) -> int:
        async with calling(server.url, tls=tls) as caller:
            return (await caller.call("GET", "/unit")).status

    async def refused_with(self, server: RegisterServer, tls: Tls) -> RegisterError:
        async with calling(server.url, tls=tls) as caller:
            return await failure_of(caller)

    @pytest.mark.parametrize("is_old", [False, True], ids=["OCES3", "FOCES"])
    async def test_a_certificate_in_a_p12_lets_us_in(
        self, server: RegisterServer, authority: trustme.CA, ca_file: Path, tmp_path: Path, *, is_old: bool
    ) -> None:
        settings = as_pkcs12(tmp_path, issued(authority), authority=authority, is_old=is_old)
        assert await self.call_with(server, Tls(ca_file, CertificateKeeper(settings))) == 200

    async def test_a_certificate_in_pem_lets_us_in(
        self, server: RegisterServer, authority: trustme.CA, ca_file: Path, tmp_path: Path
    ) -> None:
        settings = as_pem(tmp_path, issued(authority))
        assert await self.call_with(server, Tls(ca_file, CertificateKeeper(settings))) == 200

    @pytest.mark.parametrize("sends_one", [False, True], ids=["none", "another authority's"])
    async def test_where_our_certificate_is_not_taken_it_is_told(
        self,
        authority: trustme.CA,
        other_authority: trustme.CA,
        ca_file: Path,
        tmp_path: Path,
        *,
        sends_one: bool,
    ) -> None:
        keeper = CertificateKeeper(as_pem(tmp_path, issued(other_authority))) if sends_one else None
        with alerting_server(server_context(authority, clients_of=authority)) as url:
            async with calling(url, tls=Tls(ca_file, keeper)) as caller:
                error = await failure_of(caller)
        assert isinstance(error, CertificateRefused)

    async def test_a_server_that_cuts_in_place_of_that_leaves_a_hint(
        self, server: RegisterServer, ca_file: Path
    ) -> None:
        error = await self.refused_with(server, Tls(ca_file))
        assert isinstance(error, Unreachable)
        assert "does not take our certificate" in str(error)

    async def test_an_expired_certificate_is_not_even_sent(
        self, server: RegisterServer, authority: trustme.CA, ca_file: Path, tmp_path: Path
    ) -> None:
        ended = dt.datetime.now(dt.UTC) - DAY
        leaf = issued(authority, not_before=ended - DAY, not_after=ended)
        error = await self.refused_with(server, Tls(ca_file, CertificateKeeper(as_pem(tmp_path, leaf))))
        assert isinstance(error, CertificateExpired)
        assert error.expired_on == ended.date()
        assert f"{ended:%Y-%m-%d}" in str(error)
        assert server.connections == 0

    async def test_a_certificate_that_cannot_be_read_is_told(
        self, server: RegisterServer, ca_file: Path, tmp_path: Path
    ) -> None:
        keeper = CertificateKeeper(CertificateSettings(file=tmp_path / "nowhere.p12"))
        error = await self.refused_with(server, Tls(ca_file, keeper))
        assert isinstance(error, CertificateUnusable)
        assert "nowhere.p12" in str(error)

    async def test_an_unknown_authority_is_not_trusted(self, server: RegisterServer) -> None:
        error = await self.refused_with(server, Tls())
        assert isinstance(error, ServerNotTrusted)
        assert "no authority that we know" in str(error)

    async def test_a_server_with_another_name_is_not_trusted(
        self, authority: trustme.CA, ca_file: Path
    ) -> None:
        context = server_context(authority, "somewhere.else.test")
        async with register_server(fine, context=context) as server:
            error = await self.refused_with(server, Tls(ca_file))
        assert isinstance(error, ServerNotTrusted)
        assert "another name" in str(error)

    async def test_a_server_with_an_expired_certificate_is_not_trusted(
        self, authority: trustme.CA, ca_file: Path
    ) -> None:
        now = dt.datetime.now(dt.UTC)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        leaf = authority.issue_cert("127.0.0.1", not_before=now - 2 * DAY, not_after=now - DAY)
        leaf.configure_cert(context)
        async with register_server(fine, context=context) as server:
            error = await self.refused_with(server, Tls(ca_file))
        assert isinstance(error, ServerNotTrusted)
        assert "not valid at this time" in str(error)

    async def test_authorities_that_cannot_be_read_are_told(
        self, server: RegisterServer, tmp_path: Path
    ) -> None:
        assert isinstance(await self.refused_with(server, Tls(tmp_path / "nothing")), ServerNotTrusted)

    async def test_plain_http_in_place_of_tls_is_no_connection(self, ca_file: Path) -> None:
        async with (
            register_server(fine) as server,
            calling(
                server.url.replace("http:", "https:"),
                tls=Tls(ca_file),
                limits=LIMITS.model_copy(update={"connect_seconds": 0.2}),
            ) as caller,
        ):
            assert isinstance(await failure_of(caller), Unreachable)

    async def test_a_new_certificate_is_used_at_once_and_calls_under_way_end_well(
        self, authority: trustme.CA, ca_file: Path, tmp_path: Path
    ) -> None:
        seen: list[object] = []
        first_is_asked, may_end = asyncio.Event(), asyncio.Event()

        def answer(asked: Asked) -> Behaviour:
            seen.append(asked.path)
            return said({})

        settings = as_pem(tmp_path, issued(authority))
        context = server_context(authority, clients_of=authority)
        async with register_server(answer, context=context) as server:
            tls = Tls(ca_file, CertificateKeeper(settings))
            async with calling(server.url, tls=tls) as caller:
                await caller.call("GET", "/old")
                async with caller._clients.lend() as old:

                    async def slowly() -> int:
                        first_is_asked.set()
                        await may_end.wait()
                        return (await old.get(f"{server.url}/under-way")).status_code

                    under_way = asyncio.create_task(slowly())
                    await first_is_asked.wait()
                    as_pem(tmp_path, issued(authority))
                    await caller.call("GET", "/new")
                    assert not old.is_closed
                    may_end.set()
                    assert await under_way == 200
                assert old.is_closed
        assert seen == ["/old", "/new", "/under-way"]
        assert server.connections == 2


class TestFailures:
    """What the network and the server may do."""

    async def test_a_name_without_address(self) -> None:
        async with calling("http://nowhere.invalid") as caller:
            error = await failure_of(caller)
        assert isinstance(error, Unreachable)
        assert "no address" in str(error)

    async def test_a_port_where_nobody_listens(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            async with calling(f"http://127.0.0.1:{taken.getsockname()[1]}") as caller:
                error = await failure_of(caller)
        assert isinstance(error, Unreachable)
        assert "refused" in str(error)

    @pytest.mark.parametrize(
        ("behaviour", "kind", "requests"),
        [
            (Stall(), TimedOut, 1),
            (Reset(), Unreachable, 3),
            (Reply(200, b'{"half":', promises=100), Unreachable, 3),
            (html(500), ServerFailed, 3),
            (html(502), ServerFailed, 3),
            (html(301), AnswerUnusable, 1),
            (html(405), AnswerUnusable, 1),
            (html(403), CallRefused, 1),
            (html(401), CallRefused, 1),
            (Reply(401, b'{"code":"DAF-AUTH-0005"}'), CallRefused, 2),
            (Reply(200, b"x" * 5000), AnswerUnusable, 1),
            (Reply(200, b"no gzip", {"Content-Encoding": "gzip"}), AnswerUnusable, 1),
        ],
        ids=[
            "stall", "reset", "half a body", "500", "502", "redirect", "405", "403", "401", "spurious 401", "too long",
            "not gzip",
        ],
    )  # fmt: skip
    async def test_a_failure_is_told_and_tried_again_where_that_helps(
        self, behaviour: Behaviour, kind: type[RegisterError], requests: int
    ) -> None:
        limits = TRIES.model_copy(update={"answer_bytes": 4096})
        async with (
            register_server(sequence(behaviour)) as server,
            calling(server.url, limits=limits) as caller,
        ):
            assert type(await failure_of(caller)).__mro__.index(kind) <= 1
        assert len(server.asked) == requests

    @pytest.mark.parametrize(
        "behaviour", [Reset(), html(503), Reply(401, b"DAF-AUTH-0005")], ids=["reset", "503", "spurious"]
    )
    async def test_what_passes_is_not_seen(self, behaviour: Behaviour) -> None:
        async with (
            register_server(sequence(behaviour, said({"is": "fine"}))) as server,
            calling(server.url, limits=TRIES) as caller,
        ):
            assert (await caller.call("GET", "/unit")).json() == {"is": "fine"}
        assert len(server.asked) == 2

    async def test_a_pause_that_the_register_wants_is_handed_on(self) -> None:
        pace = Unpaced()
        later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90)
        date = later.strftime("%a, %d %b %Y %H:%M:%S GMT")
        answers = [
            Reply(429, headers={"Retry-After": "60"}),
            Reply(503, headers={"Retry-After": date}),
            Reply(429, headers={"Retry-After": "soon"}),
        ]
        async with (
            register_server(sequence(*answers)) as server,
            calling(server.url, pace=pace) as caller,
        ):
            errors = [await failure_of(caller) for _ in answers]
        assert all(isinstance(error, Throttled) for error in errors)
        waits = [error.retry_after for error in errors if isinstance(error, Throttled)]
        assert waits[0] == dt.timedelta(seconds=60)
        assert waits[1] is not None
        assert abs(waits[1] - dt.timedelta(seconds=90)) < dt.timedelta(seconds=5)
        assert waits[2] is None
        assert len(pace.pauses) == 3
        assert errors[0].facts == {"retry_after_seconds": 60}

    async def test_no_more_calls_at_once_than_allowed(self) -> None:
        limits = LIMITS.model_copy(update={"at_once": 2, "answer_seconds": 5})
        async with register_server(fine) as server, calling(server.url, limits=limits) as caller:
            answers = await asyncio.gather(*(caller.call("GET", "/unit") for _ in range(20)))
        assert len(answers) == 20
        assert server.connections <= 2

    async def test_who_finds_no_place_among_the_calls_under_way_is_told(self) -> None:
        limits = LIMITS.model_copy(update={"at_once": 1, "answer_seconds": 0.2})
        async with (
            register_server(lambda _: Stall()) as server,
            calling(server.url, limits=limits) as caller,
        ):
            found = await asyncio.gather(
                *(caller.call("GET", "/unit") for _ in range(3)), return_exceptions=True
            )
        assert {type(error) for error in found} <= {TimedOut, Throttled}
        assert Throttled in {type(error) for error in found}


class TestSecrets:
    """They go to the register, and nowhere else."""

    async def test_what_stands_in_the_url_is_sent_and_not_logged(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        query = {"username": SecretStr("service-user"), "password": SecretStr(SECRET)}
        logging.getLogger("httpx2").setLevel(logging.DEBUG)
        try:
            with caplog.at_level(logging.DEBUG):
                async with register_server(fine) as server, calling(server.url, query=query) as caller:
                    await caller.call("GET", "/unit/1099900004", params={"pCVRNummer": "99000007"})
        finally:
            logging.getLogger("httpx2").setLevel(logging.NOTSET)
        assert server.asked[0].query == {
            "username": "service-user",
            "password": SECRET,
            "pCVRNummer": "99000007",
        }
        assert server.asked[0].path == "/unit/1099900004"
        assert f"HTTP Request: GET {server.url}/… " in caplog.text
        for private in (SECRET, "99000007", "1099900004"):
            assert private not in caplog.text

    async def test_a_trace_tells_whom_was_asked_and_how_it_ended_and_no_more(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spans = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(spans))
        monkeypatch.setattr("registerbro.registers.transport.tracer", provider.get_tracer("test"))
        query = {"apiKey": SecretStr(SECRET)}
        async with (
            register_server(sequence(said({}), html(500))) as server,
            calling(server.url, query=query) as caller,
        ):
            await caller.call("GET", "/by-cvr/99000007")
            await failure_of(caller)
        done, failed = spans.get_finished_spans()
        assert (done.name, dict(done.attributes or {})) == (
            "register call",
            {
                "registerbro.provider": "kmd-logic",
                "http.request.method": "GET",
                "server.address": "127.0.0.1",
            },
        )
        assert failed.status.status_code is StatusCode.ERROR
        for span in (done, failed):
            assert SECRET not in span.to_json()
            assert "99000007" not in span.to_json()

    async def test_calls_are_counted_by_outcome(self) -> None:
        def count(outcome: str) -> float:
            labels = {"provider": Provider.DATAFORDELER_REST.value, "outcome": outcome}
            return REGISTRY.get_sample_value("registerbro_register_calls_total", labels) or 0

        before = (count("ok"), count("register-failed"))
        async with (
            register_server(sequence(said({}), html(500))) as server,
            calling(server.url, Provider.DATAFORDELER_REST) as caller,
        ):
            await caller.call("GET", "/unit")
            await failure_of(caller)
        assert (count("ok"), count("register-failed")) == (before[0] + 1, before[1] + 1)
