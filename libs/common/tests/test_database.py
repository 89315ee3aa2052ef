"""Migrations: applied once, by one of many, and nothing left to clear after a crash."""

import asyncio
import signal
import subprocess
import sys

from registerbro.database import Pool, migrate, migration_names


def test_migrate_applies_everything_once(empty_database_url: str) -> None:
    assert migrate(empty_database_url) == migration_names()
    assert migrate(empty_database_url) == []


async def test_concurrent_migrations_apply_each_file_once(empty_database_url: str) -> None:
    applied = await asyncio.gather(*(asyncio.to_thread(migrate, empty_database_url) for _ in range(4)))
    assert sorted(applied, key=len) == [[], [], [], migration_names()]


def test_a_killed_migration_leaves_no_lock(empty_database_url: str) -> None:
    """A process is killed while it holds the lock in the midst of its work; the next one carries on."""
    script = f"""
import registerbro.database as d, time
d._backend = lambda url: (print("locked", flush=True), time.sleep(600))
d.migrate({empty_database_url!r})
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"locked\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert migrate(empty_database_url) == migration_names()


async def test_partitions_of_days_to_come_take_rows(pool: Pool) -> None:
    await pool.execute(
        "insert into inbox (event_day, consumer, event_id) values (current_date + 13, 'c', gen_random_uuid())"
    )
    assert await pool.fetchval("select count(*) from inbox") == 1
