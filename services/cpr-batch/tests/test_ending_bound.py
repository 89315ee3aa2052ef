"""The scan's bound on how many persons a file can end is never below what a plan of the whole file finds."""

import contextlib
from collections.abc import Callable
from pathlib import Path

from cpr_batch.batch import Batch
from cpr_batch.brake import Tally, could_end
from cpr_batch.imports import import_file
from cpr_batch.reading import FileReading, look
from cpr_batch.settings import BrakeSettings
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from registerbro.cpr.mapping import map_person
from registerbro.cpr.reader import PersonRecords, persons, scan
from registerbro.cpr.writer import Form
from registerbro.database import Pool

from tests.support.cpr_files import CONTEXT, extract, record, simple_person
from tests.support.generated_files import make

MakeBatch = Callable[..., Batch]
NAME = "d250603.l123401"


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    seeds=st.lists(st.integers(0, 2**32), min_size=2, max_size=2),
    endings=st.sampled_from([0.1, 0.5, 0.9]),
    form=st.sampled_from(Form),
)
async def test_the_bound_is_never_below_the_exact_count(
    make_batch: MakeBatch,
    interim_directory: Path,
    pool: Pool,
    seeds: list[int],
    endings: float,
    form: Form,
) -> None:
    """Against a store of the same persons, some joined by the file, some known without name or home before."""
    await pool.execute("truncate contact, contact_number, source_record, cpr_file, cpr_run, outbox cascade")
    first, second = (
        make(seed, "123401", 2 + place, 1 + place, endings=endings * place, form=form)
        for place, seed in enumerate(seeds)
    )
    batch = make_batch(brake={"share": 1})
    batch.interim.path("first").write_bytes(first.content)
    await import_file(batch, "first", initial_load=True)
    path = interim_directory / NAME
    path.write_bytes(second.content)
    summary = await look(path)
    reading = await FileReading.of(batch, NAME, summary, batch.now(), is_initial_load=True)
    tally, mapped = Tally(BrakeSettings()), 0
    async with contextlib.aclosing(reading.plans(pool, batch.now())) as plans:
        async for chunk, results in plans:
            tally.add(chunk, results)
            mapped += sum(map(could_end, chunk.mapped))
    assert tally.endings <= mapped <= summary.could_end <= summary.persons


@settings(max_examples=150, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    records=st.lists(
        st.sampled_from(
            [
                ("001", {"status": "01"}),
                ("001", {"status": "90", "status_start": "202505011200"}),
                ("001", {"status": "90"}),
                ("001", {"status": "60", "current_pnr": "0202701998"}),
                ("002", {"municipality_code": "0101"}),
                ("002", {}),
                ("003", {"standard_address": "Møllevej 1"}),
                ("003", {"addressing_name": "Ål,Anna"}),
                ("003", {"locality": "\xa0"}),
                ("008", {"first_names": "Anna", "last_name": "Ål"}),
                ("008", {"first_names": "Anna"}),
                ("008", {"middle_name": "\xa0", "last_name": "Ål"}),
                ("022", {"old_pnr": "0202701998"}),
                ("777", {}),
            ]
        ),
        max_size=14,
    )
)
@example(records=[("001", {"status": "01"}), ("008", {"middle_name": "\xa0", "last_name": "Ål"})])
def test_the_bound_holds_for_any_records_of_a_person(
    tmp_path: Path, records: list[tuple[str, dict[str, str]]]
) -> None:
    """Two records of a type, the first one empty; a blank that is no space; a record that is rejected: as the mapping sees it."""
    made = [
        f"777{'0101701996'}" if kind == "777" else record(kind, "0101701996", **values)
        for kind, values in records
    ]
    path = tmp_path / "file"
    path.write_bytes(extract([*simple_person("0303721998"), *made]))
    summary = scan(path)
    items = persons(path, summary, lambda _: None, tmp_path)
    found = [map_person(item, context=CONTEXT) for item in items if isinstance(item, PersonRecords)]
    assert sum(map(could_end, found)) <= summary.could_end
