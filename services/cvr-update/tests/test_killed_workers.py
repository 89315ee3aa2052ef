"""Several processes at once, some of them killed: every task is done, and each change is applied once."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

from registerbro.database import Pool

from tests.support.cvr_updates import companies, events, imported, imports, left, names, synchronised
from tests.support.processes import inherited
from tests.support.waiting import until

COMPANIES = int(os.environ.get("REGISTERBRO_TEST_UPDATES", "600"))
RENAMED = "Nordhavn Vaerft A/S"
SECONDS = 30 + COMPANIES / 20


@contextlib.contextmanager
def worker(url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that works the queue."""
    words = [sys.executable, "-m", "tests.support.cvr_update_worker", url, str(COMPANIES), RENAMED]
    process = subprocess.Popen(words, env=inherited())
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_three_work_and_two_are_killed(pool: Pool, database_url: str) -> None:
    ids = await imported(pool, companies(COMPANIES))
    await synchronised(pool, ids)
    workers: set[str] = set()

    async def have_begun() -> bool:
        workers.update(
            row[0].split()[0]
            for row in await pool.fetch("select leased_by from service_queue where leased_by is not null")
        )
        return len(workers) >= 3

    with worker(database_url) as first, worker(database_url) as second, worker(database_url) as third:
        await until(have_begun, seconds=SECONDS)
        first.kill()

        async def is_halfway() -> bool:
            return await left(pool) < COMPANIES / 2

        await until(is_halfway, seconds=SECONDS)
        second.kill()

        async def has_ended() -> bool:
            return third.poll() is not None

        await until(has_ended, seconds=SECONDS)
        assert third.returncode == 0
    assert await left(pool) == 0
    assert set((await names(pool)).values()) == {RENAMED}
    assert {row[0] for row in await pool.fetch("select version from contact")} == {2}
    assert await pool.fetchval("select count(*) from contact_version") == COMPANIES
    applied = await events(pool, "cvr.update.applied")
    assert sorted(each["contact_id"] for each in applied) == sorted(ids)
    assert {each["failure"] for each in (await imports(pool)).values()} == {None}
    assert await pool.fetchval("select run_done >= $1 from cvrupdate_state", COMPANIES)
