"""A first load in several files: who is known by number only so far can be dead, and nothing is lost by it."""

from collections.abc import Callable
from pathlib import Path

from cpr_batch.batch import Batch
from cpr_batch.imports import ImportOutcome, import_file

from tests.support.cpr_files import ANNA, TASK, record
from tests.support.small_files import PERSONS, delivery, dying, name_of, person

MakeBatch = Callable[..., Batch]
COUNT = 30
OTHER_TASK = "123402"


async def test_filling_placeholders_with_the_dead_is_no_ending(
    make_batch: MakeBatch, interim_directory: Path
) -> None:
    children = [record("014", ANNA, child_pnr=number) for number in PERSONS[:COUNT]]
    (interim_directory / name_of(1, TASK)).write_bytes(delivery([*person(ANNA), *children], task=TASK))
    (interim_directory / name_of(1, OTHER_TASK)).write_bytes(delivery(dying(COUNT, COUNT), task=OTHER_TASK))
    batch = make_batch()
    await import_file(batch, name_of(1, TASK), initial_load=True)
    done = await import_file(batch, name_of(1, OTHER_TASK), initial_load=True)
    assert (done.outcome, done.counts["filled"]) == (ImportOutcome.IMPORTED, COUNT)
