"""Readiness, the connection test and our certificate: what is wrong is seen, and nothing of it makes the service not ready."""

import asyncio
import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from cvr_online import checking, health
from cvr_online.app import create_app
from cvr_online.online import utc_now
from cvr_online.register import RegisterState
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.health import Status
from registerbro.registers import errors, opening
from registerbro.registers.certificates import CertificateKeeper
from registerbro.registers.settings import CertificateSettings
from registerbro.registers.steps import SAMPLE

from tests.support.cvr_provider import opened_with
from tests.support.cvr_register import COMPANY, SHOP, AskedProvider, OpenOnline, as_provider
from tests.support.services import bearer, running
from tests.support.waiting import until

PURPOSE = "a test of readiness"


def keeper_of(folder: Path, *, days_left: int) -> CertificateKeeper:
    """Our certificate, which expires so many days from now."""
    expires = dt.datetime.now(dt.UTC) + dt.timedelta(days=days_left, hours=1)
    issued = trustme.CA().issue_cert(
        "client.example.test", not_before=expires - dt.timedelta(days=400), not_after=expires
    )
    file = folder / "ours.pem"
    file.unlink(missing_ok=True)
    issued.private_key_and_cert_chain_pem.write_to_path(file)
    return CertificateKeeper(CertificateSettings(file=file))


async def cvr_entry(client: httpx.AsyncClient) -> dict[str, Any]:
    report = await client.get("/readiness")
    assert report.status_code == 200, report.text
    entry: dict[str, Any] = report.json()["entries"]["CVR"]
    return entry


async def test_readiness_asks_cvr_once_in_a_while_and_tells_how_the_last_call_ended(
    client: httpx.AsyncClient, register: AskedProvider
) -> None:
    register.fault = errors.Throttled("the register asks us to wait", retry_after=dt.timedelta(seconds=90))
    entry = await cvr_entry(client)
    assert (entry["status"], entry["description"]) == (
        "Degraded",
        "The last call failed: the register asks us to wait.",
    )
    assert entry["exception"] == entry["description"]
    failed, paused = (
        dt.datetime.fromisoformat(entry["data"][name]) for name in ("last_failure_at", "paused_until")
    )
    assert paused - failed == dt.timedelta(seconds=90)
    register.fault = None
    await client.post("/units/lookup", json={"number": COMPANY.value, "purpose": PURPOSE})
    assert register.asked == [SAMPLE, COMPANY]
    assert health.finding(RegisterState(), None).status is Status.HEALTHY


async def test_readiness_asks_only_after_a_quiet_minute(
    open_online: OpenOnline, register: AskedProvider
) -> None:
    async with open_online() as online:
        for _ in range(3):
            await health.ask_if_quiet(online)
        assert register.asked == [SAMPLE]
        later = dataclasses.replace(online, now=lambda: utc_now() + health.QUIET)
        await health.ask_if_quiet(later)
    assert register.asked == [SAMPLE, SAMPLE]


async def test_a_bulk_of_which_nothing_came_counts_as_a_call_that_failed(
    open_online: Any, register: AskedProvider
) -> None:
    async with open_online() as online:
        page = errors.NotJson("the register answered 200 with an HTML page in place of JSON")
        register.faults = {COMPANY: page, SHOP: page}
        await online.register.find_many([COMPANY, SHOP])
        assert online.register.state.failure is page
        del register.faults[SHOP]
        await online.register.find_many([COMPANY, SHOP], is_fresh=True)
        assert online.register.state.failure is None


async def test_a_call_that_went_well_ends_what_readiness_says_of_the_last_failure() -> None:
    at = dt.datetime(2026, 11, 3, 12, tzinfo=dt.UTC)
    failure = errors.TokenRefused("the token end point answers invalid_client", code="invalid_client")
    state = RegisterState(last_failure_at=at, last_failure=failure)
    assert health.finding(state, None).status is Status.DEGRADED
    state.last_success = at + dt.timedelta(seconds=1)
    found = health.finding(state, None)
    assert found.status is Status.HEALTHY
    assert found.data["last_failure"] == "the token end point answers invalid_client"


async def test_the_certificate_is_told_of_from_30_days_before_it_expires(
    make_settings: Any,
    register: AskedProvider,
    monkeypatch: pytest.MonkeyPatch,
    issuer: DevelopmentIssuer,
    switched_on: None,
    pool: Pool,
    tmp_path: Path,
) -> None:
    made = opened_with(register, keeper=keeper_of(tmp_path, days_left=29))
    monkeypatch.setattr(opening, "opened", lambda *_, **__: as_provider(made))
    async with running(create_app(make_settings())) as client:
        client.headers.update(bearer(issuer.token(Scope.CONFIG_READ, client="operator")))
        entry = await cvr_entry(client)
        assert entry["status"] == "Degraded"
        assert "our certificate expires on" in entry["description"]
        assert entry["data"]["certificate"]["status"] == "expires-soon"
        shown = (await client.get("/certificate")).json()
        assert (shown["is_used"], shown["is_fine"], shown["status"]) == (True, False, "expires-soon")
        keeper_of(tmp_path, days_left=200)
        renewed = (await client.get("/certificate")).json()
        assert (renewed["is_fine"], renewed["status"]) == (True, "ok")
        assert renewed["serial"] != shown["serial"]

        async def was_looked_at() -> bool:
            done = "select exists (select from job_run where job = 'cvr-online.certificate' and outcome = 'done')"
            return bool(await pool.fetchval(done))

        await until(was_looked_at)
        keeper_of(tmp_path, days_left=-1)
        assert (await client.get("/certificate")).json()["status"] == "expired"


async def test_the_module_switched_off_refuses_calls_and_asks_nobody(
    client: httpx.AsyncClient, register: AskedProvider, pool: Pool
) -> None:
    await pool.execute("update feature_setting set enabled = false where feature = 'CVR'")
    answer = await client.post("/units/lookup", json={"number": COMPANY.value, "purpose": PURPOSE})
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (409, "feature-disabled")
    assert (await cvr_entry(client))["status"] == "Healthy"
    assert register.asked == []


async def test_the_connection_is_tested_step_by_step_up_to_a_real_call_and_the_store(
    open_online: OpenOnline, register: AskedProvider, monkeypatch: pytest.MonkeyPatch, pool: Pool
) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made = opened_with(register, url=f"http://127.0.0.1:{port}")
    monkeypatch.setattr(opening, "opened", lambda *_, **__: as_provider(made))
    async with server, open_online() as online:
        well = await checking.check(online)
        assert well.is_ok
        names = ["settings", "address", "connection", "encryption", "authorisation", "sample-call", "store"]
        assert [step.name for step in well.steps] == names
        assert [step.is_ok for step in well.steps] == [True, True, True, None, None, True, True]
        assert register.asked == [SAMPLE]
        register.fault = errors.CallRefused("the register refused the call with 403", status=403)
        await pool.execute("delete from contact_type where name_type = 'V'")
        failed = await checking.check(online)
    assert not failed.is_ok
    reasons = {step.name: step.failure and step.failure.type.rsplit("/", 1)[1] for step in failed.steps}
    assert (reasons["sample-call"], reasons["store"]) == ("register-call-refused", "contact-type-missing")


async def test_who_is_asked_is_told_without_asking(client: httpx.AsyncClient) -> None:
    answer = await client.get("/connection")
    assert answer.json() == {
        "lookups": "datafordeler-graphql",
        "updates": "kmd-logic",
        "name_search": "prefix",
    }


async def test_a_provider_that_is_not_there_fails_at_its_step(client: httpx.AsyncClient) -> None:
    answer = await client.post("/connection/test")
    assert answer.status_code == 200, answer.text
    steps = {step["name"]: step for step in answer.json()["steps"]}
    assert answer.json()["is_ok"] is False
    assert steps["connection"]["failure"]["type"].endswith("/register-unreachable")
    assert (steps["sample-call"]["is_ok"], steps["store"]["is_ok"]) == (None, True)
