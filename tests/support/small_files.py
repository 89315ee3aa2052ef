"""Small subscription files for tests: a few fictional persons, each as the test wants to have them."""

import datetime as dt
import io
from collections.abc import Iterable

from registerbro.cpr.writer import write_file

from tests.support.cpr_files import TASK, record

FIRST_DAY = dt.date(2025, 6, 2)
PERSONS = tuple(f"01017{number:05}" for number in range(100, 160))


def day(number: int) -> dt.date:
    """The production date of the ``number``-th file, from 1."""
    return FIRST_DAY + dt.timedelta(days=number - 1)


def name_of(number: int, task: str = TASK) -> str:
    """What CPR calls that file."""
    return f"d{day(number):%y%m%d}.l{task}"


def person(
    number: str,
    *,
    street: str = "Møllevej 1",
    name: str = "Anna",
    is_dead: bool = False,
    has_home: bool = True,
) -> list[str]:
    """The records of somebody."""
    status = {"status": "90", "status_start": "202505011200"} if is_dead else {"status": "01"}
    records = [record("001", number, sex="K", birth_date=dt.date(1970, 1, 1), **status)]
    if has_home and not is_dead:
        records += [
            record("002", number, municipality_code="0101", moved_in="202003011230"),
            record("003", number, addressing_name="Ål,Anna", standard_address=street, post_code="2850"),
        ]
    if name:
        records.append(record("008", number, first_names=name, last_name="Ål"))
    return records


def delivery(
    records: Iterable[str], number: int = 1, *, previous: int | None = None, task: str = TASK
) -> bytes:
    """The ``number``-th file of a task with these records; the one before it is ``previous``."""
    target = io.BytesIO()
    write_file(
        target,
        records,
        task_number=task,
        production_date=day(number),
        previous_production_date=day(number - 1 if previous is None else previous),
    )
    return target.getvalue()


def living(count: int, street: str = "Møllevej 1") -> list[str]:
    """The records of the first ``count`` persons, alive and at home."""
    return [each for number in PERSONS[:count] for each in person(number, street=street)]


def dying(dead: int, count: int) -> list[str]:
    """The same persons, the first ones dead."""
    return [
        each
        for place, number in enumerate(PERSONS[:count])
        for each in person(number, is_dead=place < dead, street="Nygade 2")
    ]
