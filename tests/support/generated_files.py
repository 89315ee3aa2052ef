"""Generated subscription files about a few fictional persons: they move, marry, die, lose names and homes, change numbers."""

import dataclasses
import datetime as dt
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from registerbro.contacts.model import MappedContact
from registerbro.cpr.mapping import MappingContext, map_person
from registerbro.cpr.reader import PersonRecords, persons, scan
from registerbro.cpr.writer import Form, write_file

from tests.support.cpr_files import record
from tests.support.small_files import day

TASKS = ("123401", "123402")
PERSONS = 12
OWN = tuple((f"01017{n:05}", f"02027{n:05}") for n in range(200, 200 + PERSONS))


@dataclasses.dataclass(frozen=True)
class Made:
    """A file: its place in the task's row, and its content."""

    task: str
    number: int
    previous: int
    content: bytes

    @property
    def name(self) -> str:
        """What CPR calls it."""
        return f"d{day(self.number):%y%m%d}.l{self.task}"


def make(
    seed: int, task: str, number: int, previous: int, *, endings: float, form: Form = Form.LINES
) -> Made:
    """A file of some of the persons; ``endings`` is how likely each of them is to be ended or blanked."""
    dice = random.Random(seed)
    records = [
        each
        for own in dice.sample(OWN, dice.randint(3, PERSONS))
        for each in _person(dice, own, number, endings)
    ]
    if dice.random() < 0.2:  # as in files with all addresses at the end
        records.sort(key=lambda text: text.startswith("003"))
    with tempfile.TemporaryFile() as target:
        write_file(
            target,
            records,
            task_number=task,
            production_date=day(number),
            previous_production_date=day(previous),
            form=form,
        )
        target.seek(0)
        return Made(task, number, previous, target.read())


def _person(dice: random.Random, own: tuple[str, str], number: int, endings: float) -> Iterator[str]:
    current, other = own
    is_old = dice.random() < 0.1
    is_ended = dice.random() < endings
    fate = dice.choice(["dead", "nameless", "homeless", "blank name"]) if is_ended else "usual"
    if is_old:
        yield record("001", other, current_pnr=current, status="60", sex="K")
        return
    status = {"status": "90", "status_start": "202505011200"} if fate == "dead" else {"status": "01"}
    yield record("001", current, sex="K", birth_date=dt.date(1970, 1, 1), **status)
    if fate != "homeless":
        street = dice.choice(["Møllevej 1", "Nygade 2", "Torvet 3"])
        yield record("002", current, municipality_code="0101", moved_in=f"2024010{dice.randint(1, 3)}1230")
        yield record("003", current, addressing_name="Ål,Anna", standard_address=street, post_code="2850")
    if fate != "nameless":
        first = "\xa0" if fate == "blank name" else dice.choice(["Anna", "Bo"])
        yield record("008", current, first_names=first, last_name="" if fate == "blank name" else "Ål")
    if dice.random() < 0.3:
        yield record(
            "012",
            current,
            civil_status="G",
            spouse_pnr=dice.choice(OWN)[0],
            civil_status_start="202001011200",
        )
    if dice.random() < 0.15:
        yield record("022", current, old_pnr=other)
    yield record("099", current, updated="202505160900", event=dice.choice(["A01", "A45"]))


def deliveries(made: Made, fetched_at: dt.datetime) -> list[MappedContact]:
    """What the file says, as the reader and the mapping understand it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(made.content)
        summary = scan(path)
        context = MappingContext(summary.production_date, summary.task_number, fetched_at)
        return [
            map_person(item, context=context)
            for item in persons(path, summary, lambda _: None, path.parent)
            if isinstance(item, PersonRecords)
        ]
