"""What Prometheus is shown: the figures of the database, also of runs that another process made."""

from collections.abc import Callable
from pathlib import Path

from cpr_batch.all_imports import import_all
from cpr_batch.batch import Batch
from cpr_batch.imports import import_file
from cpr_batch.metrics import FIGURES, Figures, shown
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from registerbro.database import Pool

from tests.support.cpr_files import ANNA, BENT, extract, simple_person
from tests.support.waiting import until

MakeBatch = Callable[..., Batch]
NAMES = ("d240517.l123401", "d240518.l123401", "d240519.l123401")


async def figure(pool: Pool, name: str, **labels: str) -> float | None:
    """A figure as it is now in the database."""
    figures, registry = Figures(), CollectorRegistry()
    registry.register(figures)
    await figures.read(pool)
    return registry.get_sample_value(f"registerbro_cpr_batch_{name}", labels)


async def test_figures_of_an_empty_store(pool: Pool) -> None:
    assert await figure(pool, "files", state="imported") == 0
    assert await figure(pool, "oldest_waiting_seconds") == 0
    assert await figure(pool, "last_run_timestamp_seconds", kind="import", state="finished") is None


async def test_files_persons_problems_and_runs_are_counted(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    good, cut_off, _ = NAMES
    people = [*simple_person(ANNA), *simple_person(BENT), f"004{BENT}{'A' * 40}"]
    (interim_directory / good).write_bytes(extract(people))
    (interim_directory / cut_off).write_bytes(extract(simple_person(ANNA))[:-30])
    started = await pool.fetchval("select extract(epoch from now())::float8")
    await import_all(make_batch(), initial_load=True)
    assert await figure(pool, "files", state="imported") == 1
    assert await figure(pool, "files", state="refused") == 1
    assert await figure(pool, "persons_total", outcome="created") == 2
    assert await figure(pool, "persons_total", outcome="imported") is None
    assert await figure(pool, "problems_total", severity="rejected") == 1
    ended = await figure(pool, "last_run_timestamp_seconds", kind="import", state="finished")
    assert ended is not None
    assert started <= ended <= await pool.fetchval("select extract(epoch from clock_timestamp())::float8")
    assert await figure(pool, "last_run_timestamp_seconds", kind="import", state="failed") is not None


async def test_a_file_that_waits_gets_older(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    (interim_directory / NAMES[0]).write_bytes(extract(simple_person(ANNA)))
    await import_file(make_batch(), NAMES[0], initial_load=True)
    assert await figure(pool, "oldest_waiting_seconds") == 0
    await pool.execute("update cpr_file set state = 'fetched', fetched_at = now() - interval '1 hour'")
    age = await figure(pool, "oldest_waiting_seconds")
    assert age is not None
    assert 3600 <= age < 3700


async def test_shown_while_the_service_runs_and_nothing_personal(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    (interim_directory / NAMES[2]).write_bytes(extract(simple_person(ANNA)))
    await import_file(make_batch(), NAMES[2], initial_load=True)

    async def is_read() -> bool:
        return bool(FIGURES.collect())

    async with shown(pool):
        await until(is_read)
        text = generate_latest(REGISTRY).decode()
    assert 'registerbro_cpr_batch_persons_total{outcome="created"} 1.0' in text
    assert NAMES[2] not in text
    assert ANNA not in text
    assert not FIGURES.collect()
