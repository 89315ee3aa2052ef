"""An import that is killed, at every point of interest and at random moments, and begun anew each time.

In the end the store, the outcomes, the problems and the events are those of an undisturbed import.
"""

import contextlib
import datetime as dt
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cpr_batch.checkpoint import Point
from registerbro.database import Pool
from registerbro_sandbox.persons import Delivery, Population, write_extract

from tests.support import snapshot

PERSONS = 2000
CHUNK = 200
NAME = "d250601.l463003"
SEEDED: tuple[tuple[Point, int], ...] = (
    (Point.CLAIMED, 1),
    (Point.SCANNED, 1),
    (Point.IN_CHUNK, 1),
    (Point.CHUNK_DONE, 1),
    (Point.IN_CHUNK, 5),
    (Point.CHUNK_DONE, 7),
    (Point.IN_CHUNK, 10),
    (Point.CHUNK_DONE, 10),
    (Point.ENDING, 1),
    (Point.IMPORTED, 1),
    (Point.ERRORS_WRITTEN, 1),
    (Point.RENAMED_LOCALLY, 1),
)
RANDOM_KILLS = 20
SEED = 20110901


class Importer:
    """Runs imports in processes that can be killed."""

    def __init__(self, driver: "subprocess.Popen[str]", database_url: str, directory: Path) -> None:
        self._driver = driver
        self._job = {
            "database": database_url,
            "directory": str(directory),
            "name": NAME,
            "chunk_persons": CHUNK,
        }

    def run(self, *, kill_after: float | None = None, **changes: Any) -> bool:
        """One attempt; False if it was killed."""
        assert self._driver.stdin is not None
        self._driver.stdin.write(json.dumps(self._job | changes) + "\n")
        self._driver.stdin.flush()
        pid = int(self._line())
        killer = threading.Timer(kill_after, _kill, [pid]) if kill_after is not None else None
        if killer:
            killer.start()
        status = int(self._line())
        if killer:
            killer.cancel()
        assert status in (0, signal.SIGKILL), f"the import ended with status {status}"
        return status == 0

    def _line(self) -> str:
        assert self._driver.stdout is not None
        return self._driver.stdout.readline()


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def importer(database_url: str, interim_directory: Path) -> Iterator[Importer]:
    script = Path(__file__).with_name("crashing_imports.py")
    command = [sys.executable, str(script)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as driver:
        try:
            yield Importer(driver, database_url, interim_directory)
        finally:
            assert driver.stdin is not None
            driver.stdin.close()
            driver.wait(timeout=20)


@pytest.fixture
def file(interim_directory: Path) -> bytes:
    """A file with two records that are rejected and a wrong count."""
    written = write_extract(
        interim_directory, Population(seed=3, size=PERSONS), Delivery(dt.date(2025, 6, 1))
    )
    *lines, end, _ = written.path.read_bytes().split(b"\n")
    lines.insert(len(lines) // 2, b"777" + lines[len(lines) // 2][3:13])
    lines.append(b"778" + lines[-1][3:13])
    written.path.unlink()
    return b"\n".join([*lines, end, b""])


async def state(pool: Pool, directory: Path) -> dict[str, Any]:
    """Everything that an import leaves behind."""
    queries = {
        "outcomes": "select ordinal, outcome, groups from cpr_outcome order by ordinal",
        "problems": "select severity, line, byte_offset, record_type, field, reason from cpr_problem order by problem_id",
        "file": "select name, local_name, error_log, state from cpr_file",
        "finished": "select count(*) from cpr_run where state = 'finished'",
        "running": "select count(*) from cpr_run where state = 'running'",
    }
    return {
        "store": await snapshot.store(pool),
        "events": await snapshot.events(pool),
        "directory": {path.name: path.read_bytes() for path in directory.iterdir()},
        **{name: await pool.fetch(query) for name, query in queries.items()},
    }


async def begin_again(pool: Pool, directory: Path, content: bytes) -> None:
    await pool.execute("truncate contact, contact_number, source_record, cpr_file, cpr_run, outbox cascade")
    for path in directory.iterdir():
        path.unlink()
    (directory / NAME).write_bytes(content)


@pytest.fixture
async def undisturbed(pool: Pool, importer: Importer, interim_directory: Path, file: bytes) -> dict[str, Any]:
    """What an import leaves that nobody kills."""
    await begin_again(pool, interim_directory, file)
    assert importer.run()
    left = await state(pool, interim_directory)
    assert sum(left["store"]["source_record"].values()) > PERSONS * 0.9
    assert len(left["outcomes"]) == PERSONS
    assert len(left["problems"]) == 3
    assert left["directory"].keys() == {f"x{NAME}", f"err{NAME}"}
    await begin_again(pool, interim_directory, file)
    return left


def test_every_point_of_an_import_is_among_the_seeded_ones() -> None:
    of_orders = {
        Point.ORDERS_WRITTEN,
        Point.ORDERS_KEPT,
        Point.UPLOAD_BEGUN,
        Point.STORED_REMOTELY,
        Point.UPLOADED,
    }
    of_transfers = {
        Point.DOWNLOADED,
        Point.KEPT,
        Point.REGISTERED,
        Point.COMPANION_RENAMED,
        Point.RENAMED_REMOTELY,
        Point.TRANSFERRED,
    }
    of_questions = {Point.ASKING, Point.HELD}  # of files that are not imported
    assert set(Point) - of_transfers - of_orders - of_questions == {point for point, _ in SEEDED}


@pytest.mark.timeout(240)
async def test_killed_at_every_point_one_after_the_other(
    undisturbed: dict[str, Any], pool: Pool, importer: Importer, interim_directory: Path
) -> None:
    for point, nth in SEEDED:
        assert not importer.run(point=point, nth=nth), f"not killed at {point}"
    importer.run(name=NAME if (interim_directory / NAME).exists() else f"x{NAME}")
    assert await state(pool, interim_directory) == undisturbed


@pytest.mark.timeout(400)
async def test_killed_at_random_moments(
    undisturbed: dict[str, Any], pool: Pool, importer: Importer, interim_directory: Path, file: bytes
) -> None:
    chance = random.Random(SEED)
    started = time.monotonic()
    assert importer.run()
    usual = time.monotonic() - started
    kills = 0
    while kills < RANDOM_KILLS:
        await begin_again(pool, interim_directory, file)
        while kills < RANDOM_KILLS and (interim_directory / NAME).exists():
            kills += not importer.run(kill_after=chance.uniform(0.02, usual))
        if (interim_directory / NAME).exists():
            assert importer.run()
        elif await pool.fetchval("select exists (select from cpr_run where state = 'running')"):
            importer.run(name=f"x{NAME}")  # killed after the file was renamed, and before its run ended
        assert await state(pool, interim_directory) == undisturbed
