"""Fictional persons: always the same, never two with one number, true to each other, and in every form there is."""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registerbro.cpr import reader
from registerbro.cpr.numbers import CprNumber
from registerbro.cpr.person import raw_fields
from registerbro.cpr.writer import write_record
from registerbro_sandbox.persons import (
    MAX_SIZE,
    Delivery,
    Form,
    Layout,
    Person,
    Population,
    World,
    write_extract,
)
from registerbro_sandbox.persons.cases import PAIRS, SHOW_FAMILIES, SOLO
from registerbro_sandbox.persons.days import iso
from registerbro_sandbox.persons.numbers import (
    ERA,
    MAX_FAMILIES,
    NO_LONGER_ALL_MODULUS_11,
    SLOTS,
    VERSIONS,
    Births,
    newborn,
    number,
    passes_modulus_11,
)
from registerbro_sandbox.persons.person import RELATIONS
from registerbro_sandbox.persons.render import records

DELIVERY = Delivery(dt.date(2026, 3, 2))
SHOWN = SHOW_FAMILIES * SLOTS


@pytest.fixture(scope="module")
def shown() -> list[Person]:
    """The persons that show every case."""
    return list(Population(1, SHOWN))


@pytest.fixture(scope="module")
def crowd() -> list[Person]:
    """Enough persons for the cases to be as frequent as in life."""
    return list(Population(3, 4000))


def texts(person: Person) -> list[str]:
    return list(records(person))


# The same persons, always

DIGEST = "513a1cb133f7baee"


def test_the_same_seed_makes_the_same_file_on_every_machine(tmp_path: Path) -> None:
    written = write_extract(tmp_path, Population(1, SHOWN), DELIVERY)
    assert hashlib.sha256(written.path.read_bytes()).hexdigest()[:16] == DIGEST


def test_another_seed_makes_other_persons() -> None:
    assert {p.number for p in Population(1, 160)}.isdisjoint({p.number for p in Population(2, 160)})


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 9), size=st.integers(1, 200), index=st.integers(0, 199))
def test_a_person_depends_on_seed_and_index_alone(seed: int, size: int, index: int) -> None:
    if index < size:
        larger = Population(seed, 100_000)
        assert texts(Population(seed, size).person(index)) == texts(larger.person(index))


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17])
def test_a_population_has_the_size_asked_for(size: int) -> None:
    assert len(list(Population(1, size))) == len(Population(1, size)) == size


def test_refuses_sizes_and_indexes_that_it_has_no_numbers_for() -> None:
    with pytest.raises(ValueError, match="0 to"):
        Population(1, MAX_SIZE + 1)
    with pytest.raises(IndexError):
        Population(1, 10).person(10)


# Numbers


@settings(max_examples=100, deadline=None)
@given(
    family=st.integers(0, MAX_FAMILIES - 1),
    slot=st.integers(0, SLOTS - 1),
    version=st.integers(0, VERSIONS - 2),
    is_male=st.booleans(),
    is_administrative=st.booleans(),
)
def test_a_number_leads_back_to_its_family(
    family: int, slot: int, version: int, is_male: bool, is_administrative: bool
) -> None:
    births = Births(7)
    digits = births.number(family, slot, is_male, version, is_administrative=is_administrative)
    assert CprNumber.parse(digits).birth_date == dt.date.fromordinal(
        births.changed_birth_day(family, slot, version)
    )
    assert int(digits[-1]) % 2 == is_male
    assert family in births.families_of(digits)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, MAX_FAMILIES - 1),
    st.integers(dt.date(2025, 2, 1).toordinal(), dt.date(2036, 1, 1).toordinal()),
)
def test_a_newborn_has_a_birth_day_of_the_last_weeks_and_leads_back(family: int, day: int) -> None:
    born, digits, is_male = newborn(family, day, set())
    again, other, _ = newborn(family, day, {born})
    assert again < born <= day < born + 60
    assert other != digits
    assert CprNumber.parse(digits).birth_date == dt.date.fromordinal(born)
    assert int(digits[-1]) % 2 == is_male
    assert family in Births(7).families_of(digits)


@pytest.mark.parametrize(
    "day", ["1890-05-06", "1936-12-31", "1937-01-01", "1999-12-31", "2007-10-01", "2024-02-29"]
)
def test_all_numbers_of_a_day_are_different_and_of_its_century(day: str) -> None:
    born = dt.date.fromisoformat(day)
    digits = [number(born.toordinal(), is_male=True, ordinal=n) for n in range(1600)]
    assert len(set(digits)) == 1600
    assert {CprNumber.parse(one).birth_date for one in digits} == {born}


def test_no_two_persons_have_one_number_where_eras_repeat() -> None:
    births = Births(1)
    families = [*range(200), *range(ERA, ERA + 200), *range(2 * ERA, 2 * ERA + 200)]
    digits = [
        births.number(f, slot, bool(slot % 2), v) for f in families for slot in range(SLOTS) for v in range(3)
    ]
    digits += [newborn(family, dt.date(2025, 6, 1).toordinal(), set())[1] for family in families]
    assert len(set(digits)) == len(digits)


def test_numbers_pass_modulus_11_until_2007_and_one_in_four_fails_after(crowd: list[Person]) -> None:
    late = [passes_modulus_11(p.number) for p in crowd if p.born >= NO_LONGER_ALL_MODULUS_11]
    assert all(passes_modulus_11(p.number) for p in crowd if p.born < NO_LONGER_ALL_MODULUS_11)
    assert 0.65 < sum(late) / len(late) < 0.85


def test_a_person_never_shows_the_whole_number(shown: list[Person]) -> None:
    assert not [p for p in shown if p.number in repr(p)]


# Persons belong together


def test_parents_and_children_name_each_other(crowd: list[Person]) -> None:
    by_number = {person.number: person for person in crowd}
    pairs = 0
    for child in crowd:
        for parent in ("mother_pnr", "father_pnr"):
            found = by_number.get(child.current("015").get(parent, ""))
            if found and child.status not in {"50", "60"}:
                pairs += 1
                assert found.is_male == (parent == "father_pnr")
                assert child.born - found.born > 16 * 365
                assert {"child_pnr": child.number} in found.rows["014"]
    assert pairs > 3000


def test_the_married_name_each_other(crowd: list[Person]) -> None:
    by_number = {person.number: person for person in crowd}
    married = [p for p in crowd if p.current("012").get("civil_status") in {"G", "P"} and p.status == "01"]
    couples = [p for p in married if p.slot < 12]
    assert len(couples) > 300
    for person in couples:
        spouse = by_number[person.current("012")["spouse_pnr"]]
        assert spouse.current("012")["spouse_pnr"] == person.number


def test_everybody_named_in_a_family_is_a_member_or_known_to_be_outside(crowd: list[Person]) -> None:
    numbers = {p.number for p in crowd}
    named = Counter(
        row[field] in numbers
        for person in crowd
        for kind, field in RELATIONS
        for row in person.rows.get(kind, [])
        if row.get(field, "0000000000") != "0000000000"
    )
    assert named[True] > 8_000
    assert named[False] < 100  # the many children


def test_nothing_happens_before_birth_or_after_the_first_extract(crowd: list[Person]) -> None:
    for person in crowd:
        for row in person.rows.get("023", []):
            if not row.get("correction_mark"):
                assert row["moved_in"] <= row["moved_out"] < "20250102"
        status = person.current("001").get("status_start", "")
        assert status < "20250102"
        assert not status or status[:8] >= iso(person.born).replace("-", "")


# As records


def test_every_record_is_what_the_tables_writer_makes_of_it(shown: list[Person]) -> None:
    """The compiled templates cut nothing off, and fill as the register does."""
    for person in shown:
        plain = [
            write_record(kind, pnr=person.number, **row)
            for kind in sorted(person.rows)
            for row in person.rows[kind]
        ]
        assert texts(person) == plain


FORMS = [
    Layout(),
    Layout(line_end="\r\n"),
    Layout(trims=False),
    Layout(addresses_last=True),
    Layout(form=Form.STREAM),
    Layout(form=Form.STREAM, addresses_last=True),
]


def read_back(path: Path, spool: Path) -> Iterator[reader.PersonRecords]:
    problems: list[reader.Problem] = []
    for item in reader.persons(path, reader.scan(path), problems.append, spool):
        assert isinstance(item, reader.PersonRecords)
        yield item
    assert not problems


@pytest.mark.parametrize("layout", FORMS, ids=str)
def test_a_file_in_any_form_reads_back_to_the_same_persons(
    layout: Layout, shown: list[Person], tmp_path: Path
) -> None:
    written = write_extract(tmp_path, Population(1, SHOWN), Delivery(dt.date(2026, 3, 2), layout=layout))
    found = {person.number.value: person for person in read_back(written.path, tmp_path)}
    assert len(found) == written.persons == SHOWN
    for person in shown:
        rows = [(kind, row) for kind in sorted(person.rows) for row in person.rows[kind]]
        kept = [record for record in found[person.number].records if record.type != "099"]
        assert [record.type for record in kept] == [kind for kind, _ in rows]
        for record, (_, row) in zip(kept, rows, strict=True):
            fields = raw_fields(record)
            assert {name: fields[name].strip(" ") for name in row} == {
                name: text.strip(" ") for name, text in row.items()
            }


def test_a_first_extract_is_of_realistic_size(tmp_path: Path) -> None:
    written = write_extract(
        tmp_path, Population(3, 4000), Delivery(dt.date(2026, 3, 2), layout=Layout(form=Form.STREAM))
    )
    assert 13 < written.records / written.persons < 15
    assert 1350 < written.bytes / written.persons < 1600


def test_shares_are_as_in_life(crowd: list[Person]) -> None:
    status = Counter(person.status for person in crowd)
    assert 0.7 < status["01"] / len(crowd) < 0.85
    assert 0.1 < status["90"] / len(crowd) < 0.25
    assert 0.005 < status["80"] / len(crowd) < 0.03
    assert set(status) >= {"03", "05", "20", "60", "70"}


def test_the_world_finds_everybody_by_number(crowd: list[Person]) -> None:
    world = World(Population(3, 4000))
    for person in [*crowd[:600], *crowd[-100:]]:
        found = world.find(person.number)
        assert found is not None
        assert texts(found) == texts(person)
    assert world.find("0101010000") is None


def test_every_case_is_shown_once() -> None:
    assert len(SOLO) + len(PAIRS) == 45
    assert len(SOLO) <= SHOW_FAMILIES * 2
    assert len(PAIRS) <= SHOW_FAMILIES
