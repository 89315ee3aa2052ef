"""Stopping, starting again, watching; by the API and by the command, wherever the run is."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from cpr_batch import errors, runs, transfer, watching
from cpr_batch.all_imports import import_all
from cpr_batch.app import create_app
from cpr_batch.batch import Batch
from cpr_batch.imports import import_file
from cpr_batch.runs import RunKind, Running, RunState
from cpr_batch.settings import BatchSettings, CprBatchSettings, FtpSettings, RunSettings
from pydantic import SecretStr
from registerbro import features, serving
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.features import Feature
from registerbro.settings import HttpSettings, Settings
from registerbro_sandbox.ftp import Authority, Break, CprFileServer
from registerbro_sandbox.ftp.faults import Faults

from tests.support.cpr_files import extract, simple_person
from tests.support.services import bearer
from tests.support.waiting import until

MakeBatch = Callable[..., Batch]
NAMES = ("d240517.l123401", "d240518.l123401")
BLOCK = "begin; lock table cpr_outcome in exclusive mode"  # no import gets past its first chunk


@pytest.fixture
async def client(
    service_settings: Settings, interim_directory: Path, issuer: DevelopmentIssuer, pool: Pool
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service that is reached over a socket, so that its answers stream."""
    async with pool.acquire() as connection:
        await features.switch(connection, Feature.CPR, enabled=True, by="test")
    section = CprBatchSettings(
        interim_directory=interim_directory, chunk_persons=10, runs=RunSettings(watchers=2, look_seconds=3600)
    )
    settings = dict(service_settings) | {"http": HttpSettings(host="127.0.0.1", port=0, notice_seconds=0)}
    server = serving.server(create_app(BatchSettings(**settings, cpr_batch=section)), port=0)
    task = asyncio.create_task(server.serve())

    async def has_started() -> bool:
        return server.started

    await until(has_started)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        client.headers.update(bearer(issuer.token(Scope.BATCH_READ, Scope.BATCH_RUN)))
        client.extensions = server  # type: ignore[attr-defined]
        yield client
        server.handle_exit(15, None)
        await asyncio.wait_for(task, 20)


@pytest.fixture
async def blocked(pool: Pool) -> AsyncIterator[contextlib.AsyncExitStack]:
    """Imports come no further than their first chunk, until the stack is closed."""
    async with contextlib.AsyncExitStack() as stack:
        connection = await stack.enter_async_context(pool.acquire())
        await connection.execute(BLOCK)
        stack.push_async_callback(connection.execute, "rollback")
        yield stack


def put_files(directory: Path) -> None:
    for number, name in enumerate(NAMES):
        persons = [f"{day:02}0{number + 1}701996" for day in range(1, 21)]
        lines = [line for person in persons for line in simple_person(person)]
        (directory / name).write_bytes(extract(lines))


async def told(client: httpx.AsyncClient, run_id: str) -> dict[str, Any]:
    return dict((await client.get(f"/runs/{run_id}")).json())


async def in_state(client: httpx.AsyncClient, run_id: str, *wanted: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def is_so() -> bool:
        found.update(await told(client, run_id))
        return found["state"] in wanted

    await until(is_so)
    return found


async def importing(client: httpx.AsyncClient, interim_directory: Path) -> str:
    """An import of all, once a part of it runs."""
    put_files(interim_directory)
    run_id = str((await client.post("/imports", json={"initial_load": True})).json()["run_id"])

    async def has_begun() -> bool:
        return "running" in [part["state"] for part in (await told(client, run_id))["parts"]]

    await until(has_begun)
    return run_id


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"].rsplit("/", 1)[1])


async def test_a_stopped_run_stops_its_parts_and_can_be_started_again(
    client: httpx.AsyncClient, blocked: contextlib.AsyncExitStack, interim_directory: Path, pool: Pool
) -> None:
    run_id = await importing(client, interim_directory)
    running = await client.post(f"/runs/{run_id}/retry")
    assert (running.status_code, slug(running)) == (409, "run-not-retryable")
    stopped = await client.post(f"/runs/{run_id}/stop")
    assert (stopped.status_code, stopped.json()["stop_requested_at"] is not None) == (202, True)
    run = await in_state(client, run_id, "stopped")
    assert "on request" in run["failure"]
    assert [part["state"] for part in run["parts"]] == ["stopped"] * 2
    assert await pool.fetchval("select count(*) from contact") == 0
    assert {row[0] for row in await pool.fetch("select state from cpr_file")} == {"fetched"}
    assert sorted(path.name for path in interim_directory.glob("d*")) == list(NAMES)
    ended = await client.post(f"/runs/{run_id}/stop")
    assert (ended.status_code, slug(ended)) == (409, "run-ended")

    await blocked.aclose()
    again = await client.post(f"/runs/{run_id}/retry")
    assert again.status_code == 202, again.text
    new = await in_state(client, again.json()["run_id"], "finished", "failed")
    assert (new["state"], new["retry_of"], new["initial_load"]) == ("finished", run_id, True)
    assert new["counts"] == {"imported": 2}
    finished = await client.post(f"/runs/{new['run_id']}/retry")
    assert (finished.status_code, slug(finished)) == (409, "run-not-retryable")
    part = await client.post(f"/runs/{run['parts'][0]['run_id']}/retry")
    assert (part.status_code, "in the meantime" in part.json()["detail"]) == (409, True)
    for unknown in ("stop", "retry"):
        answer = await client.post(f"/runs/00000000-0000-0000-0000-000000000000/{unknown}")
        assert slug(answer) == "run-unknown"


async def test_a_single_file_can_be_stopped_and_the_others_go_on(
    client: httpx.AsyncClient, blocked: contextlib.AsyncExitStack, interim_directory: Path
) -> None:
    run_id = await importing(client, interim_directory)
    states = {part["state"]: part["run_id"] for part in (await told(client, run_id))["parts"]}
    await client.post(f"/runs/{states['waiting']}/stop")
    assert (await told(client, states["waiting"]))["state"] == "stopped"
    await blocked.aclose()
    run = await in_state(client, run_id, "finished")
    assert run["counts"] == {"imported": 1, "failed": 1}


async def test_a_run_of_another_process_is_stopped(
    make_batch: MakeBatch, client: httpx.AsyncClient, blocked: contextlib.AsyncExitStack, interim_directory: Path
) -> None:  # fmt: skip
    put_files(interim_directory)
    begun: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
    work = import_file(make_batch(), NAMES[0], initial_load=True, started=begun.set_result)
    task = asyncio.create_task(work)
    run_id = (await begun).run_id
    await client.post(f"/runs/{run_id}/stop")
    with pytest.raises(errors.RunStopped):
        await asyncio.wait_for(task, 5)
    assert (await told(client, str(run_id)))["state"] == "stopped"


@pytest.mark.parametrize("stalls", [True, False])
async def test_a_transfer_stops_promptly_also_where_the_server_says_nothing(
    stalls: bool, make_batch: MakeBatch, interim_directory: Path, tmp_path: Path
) -> None:
    server_directory = tmp_path / "server"
    server_directory.mkdir()
    (server_directory / NAMES[0]).write_bytes(bytes(5_000_000))
    authority = Authority()
    authority.write_to(tmp_path / "authority.pem")
    password = SecretStr("hemmelig")
    with CprFileServer(server_directory, {"cpr": password}, authority.issue("localhost")) as server:
        ftp = FtpSettings(
            host="localhost", port=server.port, user="cpr", password=password, ca_file=tmp_path / "authority.pem"
        )  # fmt: skip
        batch = make_batch(ftp=ftp)
        wrong = {"transfer": Break.STALL, "after_bytes": 1000} if stalls else {"bytes_per_second": 50_000}
        server.faults.take(Faults(**wrong))
        heard: list[object] = []
        begun: list[Running] = []
        task = asyncio.create_task(transfer.fetch(batch, started=begun.append, progress=heard.append))

        async def has_begun() -> bool:
            return bool(heard)

        await until(has_begun)
        await runs.request_stop(batch.pool, begun[0].run_id)
        with pytest.raises(errors.RunStopped):
            await asyncio.wait_for(task, 8)
        assert (await runs.load(batch.pool, begun[0].run_id)).state is RunState.STOPPED
        assert NAMES[0] not in [path.name for path in interim_directory.iterdir()]
        server.faults.none()
        [done] = await transfer.fetch(batch)
        assert (interim_directory / NAMES[0]).read_bytes() == bytes(5_000_000)
        assert done.renamed_to == f"x{NAMES[0]}"


async def test_the_block_of_a_run_may_have_time_limits_of_its_own(pool: Pool) -> None:
    run = Running()
    with pytest.raises(TimeoutError):
        async with runs.running(pool, RunKind.BATCH, run=run):
            raise TimeoutError
    assert (await runs.load(pool, run.run_id)).state is RunState.FAILED


class Events:
    """Server-sent events, as they come."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.aiter_lines()

    async def next(self) -> dict[str, Any]:
        """The next event, comments skipped."""
        fields: dict[str, Any] = {}
        async for line in self._lines:
            if not line and fields:
                return fields | {"data": json.loads(fields["data"])}
            name, _, value = line.partition(": ")
            if name:
                fields[name] = value
        raise EOFError


def watch(client: httpx.AsyncClient, run_id: str, last: str | None = None) -> Any:
    headers = {"Last-Event-ID": last} if last else {}
    return client.stream("GET", f"/runs/{run_id}/progress", headers=headers)


async def test_progress_is_followed_to_the_end_and_a_reconnect_misses_nothing(
    client: httpx.AsyncClient, blocked: contextlib.AsyncExitStack, interim_directory: Path
) -> None:
    run_id = await importing(client, interim_directory)
    async with watch(client, run_id) as answer:
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (
            200,
            "text/event-stream",
        )
        first = await Events(answer).next()
        assert (first["event"], first["data"]["state"], len(first["data"]["parts"])) == (
            "progress",
            "running",
            2,
        )
    await blocked.aclose()
    async with watch(client, run_id, first["id"]) as answer:
        events = Events(answer)
        seen = [await events.next()]
        while seen[-1]["event"] != "ended":
            seen.append(await events.next())
        with pytest.raises(EOFError):
            await events.next()
    assert first["id"] not in [event["id"] for event in seen]
    last = seen[-1]["data"]
    assert (last["state"], last["counts"]) == ("finished", {"imported": 2})
    progress = last["parts"][0]["progress"]
    assert (progress["file"], progress["unit"], progress["total"]) == (NAMES[0], "persons", 20)
    async with watch(client, run_id, seen[-1]["id"]) as answer:
        with pytest.raises(EOFError):
            await Events(answer).next()


async def test_there_may_be_so_many_watchers_and_each_needs_a_token_and_a_run(
    client: httpx.AsyncClient, blocked: contextlib.AsyncExitStack, interim_directory: Path
) -> None:
    run_id = await importing(client, interim_directory)
    async with watch(client, run_id) as first, watch(client, run_id) as second:
        watched = Events(first), Events(second)  # kept: one that is dropped ends its answer
        for events in watched:
            await events.next()
        refused = await client.get(f"/runs/{run_id}/progress")
        assert (refused.status_code, slug(refused)) == (503, "too-many-watchers")
    unknown = await client.get("/runs/00000000-0000-0000-0000-000000000000/progress")
    assert (unknown.status_code, slug(unknown)) == (404, "run-unknown")
    client.headers.pop("authorization")
    assert (await client.get(f"/runs/{run_id}/progress")).status_code == 401


async def test_a_service_that_stops_lets_its_watchers_go(client: httpx.AsyncClient, pool: Pool) -> None:
    run = Running()
    await runs.begin(pool, run, RunKind.BATCH)  # it belongs to a process that says nothing
    async with watch(client, str(run.run_id)) as answer:
        events = Events(answer)
        await events.next()
        client.extensions.handle_exit(15, None)  # type: ignore[attr-defined]
        async with asyncio.timeout(10):
            with pytest.raises(EOFError):
                await events.next()


async def test_the_remaining_time_and_the_parts_of_a_whole_are_shown(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    put_files(interim_directory)
    begun: list[Running] = []
    seen: set[tuple[str, int]] = set()
    await import_all(
        make_batch(), initial_load=True, started=begun.append, progress=lambda each: seen.add((each.file, each.done))
    )  # fmt: skip
    assert {(name, 20) for name in NAMES} <= seen
    shown = await watching.look(pool, begun[0].run_id)
    assert shown.is_ended
    assert [part.progress and part.progress["done"] for part in shown.parts] == [20, 20]
