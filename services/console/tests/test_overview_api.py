"""How everything stands: services that answer, limp, hang or are away; registers; what expires; what needs a person, by right."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import orjson
import pytest
from console.overview.standing import Absence, State, Watch
from console.settings import ConsoleSettings
from console.web.addresses import Place, ServiceAddresses
from fastapi import FastAPI
from registerbro import features
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.bus import dead_letters
from registerbro.database import Pool
from registerbro.features import Feature
from registerbro.settings import Settings

from tests.support.console_watching import watching
from tests.support.ftp import free_port
from tests.support.services import bearer

NOW = dt.datetime.now(dt.UTC)
SERVICES = "/overview/services"
ATTENTION = "/overview/attention"
CERTIFICATE = {"serial": "a1", "subject": "Kommune (OCES)", "status": "expires-soon"}
EVERY_RIGHT = (
    Scope.CONFIG_READ,
    Scope.EVENTS_REPLAY,
    Scope.BATCH_READ,
    Scope.CVR_UPDATE_RUN,
    Scope.SUBSCRIPTIONS_MANAGE,
    Scope.AUDIT_READ,
)


def days(count: int) -> str:
    return (NOW + dt.timedelta(days=count)).isoformat()


def report(**entries: Any) -> dict[str, Any]:
    """A service's readiness; each entry is its status, or status, description and data."""
    told = {}
    for name, said in entries.items():
        status, description, data = (said, None, {}) if isinstance(said, str) else said
        told[name.replace("_", " ")] = {
            "status": status, "description": description, "data": data, "duration": "00:00:00", "tags": [],
        }  # fmt: skip
    worst = max((each["status"] for each in told.values()), key=["Healthy", "Degraded", "Unhealthy"].index)
    return {"status": worst, "totalDuration": "00:00:00", "entries": told}


REPORTS: Mapping[str, Any] = {
    "cpr-direct": report(
        self="Healthy",
        CPR_Direkte=(
            "Degraded",
            "No logon is made: refused.",
            {"logon_obstacle": "logon-blocked", "password_expires": days(3), "last_success": days(-1)},
        ),
    ),
    "cpr-batch": report(settings="Healthy"),
    "cvr-online": report(CVR=("Healthy", None, {"certificate": {**CERTIFICATE, "expires_at": days(10)}})),
    "cvr-subscription": report(
        OData=("Unhealthy", "The contact store's OData does not answer.", {}), Logic="Healthy"
    ),
    "cvr-update": report(
        certificate=("Degraded", "It expires.", {**CERTIFICATE, "expires_at": days(10)}),
        queue=("Degraded", "Updates that were given up: 3.", {}),
        provider=("Degraded", "The provider could not be asked.", {}),
    ),
}


@contextlib.asynccontextmanager
async def reporting(reports: Mapping[str, Any]) -> AsyncIterator[str]:
    """A web server that says what these services are to say, each below its name; its URL."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = (await reader.readuntil(b"\r\n\r\n")).split(b"/")[1].decode()
        said = reports.get(name, {"is": "no report"})
        code = 503 if said.get("status") == "Unhealthy" else 200
        body = orjson.dumps(said)
        head = f"HTTP/1.1 {code} x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@contextlib.asynccontextmanager
async def console_beside(
    url: str, settings: Settings, issuer: DevelopmentIssuer, **addresses: str
) -> AsyncIterator[httpx.AsyncClient]:
    places = {name.replace("-", "_"): f"{url}/{name}" for name in REPORTS} | addresses
    own = ConsoleSettings(services=ServiceAddresses(**places))
    async with watching(settings, issuer, *EVERY_RIGHT, console=own) as client:
        yield client


def kinds(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return {each["kind"]: each for each in answer.json()["items"]}


async def test_services_registers_and_what_expires_as_the_services_tell_it(
    service_settings: Settings, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    async with pool.acquire() as connection:
        await features.switch(connection, Feature.CPR, enabled=True, by="test")
    gone = f"http://127.0.0.1:{free_port()}"
    async with (
        reporting(REPORTS) as url,
        console_beside(url, service_settings, issuer, cpr_batch=gone, sandbox=url + "/sandbox") as client,
    ):
        answer = await client.get(SERVICES)
        told = await client.get(ATTENTION)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    services = {each["service"]: each for each in found["services"]}
    assert list(services) == [*Place]
    assert {name: (each["state"], each["absence"]) for name, each in services.items()} == {
        "console": ("Healthy", None),
        "cpr-direct": ("Degraded", None),
        "cpr-batch": ("Away", "unreachable"),
        "cvr-online": ("Healthy", None),
        "cvr-subscription": ("Unhealthy", None),
        "cvr-update": ("Degraded", None),
        "sandbox": ("Away", "no-report"),
    }
    assert {each["name"] for each in services["console"]["entries"]} == {"self", "store", "bus"}
    registers = {each["name"]: each for each in found["registers"]}
    assert {name: each["state"] for name, each in registers.items()} == {
        "cpr-direkte": "Degraded", "cpr-files": "Away", "cvr": "Off", "cvr-events": "Off", "cvr-updates": "Off",
    }  # fmt: skip
    direkte = registers["cpr-direkte"]
    assert direkte["reasons"] == ["No logon is made: refused."]
    assert dt.datetime.fromisoformat(direkte["last_success"]) == NOW - dt.timedelta(days=1)
    assert [(each["what"], each["service"], each["is_soon"]) for each in found["expiries"]] == [
        ("cpr-password", "cpr-direct", True),
        ("cvr-certificate", "cvr-online", True),
    ], "a certificate that two services use is told once"

    away = [each["service"] for each in told.json()["items"] if each["kind"] == "service-away"]
    attention = kinds(told)
    assert (away, attention.pop("service-away")["severity"]) == (["cpr-batch", "sandbox"], "problem")
    assert {kind: each["severity"] for kind, each in attention.items()} == {
        "cpr-logon-blocked": "problem",
        "service-unhealthy": "problem",
        "cpr-password-expires": "warning",
        "cvr-certificate-expires": "warning",
    }, "the module CVR Update is off: what is degraded of it disturbs nobody"
    assert attention["service-unhealthy"]["names"] == ["OData"]
    assert attention["cpr-password-expires"]["until"] == days(3).replace("+00:00", "Z")


async def test_a_service_that_hangs_is_away_and_holds_nobody_up() -> None:
    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        raise AssertionError

    async with httpx.AsyncClient(transport=httpx.MockTransport(hang)) as client:
        watch = Watch(FastAPI(), ServiceAddresses(), client, time_limit=dt.timedelta(seconds=0.05))
        found = {each.place: each for each in await watch.look()}
    assert found.pop(Place.CONSOLE).absence is Absence.NO_REPORT
    assert {(each.state, each.absence) for each in found.values()} == {(State.AWAY, Absence.TIMED_OUT)}
    assert len(found) == 5, "there is no sandbox unless its address is set"


STORED = {
    Scope.EVENTS_REPLAY: {"dead-letters"},
    Scope.BATCH_READ: {"files-refused", "imports-failed", "transfers-failed", "approvals", "gaps"},
    Scope.CVR_UPDATE_RUN: {
        "cvr-updates-failed", "cvr-brake", "cvr-subscriptions-failing", "cvr-synchronisation-failed", "cvr-drift",
    },
    Scope.SUBSCRIPTIONS_MANAGE: {"cpr-subscriptions-failing"},
    Scope.AUDIT_READ: {"alert-harvesting"},
    Scope.CONFIG_READ: {"jobs-failed", "module-off"},
}  # fmt: skip
FAULTS = """
    insert into cpr_file (file_id, sha256, name, size_bytes, fetched_at, state, local_name, purged_at) values
        (1, 'a', 'a', 1, now(), 'refused', 'a', null), (2, 'b', 'b', 1, now(), 'refused', 'b', now()),
        (3, 'c', 'c', 1, now(), 'fetched', 'c', null), (4, 'd', 'd', 1, now() - interval '40 days', 'refused', 'd', null),
        (5, 'e', 'e', 1, now(), 'held', 'e', null), (6, 'f', 'f', 1, now(), 'fetched', 'f', null);
    insert into cpr_run (run_id, file_id, kind, started_at, finished_at, state) values
        (gen_random_uuid(), 3, 'import', now() - interval '2 hours', now() - interval '1 hour', 'failed'),
        (gen_random_uuid(), 6, 'import', now() - interval '2 hours', now() - interval '1 hour', 'failed'),
        (gen_random_uuid(), 6, 'import', now() - interval '1 hour', null, 'running'),
        (gen_random_uuid(), null, 'transfer', now() - interval '9 hours', now() - interval '9 hours', 'failed'),
        (gen_random_uuid(), null, 'transfer', now() - interval '8 hours', now() - interval '8 hours', 'finished'),
        (gen_random_uuid(), null, 'transfer', now() - interval '7 hours', now() - interval '7 hours', 'failed'),
        (gen_random_uuid(), null, 'transfer', now() - interval '6 hours', now() - interval '6 hours', 'failed');
    insert into cpr_approval (file_id, run_id, initial_load, persons, endings, share, most)
        select 5, run_id, false, 10, 9, 0.2, 2 from cpr_run limit 1;
    insert into cpr_gap (task_number, missing_date, after_date, before_date, file_id, closed_at, closed_how) values
        ('1', '2026-01-02', '2026-01-01', '2026-01-03', 1, null, null),
        ('1', '2026-02-02', '2026-02-01', '2026-02-03', 1, now(), 'file');
    insert into contact (contact_id, name_type, name_code) select each, 'C', each::text from generate_series(1, 4) as each;
    insert into source_record (contact_id, source, src_subscribed, subscribed)
        select each, 'CPR', each = 3, true from generate_series(1, 3) as each;
    insert into cpr_subscription_attempt (contact_id, wanted, attempts, next_try_at, failure, failed_at) values
        (1, true, 5, now(), 'x', now()), (2, true, 1, now(), 'x', now()), (3, true, 5, now(), 'x', now());
    insert into cvrupdate_import (contact_id, failure, next_try) values (1, 'x', null), (2, 'x', now()), (3, null, null);
    update cvrupdate_state set held_at = now();
    insert into cvrupdate_subscription (contact_id, provider, state, attempts, failure, failed_at) values
        (1, 'one', 'wanted', 3, 'x', now()), (2, 'one', 'wanted', 2, 'x', now());
    insert into cvrupdate_synchronisation (kind, reason, started_at, finished_at, outcome) values
        ('full', 'x', now(), now(), 'failed');
    insert into cvrupdate_drift (started_at, finished_at, is_complete, differing, missed) values (now(), now(), false, 5, 4);
    insert into access_alert (kind, service, acknowledged_at, acknowledged_by) values
        ('harvesting', 'cpr-direct', null, null), ('break-glass', 'cpr-direct', now(), 'dpo');
    insert into job_run (job, danish_date, finished_at, outcome) values
        ('one', current_date - 1, now(), 'failed'), ('one', current_date, now(), 'done'), ('two', current_date, now(), 'failed');
    update external_source set parameters = 'Level:1' where source = 'CVR-J';
    update feature_setting set enabled = true where feature = 'CPR';
"""
COUNTS = {
    "transfers-failed": 2,
    "cvr-drift": 4,
    "cvr-brake": None,
    "cvr-synchronisation-failed": None,
    "module-off": None,
}


@pytest.fixture
async def faulty(pool: Pool) -> None:
    """A store in which everything that can need a person does, each beside a like thing that does not."""
    await pool.execute(FAULTS)
    async with pool.acquire() as connection:
        for body in (b"one", b"two"):
            await dead_letters.store(
                connection, consumer="test", routing_key="", body=body, reason="x", attempts=1
            )
        newest = (await dead_letters.find(connection))[0].dead_letter_id
        await dead_letters.request_replay(connection, newest)


@pytest.mark.usefixtures("faulty")
async def test_what_needs_a_person_is_told_to_those_who_may_see_it(
    service_settings: Settings, issuer: DevelopmentIssuer
) -> None:
    healthy = {name: report(self="Healthy") for name in REPORTS}
    async with reporting(healthy) as url, console_beside(url, service_settings, issuer) as client:
        found = kinds(await client.get(ATTENTION))
        assert set(found) == set().union(*STORED.values())
        for kind, each in found.items():
            assert each["since"], kind
            assert each["count"] == COUNTS.get(kind, 1), each
        assert (found["jobs-failed"]["names"], found["module-off"]["names"]) == (["two"], ["CVR"])
        order = [each["severity"] for each in found.values()]
        assert order == sorted(order, key=["problem", "warning", "notice"].index)
        for scope in EVERY_RIGHT:
            headers = bearer(issuer.token(Scope.CONFIG_READ, scope))
            seen = kinds(await client.get(ATTENTION, headers=headers))
            assert set(seen) == STORED[Scope.CONFIG_READ] | STORED[scope], scope
        refused = await client.get(ATTENTION, headers=bearer(issuer.token(Scope.AUDIT_READ)))
        assert refused.status_code == 403
