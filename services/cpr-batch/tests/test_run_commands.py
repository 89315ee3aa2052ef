"""Commands for runs, as processes where they are broken off: stop, retry, watch, schedule, and the whole job in steps."""

import asyncio
import contextlib
import datetime as dt
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cpr_batch.cli import app
from registerbro import features, telemetry
from registerbro.database import Pool
from registerbro.features import Feature
from registerbro_sandbox.persons import Delivery, Population, write_extract
from typer.testing import CliRunner, Result

from tests.support.cpr_files import extract, simple_person
from tests.support.ftp import FtpServer
from tests.support.waiting import until

NAMES = ("d240517.l123401", "d240518.l123401")
COMMAND = Path(sys.executable).parent / "cpr-batch"


@pytest.fixture
async def environment(
    database_url: str, pool: Pool, interim_directory: Path, vsftpd: FtpServer, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:  # fmt: skip
    """The settings, as variables; the module CPR is on."""
    async with pool.acquire() as connection:
        await features.switch(connection, Feature.CPR, enabled=True, by="test")
    monkeypatch.setattr(telemetry, "configure_logging", lambda *_, **__: None)
    for number, name in enumerate(NAMES):
        persons = [f"{day:02}0{number + 1}701996" for day in range(1, 21)]
        lines = [line for person in persons for line in simple_person(person)]
        (interim_directory / name).write_bytes(extract(lines))
    section = "REGISTERBRO_CPR_BATCH__"
    return {
        "REGISTERBRO_DATABASE__URL": database_url,
        f"{section}INTERIM_DIRECTORY": str(interim_directory),
        f"{section}FTP__HOST": vsftpd.host,
        f"{section}FTP__PORT": str(vsftpd.port),
        f"{section}FTP__USER": vsftpd.user,
        f"{section}FTP__PASSWORD": vsftpd.password,
        f"{section}FTP__DIRECTORY": vsftpd.folder.name,
        f"{section}FTP__CA_FILE": str(ca_file),
        f"{section}CHUNK_PERSONS": "10",
    }


async def run(environment: dict[str, str], *words: str, **changes: str) -> Result:
    """The command, in a thread with a loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, words, env=environment | changes)


@contextlib.asynccontextmanager
async def importing(
    environment: dict[str, str], pool: Pool
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """``import --all`` in a process of its own, in the midst of a file for as long as the block lasts; and its run."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REGISTERBRO_")}
    async with pool.acquire() as other:
        await other.execute("begin; lock table cpr_outcome in exclusive mode")
        process = await asyncio.create_subprocess_exec(
            COMMAND, "import", "--all", "--initial-load", env=inherited | environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

        async def has_begun() -> object:
            return await pool.fetchval(
                "select parent_id from cpr_run where state = 'running' and file_id is not null"
            )

        try:
            await until(has_begun)
            yield process, str(await has_begun())
        finally:
            await other.execute("rollback")
            if process.returncode is None:
                process.kill()
                await process.wait()


async def last_line(process: asyncio.subprocess.Process) -> str:
    """What a process says that fails."""
    _, stderr = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert b"Traceback" not in stderr
    return stderr.decode().splitlines()[-1]


async def test_ctrl_c_ends_with_a_sentence_and_takes_the_files_off(
    environment: dict[str, str], pool: Pool
) -> None:
    async with importing(environment, pool) as (process, run_id):
        process.send_signal(signal.SIGINT)
        assert (await last_line(process)).startswith("cpr-batch: stopped;")
    states = await pool.fetch("select state from cpr_run")
    assert {row["state"] for row in states} == {"stopped"}
    assert await pool.fetchval("select count(*) from contact") == 0
    again = await run(environment, "retry", run_id, "--json")
    assert again.exit_code == 0, again.output
    assert [each["outcome"] for each in json.loads(again.stdout)] == ["imported"] * 2


async def test_a_run_is_stopped_watched_and_started_again_by_command(
    environment: dict[str, str], pool: Pool
) -> None:
    async with importing(environment, pool) as (process, run_id):
        stopped = await run(environment, "stop", run_id)
        assert (stopped.exit_code, stopped.stdout) == (0, "the run is stopped\n")
        assert f"the run {run_id} was stopped on request" in await last_line(process)
    nothing = await run(environment, "stop", run_id)
    assert (nothing.exit_code, "there is nothing to stop" in nothing.stderr) == (1, True)
    assert (await run(environment, "watch", run_id)).exit_code == 1
    again = await run(environment, "retry", run_id)
    assert again.exit_code == 0, again.output
    new = str(await pool.fetchval("select run_id from cpr_run where retry_of = $1::text::uuid and file_id is null", run_id))  # fmt: skip
    watched = await run(environment, "watch", new)
    assert (watched.exit_code, watched.stdout) == (0, "import finished: imported 2\n")
    refused = await run(environment, "retry", new)
    assert (refused.exit_code, refused.stderr.splitlines()) == (
        1,
        [f"cpr-batch: the run {new} cannot be started again: it is finished"],
    )
    assert new in (await run(environment, "status")).stdout


async def test_the_whole_job_in_steps(environment: dict[str, str], vsftpd: FtpServer) -> None:
    write_extract(vsftpd.folder, Population(seed=2, size=30), Delivery(dt.date(2025, 6, 1)))
    refused = await run(environment, "run", "--step")
    assert (refused.exit_code, "needs a terminal" in refused.stderr) == (2, True)
    done = await run(environment, "run", "--step", "--yes", "--initial-load")
    assert done.exit_code == 0, done.output
    asked = [line for line in done.stderr.splitlines() if line.startswith("next: ")]
    assert asked == [
        "next: log on to the file server and list what waits",
        "next: fetch 1 files",
        "next: import 3 files of the interim directory",
    ]
    assert done.stdout.count("imported ") >= 3


async def test_the_schedule_says_when_the_next_run_comes(environment: dict[str, str]) -> None:
    assert (await run(environment, "schedule")).stdout.startswith("daily at: not set; next: never")
    at = {"REGISTERBRO_CPR_BATCH__DAILY_AT": "02:30"}
    found = json.loads((await run(environment, "schedule", "--json", **at)).stdout)
    assert found["daily_at"] == "02:30:00"
    assert dt.datetime.fromisoformat(found["next_at"]) > dt.datetime.now(dt.UTC)
    assert found["latest"] == []
