"""The guard over the tests: whatever private leaves, wherever it leaves, fails the test, and the failure does not repeat it."""

import io
import logging
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
import structlog
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.trace import StatusCode
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pydantic import SecretStr
from registerbro.access_log import AccessLog
from registerbro.bus.outbox import outbox_row
from registerbro.events import CaseClosed, CprFileImported, Event
from registerbro.problems import Conflict, NotFound
from registerbro.registers.errors import ServerFailed

from tests.support import secrets_in_use
from tests.support.privacy_guard import Offence, Place, PrivacyGuard, Private
from tests.support.register_caller import calling
from tests.support.register_server import html, register_server

NUMBER = "250461" + "1234"
P_NUMBER = "1003387453"  # KMD A/S, Ballerup; it could be a personal number, too
SECRET = secrets_in_use.add("tok" + "en-of-the-guard's-tests")
ROOT = Path(__file__).parents[4]
tracer = trace.get_tracer(__name__)


def answering() -> FastAPI:
    app = FastAPI()
    app.add_middleware(AccessLog, service="guarded")
    return app


def log_it(text: str) -> None:
    """A record of nobody's making, that nothing has masked."""
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "person %s", (text,), None)
    logging.StreamHandler(io.StringIO()).handle(record)


def log_a_fact(text: str) -> None:
    """A record as structlog makes them, deep in a fact."""
    record = logging.LogRecord("x", logging.INFO, __file__, 1, {"event": "x", "a": {"b": [text]}}, (), None)
    logging.StreamHandler(io.StringIO()).handle(record)


def trace_name(text: str) -> None:
    with tracer.start_as_current_span(f"lookup {text}"):
        pass


def trace_attribute(text: str) -> None:
    with tracer.start_as_current_span("lookup", attributes={"numbers": ["", text]}):
        pass


def trace_event(text: str) -> None:
    with tracer.start_as_current_span("lookup") as span:
        span.add_event("found", {"person": text})


def trace_exception(text: str) -> None:
    with pytest.raises(ValueError, match=text), tracer.start_as_current_span("lookup"):
        raise ValueError(text)


def trace_status(text: str) -> None:
    with tracer.start_as_current_span("lookup") as span:
        span.set_status(StatusCode.ERROR, text)


def count(text: str) -> None:
    Counter("guarded", "Counted", ["whom"], registry=CollectorRegistry()).labels(text).inc()


def count_by_name(text: str) -> None:
    Gauge("guarded_by_name", "Counted", ["whom"], registry=CollectorRegistry()).labels(whom=text).set(1)


def send(text: str) -> None:
    outbox_row(Event(CaseClosed(text)))


def name_the_sender(text: str) -> None:
    Event(CaseClosed("2026-1"), source=f"/{text}").to_cloudevent_json()


def call(text: str) -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
        client.get(f"http://register.test/persons/{text}")


def call_by_another_library(text: str) -> None:
    with httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(200))) as client:
        client.get(f"http://register.test/persons/{text}")


def call_escaped(text: str) -> None:
    """Every character as its code."""
    escaped = "".join(f"%{ord(each):02X}" for each in text)
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
        client.get("http://register.test/persons", params=f"number={escaped}")


def answer_with_error(text: str) -> None:
    Conflict(f"The password {text} is in use.").response()


def answer_with_fact(text: str) -> None:
    NotFound("No such thing.", tried=[{"password": text}]).response()


LEAKS: dict[Callable[[str], None], Place] = {
    log_it: Place.LOG,
    log_a_fact: Place.LOG,
    trace_name: Place.TRACE,
    trace_attribute: Place.TRACE,
    trace_event: Place.TRACE,
    trace_exception: Place.TRACE,
    trace_status: Place.TRACE,
    count: Place.METRIC,
    count_by_name: Place.METRIC,
    send: Place.EVENT,
    name_the_sender: Place.EVENT,
    call: Place.URL,
    call_by_another_library: Place.URL,
    call_escaped: Place.URL,
}
ERRORS = [answer_with_error, answer_with_fact]


@pytest.fixture
def guard(privacy_guard: PrivacyGuard) -> Iterator[PrivacyGuard]:
    """The session's guard; what it notices in these tests fails none of them."""
    privacy_guard._labels.clear()
    yield privacy_guard
    privacy_guard.offences.clear()


def noticed(guard: PrivacyGuard) -> set[tuple[Place, Private]]:
    for offence in guard.offences:
        assert not any(each in str(offence) for each in (NUMBER, "1234", SECRET)), "repeats what it found"
    return {(offence.place, offence.what) for offence in guard.offences}


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
def test_a_number_is_noticed(guard: PrivacyGuard, leak: Callable[[str], None]) -> None:
    leak(NUMBER)
    assert noticed(guard) == {(LEAKS[leak], Private.NUMBER)}


@pytest.mark.parametrize("leak", [*LEAKS, *ERRORS], ids=lambda leak: leak.__name__)
def test_a_secret_is_noticed(guard: PrivacyGuard, leak: Callable[[str], None]) -> None:
    leak(f"a-{SECRET}-z")
    assert noticed(guard) == {(LEAKS.get(leak, Place.ERROR), Private.SECRET)}


@pytest.mark.parametrize("leak", [*LEAKS, *ERRORS], ids=lambda leak: leak.__name__)
def test_what_is_harmless_is_let_pass(guard: PrivacyGuard, leak: Callable[[str], None]) -> None:
    leak("0197a3f2-25")
    assert guard.offences == []


@pytest.mark.parametrize("number", [NUMBER, "010160" + "1234"])
def test_a_number_that_became_an_integer_is_noticed(guard: PrivacyGuard, number: str) -> None:
    """Also one that has lost the zero it began with."""
    Event(CprFileImported(7, uuid.UUID(int=5), int(number), 0)).to_cloudevent_json()
    assert {(each.place, each.what) for each in guard.offences} == {(Place.EVENT, Private.NUMBER)}


def test_a_secret_that_json_escapes_is_noticed(guard: PrivacyGuard) -> None:
    send(secrets_in_use.add('pass"wo\\rd'))
    assert noticed(guard) == {(Place.EVENT, Private.SECRET)}


async def test_a_url_that_we_are_called_by_is_looked_at(guard: PrivacyGuard) -> None:
    """Also the one of a request that did not come by way of our own clients."""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def ignore(_: object) -> None:
        pass

    scope: dict[str, Any] = {
        "type": "http", "method": "GET", "path": "/persons", "query_string": f"number={NUMBER}".encode(),
        "headers": [], "app": None,
    }  # fmt: skip
    await answering()(scope, receive, ignore)
    received = [offence for offence in guard.offences if offence.shown.startswith("received")]
    assert [(offence.place, offence.what) for offence in received] == [(Place.URL, Private.NUMBER)]


async def test_asynchronous_calls_are_looked_at(guard: PrivacyGuard) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(answering())) as client:
        await client.get(f"http://service.test/{SECRET}")
    assert (Place.URL, Private.SECRET) in noticed(guard)


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What the libraries below the registers' transport log as well."""
    caplog.set_level(logging.DEBUG)
    libraries = [logging.getLogger(name) for name in ("httpx2", "httpcore2")]
    levels = [each.level for each in libraries]
    for each in libraries:
        each.setLevel(logging.DEBUG)
    yield caplog
    for each, level in zip(libraries, levels, strict=True):
        each.setLevel(level)


async def test_what_a_provider_of_cvrs_wants_in_its_url_is_let_pass_and_shows_nowhere_else(
    guard: PrivacyGuard, everything_logged: pytest.LogCaptureFixture
) -> None:
    """KMD Logic has the P-number in the path, Datafordeleren in the query, beside its secrets; nothing else may be in a URL of ours."""
    query = {"password": SecretStr(SECRET)}
    async with register_server(lambda _: html(500)) as server, calling(server.url, query=query) as caller:
        with pytest.raises(ServerFailed) as failed:
            await caller.call("GET", f"/production-unit-detail/{P_NUMBER}", params={"ppNummer": P_NUMBER})
    guard.metrics(REGISTRY)
    assert guard.offences == []
    asked = server.asked[0]
    assert (asked.path.endswith(P_NUMBER), asked.query["ppNummer"]) == (True, P_NUMBER)
    assert "HTTP Request" in everything_logged.text
    for shown in (everything_logged.text, f"{failed.value} {failed.value.facts}"):
        assert P_NUMBER not in shown
        assert SECRET not in shown
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(lambda _: httpx2.Response(200))) as client:
        await client.get(f"http://service.test/{P_NUMBER}")
    assert {(each.place, each.what) for each in guard.offences} == {(Place.URL, Private.NUMBER)}


def test_what_is_logged_as_usual_is_no_offence(guard: PrivacyGuard) -> None:
    structlog.get_logger("demo").warning(
        "event published", event_id="0197-", created="2026-11-24T02:26:40.123456Z", size_bytes=2504611234
    )
    structlog.get_logger("demo").warning("masked", person=NUMBER)
    assert guard.offences == []


def test_an_events_own_ids_are_no_offence(guard: PrivacyGuard) -> None:
    """Random digits can look like anything."""
    run = CprFileImported(7, uuid.UUID(int=5), 10, 0)
    Event(run, traceparent=f"00-{'0' * 32}-{NUMBER}000000-01").to_cloudevent_json()
    assert guard.offences == []


def test_metrics_that_are_not_counted_but_collected_are_looked_at(guard: PrivacyGuard) -> None:
    class Figures(Collector):
        def collect(self) -> Iterator[Metric]:
            family = GaugeMetricFamily("figures", "Figures", labels=["whom"])
            family.add_metric([NUMBER], 1)
            yield family

    registry = CollectorRegistry()
    registry.register(Figures())
    guard.metrics(registry)
    assert noticed(guard) == {(Place.METRIC, Private.NUMBER)}


def test_a_figure_is_no_offence(guard: PrivacyGuard) -> None:
    registry = CollectorRegistry()
    Gauge("guarded", "Seconds", registry=registry).set(float(NUMBER))
    guard.metrics(registry)
    assert guard.offences == []


def test_secrets_of_other_threads_are_known(guard: PrivacyGuard) -> None:
    secrets = [f"{ordinal:04}-made-in-a-thread" for ordinal in range(200)]
    threads = [threading.Thread(target=secrets_in_use.add, args=[secret]) for secret in secrets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(secrets_in_use.is_in(f"x{secret}x") for secret in secrets)


@pytest.mark.parametrize("text", ["", "short", SECRET[:-1], SECRET[1:], SECRET.upper()])
def test_what_is_no_secret(text: str) -> None:
    assert not secrets_in_use.is_in(text)
    assert secrets_in_use.hide(text) == text


def test_a_secret_within_another_is_hidden_whole() -> None:
    longer = secrets_in_use.add(f"{SECRET}-and-more")
    assert secrets_in_use.hide(f"<{longer}> <{SECRET}>") == "<[secret]> <[secret]>"


def test_a_secret_too_short_to_be_told_is_refused() -> None:
    with pytest.raises(ValueError, match="6 characters"):
        secrets_in_use.add("short")


def test_a_test_that_leaks_on_purpose_says_where(guard: PrivacyGuard) -> None:
    with guard.expecting(Place.URL, Place.EVENT):
        call(NUMBER)
        send(NUMBER)
    assert guard.offences == []
    with (
        pytest.raises(AssertionError, match="nothing private was noticed in: URL"),
        guard.expecting(Place.URL),
    ):
        send(NUMBER)
    assert noticed(guard) == {(Place.EVENT, Private.NUMBER)}, "what was not expected stays an offence"


def test_the_verdict_names_the_places(guard: PrivacyGuard) -> None:
    guard.offences.append(Offence(Place.EVENT, Private.NUMBER, "a"))
    guard.offences.append(Offence(Place.URL, Private.SECRET, "b"))
    with pytest.raises(pytest.fail.Exception) as failed:
        guard.give_verdict()
    assert str(failed.value).splitlines() == [
        "something private left the process:", "a personal number in the event: a", "a secret in the URL: b",
    ]  # fmt: skip
    guard.give_verdict()


LEAKING_TESTS = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import pytest
import test_privacy_guard as leaks
from prometheus_client import Gauge

@pytest.mark.parametrize("leak", leaks.LEAKS, ids=lambda leak: leak.__name__)
def test_number(leak):
    leak(leaks.NUMBER)

@pytest.mark.parametrize("leak", [*leaks.LEAKS, *leaks.ERRORS], ids=lambda leak: leak.__name__)
def test_secret(leak):
    leak(leaks.SECRET)

def test_harmless():
    leaks.send("2026-1")

def test_last():
    Gauge("leaking", "x", ["whom"])._metrics[(leaks.NUMBER,)] = Gauge("y", "y", registry=None)
"""


def test_a_run_of_tests_fails_at_those_that_leak(tmp_path: Path) -> None:
    file = tmp_path / "test_leaking.py"
    file.write_text(LEAKING_TESTS)
    arguments = (
        "-p",
        "tests.support.privacy_guard",
        "-p",
        "no:cacheprovider",
        "-q",
        "--rootdir",
        str(tmp_path),
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "/dev/null", *arguments, str(file)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    leaking = 2 * len(LEAKS) + len(ERRORS)
    assert f"{leaking + 2} passed, {leaking + 1} errors" in done.stdout, done.stdout[-3000:]
    for place in Place:
        assert f"in the {place}: " in done.stdout
    assert "::test_last" in done.stdout, "what only the end of the run shows"
    assert "::test_harmless" not in done.stdout
    assert NUMBER not in done.stdout
    assert SECRET not in done.stdout
