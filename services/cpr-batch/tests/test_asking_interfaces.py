"""Held files, gaps and dry runs as a client of the API and a user of the command line see them."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from cpr_batch.app import create_app
from cpr_batch.cli import app
from cpr_batch.metrics import Figures
from cpr_batch.settings import BatchSettings, BrakeSettings, CprBatchSettings
from prometheus_client import CollectorRegistry
from registerbro import features, telemetry
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Connection, Pool, ensure_partitions, open_connection
from registerbro.features import Feature
from registerbro.settings import Settings
from typer.testing import CliRunner, Result

from tests.support.services import bearer, running
from tests.support.small_files import PERSONS, delivery, dying, living, name_of
from tests.support.waiting import until

T = TypeVar("T")
Run = Callable[..., Result]
ENDED = ("finished", "failed", "stopped")


@pytest.fixture
async def client(
    service_settings: Settings, interim_directory: Path, issuer: DevelopmentIssuer, pool: Pool
) -> AsyncIterator[httpx.AsyncClient]:
    async with pool.acquire() as connection:
        await features.switch(connection, Feature.CPR, enabled=True, by="test")
    section = CprBatchSettings(interim_directory=interim_directory, brake=BrakeSettings(share=0.2, least=3))
    async with running(create_app(BatchSettings(**dict(service_settings), cpr_batch=section))) as client:
        client.headers.update(bearer(issuer.token(Scope.BATCH_READ, Scope.BATCH_RUN)))
        yield client


async def done(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Starts something and returns its run once it has ended."""
    started = await client.post(path, json=body)
    assert started.status_code == 202, started.text
    seen: dict[str, Any] = {}

    async def has_ended() -> bool:
        seen.update((await client.get(f"/runs/{started.json()['run_id']}")).json())
        return seen["state"] in ENDED

    await until(has_ended)
    return seen


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"].rsplit("/", 1)[1])


async def figure(pool: Pool, name: str) -> float | None:
    figures, registry = Figures(), CollectorRegistry()
    registry.register(figures)
    await figures.read(pool)
    return registry.get_sample_value(f"registerbro_cpr_batch_{name}")


def put_files(directory: Path) -> None:
    """A first file; one that ends five of twenty and names a lost one."""
    (directory / name_of(1)).write_bytes(delivery(living(20)))
    (directory / name_of(3)).write_bytes(delivery(dying(5, 20), 3))


async def test_a_held_file_is_asked_about_approved_and_imported(
    client: httpx.AsyncClient, interim_directory: Path, pool: Pool
) -> None:
    put_files(interim_directory)
    await done(client, "/imports", {"name": name_of(1), "initial_load": True})
    held = await done(client, "/imports", {"name": name_of(3)})
    assert held["state"] == "failed"
    assert "held until somebody approves it" in held["failure"]
    assert await figure(pool, "approvals_asked") == 1
    [asked] = (await client.get("/approvals", params={"state": "asked"})).json()["items"]
    assert (asked["name"], asked["file_state"], asked["persons"], asked["endings"], asked["limit"]) == (
        name_of(3), "held", 20, 5, 4,
    )  # fmt: skip
    url = f"/approvals/{asked['approval_id']}"
    first = (await client.get(url, params={"limit": 3})).json()["endings_page"]
    rest = (await client.get(url, params={"limit": 3, "after": first["next"]})).json()["endings_page"]
    assert [each["ordinal"] for each in (*first["items"], *rest["items"])] == [1, 2, 3, 4, 5]
    assert (first["items"][0].keys(), rest["next"]) == ({"ordinal", "contact_id"}, None)
    decision = {"decision": "approved", "reason": "checked with CPR"}
    decided = await client.post(f"{url}/decision", json=decision)
    assert (decided.status_code, decided.json()["state"]) == (200, "approved")
    assert decided.json()["decided_by"]
    again = await client.post(f"{url}/decision", json=decision | {"decision": "declined"})
    assert (again.status_code, slug(again)) == (409, "approval-decided")
    imported = await done(client, "/imports", {"name": name_of(3)})
    assert (imported["state"], imported["counts"]["updated"]) == ("finished", 20)
    assert (await client.get(url)).json()["next_step"] == "nothing: the file is imported"
    assert await figure(pool, "approvals_asked") == 0
    assert not any(number in answer.text for answer in (decided, again) for number in PERSONS)


async def test_a_declined_file_is_told_at_once(client: httpx.AsyncClient, interim_directory: Path) -> None:
    put_files(interim_directory)
    await done(client, "/imports", {"name": name_of(1), "initial_load": True})
    await done(client, "/imports", {"name": name_of(3)})
    decision = {"decision": "declined", "reason": "CPR sends another"}
    await client.post("/approvals/1/decision", json=decision)
    answer = await client.post("/imports", json={"name": name_of(3)})
    assert (answer.status_code, slug(answer)) == (409, "file-declined")
    [local] = (await client.get("/local-files")).json()
    assert local["state"] == "declined"


async def test_gaps_are_listed_counted_and_dismissed(
    client: httpx.AsyncClient, interim_directory: Path, pool: Pool
) -> None:
    (interim_directory / name_of(1)).write_bytes(delivery(living(1)))
    (interim_directory / name_of(3)).write_bytes(delivery(living(1), 3))
    for number in (1, 3):
        await done(client, "/imports", {"name": name_of(number), "initial_load": True})
    assert await figure(pool, "gaps_open") == 1
    [gap] = (await client.get("/gaps")).json()["items"]
    assert (gap["missing_date"], gap["file_name"], gap["closed_how"]) == ("2025-06-03", name_of(3), None)
    url = f"/gaps/{gap['gap_id']}/dismissal"
    closed = (await client.post(url, json={"reason": "none was produced"})).json()
    assert (closed["closed_how"], closed["reason"]) == ("dismissed", "none was produced")
    assert slug(await client.post(url, json={"reason": "again"})) == "gap-closed"
    assert (await client.get("/gaps")).json()["items"] == []
    assert len((await client.get("/gaps", params={"open": False})).json()["items"]) == 1
    assert await figure(pool, "gaps_open") == 0


async def test_a_dry_run_is_paged(client: httpx.AsyncClient, interim_directory: Path) -> None:
    put_files(interim_directory)
    await done(client, "/imports", {"name": name_of(1), "initial_load": True})
    run = await done(client, "/dry-runs", {"name": name_of(3)})
    assert (run["kind"], run["state"], run["counts"]) == ("dry-run", "finished", {"planned": 1})
    url = f"/runs/{run['run_id']}/plan"
    page = (await client.get(url, params={"limit": 15})).json()
    [file] = page["files"]
    assert (file["counts"], file["would_hold"]) == ({"persons": 20, "endings": 5, "updated": 20}, True)
    rest = (await client.get(url, params={"limit": 15, "after": page["next"]})).json()
    assert [each["ordinal"] for each in (*page["items"], *rest["items"])] == list(range(1, 21))
    assert rest["next"] is None
    endings = (await client.get(url, params={"only_endings": True})).json()["items"]
    assert [each["ordinal"] for each in endings] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/approvals/1", None, "approval-unknown"),
        ("POST", "/approvals/1/decision", {"decision": "approved", "reason": "x"}, "approval-unknown"),
        ("POST", "/approvals/1/decision", {"decision": "asked", "reason": "x"}, "invalid-request"),
        ("POST", "/approvals/1/decision", {"decision": "approved", "reason": " "}, "invalid-request"),
        ("POST", "/gaps/1/dismissal", {"reason": "x"}, "gap-unknown"),
        ("POST", "/gaps/1/dismissal", {}, "invalid-request"),
        ("POST", "/dry-runs", {"name": name_of(1)}, "local-file-unknown"),
        ("GET", "/runs/00000000-0000-0000-0000-000000000000/plan", None, "run-unknown"),
    ],
)
async def test_errors_of_these_routes_have_a_type_of_their_own(
    method: str, path: str, body: dict[str, Any] | None, expected: str, client: httpx.AsyncClient
) -> None:
    assert slug(await client.request(method, path, json=body)) == expected


async def test_a_run_that_is_no_dry_run_has_no_plan(
    client: httpx.AsyncClient, interim_directory: Path
) -> None:
    put_files(interim_directory)
    run = await done(client, "/imports", {"name": name_of(1), "initial_load": True})
    assert slug(await client.get(f"/runs/{run['run_id']}/plan")) == "plan-unknown"


@pytest.fixture
def command(database_url: str, interim_directory: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in this process; the module CPR is on."""

    async def prepare(connection: Connection) -> None:
        await ensure_partitions(connection)
        await features.switch(connection, Feature.CPR, enabled=True, by="test")

    on_store(database_url, prepare)
    monkeypatch.setattr(telemetry, "configure_logging", lambda *_, **__: None)
    section = "REGISTERBRO_CPR_BATCH__"
    environment = {
        "REGISTERBRO_DATABASE__URL": database_url,
        f"{section}INTERIM_DIRECTORY": str(interim_directory),
        f"{section}BRAKE__SHARE": "0.2",
        f"{section}BRAKE__LEAST": "3",
    }
    return lambda *arguments: CliRunner().invoke(app, arguments, env=environment)


def on_store(database_url: str, work: Callable[[Connection], Awaitable[T]]) -> T:
    async def opened() -> T:
        async with open_connection(database_url) as connection:
            return await work(connection)

    return asyncio.run(opened())


def test_the_commands_for_held_files_gaps_and_dry_runs(command: Run, interim_directory: Path) -> None:
    put_files(interim_directory)
    assert command("approvals").stdout == "nothing\n"
    assert command("import", name_of(1), "--initial-load").exit_code == 0
    plan = command("dry-run", name_of(3), "--persons")
    assert plan.exit_code == 3
    assert "planned, would stop and ask" in plan.stdout
    assert plan.stdout.count("ending") == 5 + 1
    listed = json.loads(command("dry-run", "--all", "--persons", "--json").stdout)
    assert (len(listed["items"]), listed["files"][0]["counts"]["endings"]) == (20, 5)
    held = command("import", name_of(3))
    assert held.exit_code == 3
    assert held.stderr.startswith(f"cpr-batch: {name_of(3)} is held until somebody approves it: ")
    assert command("import", "--all").exit_code == 3
    assert "held" in command("local").stdout
    assert command("decline", "1", "--reason", " ").exit_code == 2
    declined = command("decline", "1", "--reason", "another comes")
    assert declined.exit_code == 0
    assert command("import", name_of(3)).exit_code == 3
    assert command("import", "--all").exit_code == 0
    [shown] = json.loads(command("approvals", "--all", "--json").stdout)
    assert (shown["state"], shown["reason"]) == ("declined", "another comes")
    approved = command("approve", "1", "--reason", "it was right after all")
    assert "import the file by its name" in approved.stdout
    assert command("approve", "1", "--reason", "twice").exit_code == 1
    assert command("import", name_of(3)).exit_code == 0
    gaps = command("gaps")
    assert (gaps.exit_code, "2025-06-03" in gaps.stdout) == (0, True)
    assert command("gaps", "dismiss", "1", "--reason", "none was produced").exit_code == 0
    assert command("gaps").stdout == "nothing\n"
    assert "dismissed" in command("gaps", "--all").stdout
    assert command("gaps", "dismiss", "7", "--reason", "which").stderr == (
        "cpr-batch: there is no gap 7; see `cpr-batch gaps`\n"
    )
    person = command("person", "1")
    assert (person.exit_code, name_of(3) in person.stdout, name_of(1) in person.stdout) == (0, True, True)
