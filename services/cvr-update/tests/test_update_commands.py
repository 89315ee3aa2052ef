"""The command ``cvr-update``: works, tells, tries again; its exit codes."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import pytest
from cvr_update.cli import app
from registerbro import telemetry
from registerbro.auth import DevelopmentIssuer
from registerbro.database import Pool
from registerbro.features import Feature
from typer.testing import CliRunner

from tests.support.cvr_updates import companies, imported, left, switch_on, synchronised
from tests.support.processes import shared_environment
from tests.support.register_server import register_server, said

Run: TypeAlias = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
def run(database_url: str, issuer: DevelopmentIssuer, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in this process; its provider is KMD Logic, which is not configured."""
    monkeypatch.setattr(telemetry, "configure_logging", lambda *_, **__: None)
    environment = shared_environment(database_url=database_url, bus_url="in-process:", issuer=issuer)

    async def run(*words: str) -> tuple[int, str, str]:
        done = await asyncio.to_thread(CliRunner().invoke, app, words, env=environment)
        return done.exit_code, done.stdout, done.stderr

    return run


def _fields(found: Sequence[dict[str, object]], *names: str) -> list[tuple[object, ...]]:
    return [tuple(each[name] for name in names) for each in found]


async def test_the_queue_is_worked_told_and_tried_again(run: Run, pool: Pool) -> None:
    code, _, error = await run("run")
    assert (code, "CVR is switched off" in error) == (1, True)
    await switch_on(pool)
    ids = await imported(pool, companies(2))
    await synchronised(pool, ids)
    code, out, error = await run("run", "--wait", "--json")
    assert (code, json.loads(out)["stage"]) == (4, "paused")
    assert "left alone" in error
    code, out, _ = await run("failures", "--json")
    told = _fields(json.loads(out), "contact_id", "attempts")
    assert (code, told) == (0, [(ids[0], 0), (ids[1], 0)])
    await pool.execute("update cvrupdate_import set next_try = null, reason = 'unknown-to-register'")
    code, out, _ = await run("failures")
    assert "unknown-to-register" in out.splitlines()[1]
    await pool.execute("update service_queue set state = 'failed'")
    code, out, _ = await run("status", "--json")
    assert (code, json.loads(out)["remaining"]) == (0, 0)
    assert (await run("retry"))[0] == 2
    assert (await run("retry", "--contact", str(ids[1])))[:2] == (0, "1 begin anew\n")
    assert await pool.fetchval("select state from service_queue where contact_id = $1", ids[1]) == "waiting"
    assert await left(pool) == 2
    code, _, error = await run("release")
    assert (code, "does not hold" in error) == (1, True)
    await pool.execute("update cvrupdate_state set held_at = now()")
    code, out, _ = await run("release")
    assert (code, "held" in out.splitlines()[1]) == (0, False)


async def test_the_connection_is_tested_step_by_step(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = await run("test", "--json")
    steps = json.loads(out)
    assert (code, steps[0]["is_ok"]) == (1, False)
    assert steps[0]["failure"].endswith("register-not-configured")
    assert {each["is_ok"] for each in steps[1:]} == {None}
    unit = {"pNumber": "1003387453", "productionUnitName": "KMD A/S", "cvrNumber": "26911745"}
    async with register_server(
        lambda asked: said({"access_token": "any"} if asked.path == "/token" else unit)
    ) as server:
        told = dict.fromkeys(("CLIENT_ID", "CLIENT_SECRET", "SCOPE"), "any")
        told |= {"URL": server.url, "TOKEN_URL": f"{server.url}/token"}
        told |= dict.fromkeys(("SUBSCRIPTION_ID", "CONFIGURATION_ID"), str(uuid.UUID(int=1)))
        for name, value in told.items():
            monkeypatch.setenv(f"REGISTERBRO_CVR__LOGIC__{name}", value)
        code, out, _ = await run("test")
    assert code == 0
    assert "P-number 1003387453: KMD A/S" in out
    assert "a token was given" in out


async def test_what_a_module_switched_off_leaves_is_told(run: Run, pool: Pool) -> None:
    await switch_on(pool, Feature.CVR_UPDATE)
    code, out, _ = await run("status")
    assert (code, out.splitlines()[1].split()) == (0, ["stage", "resting"])
