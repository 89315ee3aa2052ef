"""The HTTP API: who may call what, what comes back, and how errors look."""

import asyncio
import datetime as dt
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from cpr_batch import api, errors, problems
from cpr_batch.app import create_app
from cpr_batch.errors import PRESENTATION, BatchError
from cpr_batch.settings import BatchSettings, CprBatchSettings, FtpSettings
from fastapi import FastAPI
from registerbro import features
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.features import Feature
from registerbro.settings import Settings
from registerbro_sandbox.persons import Delivery, Population, write_extract

from tests.support.cpr_files import ANNA, extract, record, simple_person
from tests.support.ftp import FtpServer, settings_of
from tests.support.services import bearer, running
from tests.support.small_files import delivery, name_of
from tests.support.waiting import until

NAME = "d240517.l123401"
ENDED = ("finished", "failed", "stopped")
MakeApp = Callable[..., FastAPI]


@pytest.fixture
def make_app(service_settings: Settings, interim_directory: Path) -> MakeApp:
    def make(ftp: FtpSettings | None = None, **settings: Any) -> FastAPI:
        section = CprBatchSettings(interim_directory=interim_directory, ftp=ftp, **settings)
        return create_app(BatchSettings(**dict(service_settings), cpr_batch=section))

    return make


@pytest.fixture
async def switched_on(pool: Pool) -> None:
    """The module CPR is on."""
    async with pool.acquire() as connection:
        await features.switch(connection, Feature.CPR, enabled=True, by="test")


@pytest.fixture
async def client(
    make_app: MakeApp, issuer: DevelopmentIssuer, switched_on: None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with both scopes, of a service without a file server."""
    async with running(make_app()) as client:
        client.headers.update(bearer(issuer.token(Scope.BATCH_READ, Scope.BATCH_RUN)))
        yield client


async def ended(client: httpx.AsyncClient, run_id: str) -> dict[str, Any]:
    """The run, once it has ended."""
    seen: dict[str, Any] = {}

    async def has_ended() -> bool:
        seen.update((await client.get(f"/runs/{run_id}")).json())
        return seen["state"] in ENDED

    await until(has_ended)
    return seen


def slug(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["type"].rsplit("/", 1)[1])


def paths() -> list[tuple[str, str]]:
    return [(method, re.sub(r"\{\w+\}", "1", path)) for method, path in api.SCOPES]


async def test_switched_off_every_route_says_so(make_app: MakeApp, issuer: DevelopmentIssuer) -> None:
    async with running(make_app()) as client:
        for method, path in paths():
            answer = await client.request(method, path, headers=bearer(issuer.token(*Scope)))
            assert slug(answer) == "feature-disabled"


async def test_fetch_and_import_from_a_server_that_is_not_ours(
    make_app: MakeApp,
    issuer: DevelopmentIssuer,
    switched_on: None,
    vsftpd: FtpServer,
    ca_file: Path,
    pool: Pool,
) -> None:
    written = write_extract(vsftpd.folder, Population(seed=5, size=40), Delivery(dt.date(2025, 6, 1)))
    async with running(make_app(settings_of(vsftpd, ca_file))) as client:
        client.headers.update(bearer(issuer.token(Scope.BATCH_READ, Scope.BATCH_RUN)))
        tested = (await client.post("/connection-tests")).json()
        assert tested["is_ok"]
        waiting = {
            "name": written.path.name,
            "size_bytes": written.path.stat().st_size,
            "is_migrated": False,
        }
        assert (await client.get("/remote-files")).json() == [waiting]

        started = await client.post("/transfers")
        assert started.status_code == 202
        transfer = await ended(client, started.json()["run_id"])
        assert (transfer["state"], transfer["counts"]) == ("finished", {"fetched": 1})
        [local] = (await client.get("/local-files")).json()
        assert (local["name"], local["state"]) == (written.path.name, "fetched")

        started = await client.post("/imports", json={"name": written.path.name, "initial_load": True})
        assert started.headers["location"] == f"/runs/{started.json()['run_id']}"
        run = await ended(client, started.json()["run_id"])
        assert run["state"] == "finished"
        assert run["counts"]["persons"] == 40

        again = await client.post("/imports", json={"name": f"x{written.path.name}"})
        assert (again.status_code, again.json()["outcome"]) == (200, "already-imported")

        file = (await client.get(f"/files/{run['file_id']}")).json()
        assert file["state"] == "imported"
        assert file["counts"] == run["counts"]
        outcomes = await everything(client, f"/files/{run['file_id']}/outcomes", limit=15)
        assert [each["ordinal"] for each in outcomes] == list(range(1, 41))
        contact_id = next(each["contact_id"] for each in outcomes if each["contact_id"])
        said = await everything(client, f"/contacts/{contact_id}/imports", limit=1)
        assert [(each["name"], each["contact_id"]) for each in said] == [(written.path.name, contact_id)]
        assert [each["run_id"] for each in await everything(client, "/runs", limit=1)] == [
            run["run_id"],
            transfer["run_id"],
        ]
    assert await pool.fetchval("select count(*) from source_record where src_subscribed") > 30


async def everything(client: httpx.AsyncClient, path: str, limit: int) -> list[dict[str, Any]]:
    """All items of a paged list."""
    items: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        answer = await client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next"] is None:
            return items
        query["after"] = page["next"]


async def test_the_whole_job_imports_what_is_here_although_the_server_is_gone(
    make_app: MakeApp,
    issuer: DevelopmentIssuer,
    switched_on: None,
    vsftpd: FtpServer,
    ca_file: Path,
    interim_directory: Path,
) -> None:
    (interim_directory / NAME).write_bytes(extract(simple_person()))
    async with running(make_app(settings_of(vsftpd, ca_file, password="forkert"))) as client:
        client.headers.update(bearer(issuer.token(Scope.BATCH_READ, Scope.BATCH_RUN)))
        started = await client.post("/runs", json={"initial_load": True})
        run = await ended(client, started.json()["run_id"])
        assert run["state"] == "failed"
        assert "refuses the logon" in run["failure"]
        assert run["counts"] == {"imported": 1}
        kinds = {part["kind"]: part["state"] for part in run["parts"]}
        assert kinds == {"transfer": "failed", "import": "finished"}
        tested = (await client.post("/connection-tests")).json()
    steps = {step["name"]: step["is_ok"] for step in tested["steps"]}
    assert steps == {
        "settings": True, "address": True, "connection": True, "encryption": True, "logon": False, "directory": None,
        "interim-directory": True,
    }  # fmt: skip
    failed = next(step for step in tested["steps"] if step["is_ok"] is False)
    assert failed["failure"]["type"].endswith("/server-logon-refused")


async def test_a_refused_file_is_told_with_its_reason(
    client: httpx.AsyncClient, interim_directory: Path
) -> None:
    (interim_directory / NAME).write_bytes(extract(simple_person())[:-60])
    started = await client.post("/imports", json={"name": NAME})
    run = await ended(client, started.json()["run_id"])
    assert run["state"] == "failed"
    assert "end record 999 is missing" in run["failure"]
    problems = (await client.get(f"/files/{run['file_id']}/problems")).json()["items"]
    assert [problem["severity"] for problem in problems] == ["rejected"]
    [local] = (await client.get("/local-files")).json()
    assert "999" in local["refusal"]


async def test_problems_of_a_file_name_places_and_no_persons(
    client: httpx.AsyncClient, interim_directory: Path
) -> None:
    (interim_directory / NAME).write_bytes(extract([*simple_person(), record("008", ANNA) + "x" * 300]))
    started = await client.post("/imports", json={"initial_load": True})
    run = await ended(client, started.json()["run_id"])
    [part] = run["parts"]
    answer = await client.get(f"/files/{part['file_id']}/problems")
    [problem] = answer.json()["items"]
    assert (problem["record_type"], problem["line"]) == ("008", 7)
    assert ANNA not in answer.text
    shown = problem["record"]
    assert (shown["record_type"], shown["line"]) == ("008", 7)
    assert shown["fields"]
    assert all(field["is_masked"] and field["value"] is None for field in shown["fields"])
    assert "Anna" not in answer.text


async def test_a_remark_shows_its_record_without_what_is_personal_while_the_file_is_as_it_was(
    client: httpx.AsyncClient, interim_directory: Path
) -> None:
    """The start record is good: its dates can be read."""
    name = name_of(1)
    (interim_directory / name).write_bytes(delivery(simple_person(), 1, previous=1))
    started = await client.post("/imports", json={"initial_load": True})
    [part] = (await ended(client, started.json()["run_id"]))["parts"]
    path = f"/files/{part['file_id']}/problems"
    [problem] = (await client.get(path)).json()["items"]
    values = {field["name"]: field["value"] for field in problem["record"]["fields"]}
    assert values["sort_field"] is None
    assert values["production_date"] == "2025-06-02"
    (interim_directory / f"x{name}").write_bytes(b"something else")
    [problem] = (await client.get(path)).json()["items"]
    assert problem["record"] is None


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "/imports", {"name": NAME}, "local-file-unknown"),
        ("POST", "/imports", {"name": "../x"}, "local-file-unknown"),
        ("POST", "/transfers", {}, "server-not-configured"),
        ("GET", "/remote-files", None, "server-not-configured"),
        ("GET", "/runs/00000000-0000-0000-0000-000000000000", None, "run-unknown"),
        ("GET", "/files/1", None, "not-found"),
        ("GET", "/files/1/problems", None, "not-found"),
        ("GET", "/files/1/outcomes", None, "not-found"),
        ("GET", "/files/99999999999999999999", None, "invalid-request"),
        ("GET", "/runs/zero", None, "invalid-request"),
        ("GET", "/files?limit=0", None, "invalid-request"),
        ("GET", "/files?after=99999999999999999999", None, "invalid-request"),
        ("POST", "/imports", {"name": ""}, "invalid-request"),
    ],
)
async def test_errors_have_a_type_of_their_own(
    method: str, path: str, body: dict[str, Any] | None, expected: str, client: httpx.AsyncClient
) -> None:
    assert slug(await client.request(method, path, json=body)) == expected


async def test_a_file_under_import_is_busy(
    client: httpx.AsyncClient, interim_directory: Path, pool: Pool
) -> None:
    (interim_directory / NAME).write_bytes(extract(simple_person()))
    async with pool.acquire() as other:
        await other.execute("begin; lock table cpr_outcome in exclusive mode")
        try:
            started = await client.post("/imports", json={"name": NAME, "initial_load": True})
            assert started.status_code == 202
            busy = await client.post("/imports", json={"name": NAME})
            assert (busy.status_code, slug(busy)) == (409, "file-busy")
            assert (await client.get(f"/runs/{started.json()['run_id']}")).json()["state"] == "running"
        finally:
            await other.execute("rollback")
    assert (await ended(client, started.json()["run_id"]))["state"] == "finished"


async def test_a_service_that_stops_stops_its_runs_and_gives_files_back(
    make_app: MakeApp, issuer: DevelopmentIssuer, switched_on: None, interim_directory: Path, pool: Pool
) -> None:
    (interim_directory / NAME).write_bytes(extract(simple_person()))
    async with pool.acquire() as other:
        await other.execute("begin; lock table cpr_outcome in exclusive mode")
        try:
            async with asyncio.timeout(20), running(make_app()) as client:
                client.headers.update(bearer(issuer.token(Scope.BATCH_RUN)))
                await client.post("/imports", json={"name": NAME, "initial_load": True})
        finally:
            await other.execute("rollback")
    assert await pool.fetchval("select state from cpr_run") == "stopped"
    assert await pool.fetchval("select state from cpr_file") == "fetched"
    assert await pool.fetchval("select count(*) from contact") == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/imports", {"initial_load": 1}),
        ("/imports", {"initialLoad": True}),
        ("/runs", {"initial_load": "yes"}),
        ("/transfers", {"name": NAME}),
    ],
)
async def test_a_slip_in_a_body_is_answered_and_starts_nothing(
    path: str, body: dict[str, object], client: httpx.AsyncClient, pool: Pool
) -> None:
    answer = await client.post(path, json=body)
    assert (answer.status_code, slug(answer)) == (422, "invalid-request")
    assert answer.json()["errors"][0]["pointer"] == f"body/{next(iter(body))}"
    assert await pool.fetchval("select count(*) from cpr_run") == 0


async def test_the_description_shows_headers_and_examples(client: httpx.AsyncClient) -> None:
    description = (await client.get("/openapi.json")).json()
    for method, path in api.SCOPES:
        operation = description["paths"][path][method.lower()]
        answers = operation["responses"]
        assert "WWW-Authenticate" in answers["401"]["headers"]
        assert "Retry-After" in answers["503"]["headers"]
        assert "202" not in answers or "Location" in answers["202"]["headers"]
        for parameter in operation.get("parameters", []):
            assert parameter["description"], f"{path} {parameter['name']}"
    schemas = description["components"]["schemas"]
    for name in ("TransferRequest", "ImportRequest", "RunRequest", "RunStarted", "ProblemDetails"):
        assert schemas[name]["examples"], name


async def test_the_description_names_every_answer(client: httpx.AsyncClient) -> None:
    description = (await client.get("/openapi.json")).json()
    for method, path in api.SCOPES:
        operation = description["paths"][path][method.lower()]
        assert operation["summary"] or operation["description"]
        assert {"401", "403", "409", "500", "503"} <= operation["responses"].keys()
        for status, answer in operation["responses"].items():
            assert answer["description"], f"{method} {path} {status}"
    transfers = str(description["paths"]["/remote-files"]["get"]["responses"])
    for kind in (errors.LogonRefused, errors.CertificateExpired, errors.ServerTimeout):
        assert PRESENTATION[kind].slug in transfers


def leaves(kind: type[BatchError]) -> list[type[BatchError]]:
    return [kind, *(leaf for sub in kind.__subclasses__() for leaf in leaves(sub))]


def test_every_error_is_presented_and_has_a_problem_type() -> None:
    abstract = {
        BatchError,
        errors.TransferError,
        errors.RemoteFileError,
        errors.InterimError,
        errors.ImportFailed,
        errors.RunError,
        errors.OrderError,
        errors.AdoptionError,
        errors.ConfigurationError,
        errors.ShowFailed,
    }
    assert set(leaves(BatchError)) - abstract == set(PRESENTATION)
    assert len({each.slug for each in PRESENTATION.values()}) == len(PRESENTATION)
    for kind in leaves(BatchError):
        if kind not in abstract:
            assert problems.PROBLEMS.problem(error_of(kind)).slug == PRESENTATION[kind].slug


def error_of(kind: type[BatchError]) -> BatchError:
    if issubclass(kind, errors.RemoteFileError):
        return kind("server", "file", "detail")
    if kind in (errors.ServerNotConfigured, errors.TransferBusy) or issubclass(
        kind, errors.ConfigurationError
    ):
        return kind()
    return kind("place", "detail")
