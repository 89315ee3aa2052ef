"""What happens to fictional persons: each event, whom it touches, and the change file that tells of it."""

import dataclasses
import datetime as dt
import itertools
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registerbro.cpr import reader
from registerbro_sandbox.persons import (
    CannotHappen,
    Change,
    Delivered,
    Delivery,
    Form,
    Layout,
    LifeEvent,
    Named,
    Person,
    Population,
    World,
    write_changes,
)
from registerbro_sandbox.persons.numbers import SLOTS
from registerbro_sandbox.persons.person import RELATIONS
from registerbro_sandbox.persons.render import records
from registerbro_sandbox.persons.world import COMMON

DAY = dt.date(2026, 3, 3)


@dataclasses.dataclass
class Story:
    """One event to somebody: before, after, and everybody delivered."""

    before: Person
    after: Person
    delivered: list[Delivered]
    world: World

    @property
    def marks(self) -> list[tuple[str, str]]:
        """Event code and derived mark of each person, in the order of the file."""
        return [(row["event"], row["derived_mark"]) for _, events in self.delivered for row in events]


def tell(event: LifeEvent, seed: int = 5) -> Story:
    world = World(Population(seed, 1600))
    index = world.first(event, DAY)
    before = world.person(index)
    delivered = list(world.deliver(Change(DAY, (Named(event, index),))))
    return Story(before, world.person(index), delivered, world)


def test_moves() -> None:
    story = tell(LifeEvent.MOVES)
    old, new = story.before.current("002"), story.after.current("002")
    assert new["moved_in"] == "202603031120"
    assert story.after.current("003")["post_code"]
    last = story.after.rows["023"][-1]
    assert (last["road_code"], last["house_number"]) == (old["road_code"], old["house_number"])
    assert (last["moved_in"], last["moved_out"]) == (old["moved_in"], new["moved_in"])
    assert story.marks == [("A01", "")]


def test_marries() -> None:
    story = tell(LifeEvent.MARRIES)
    spouse = story.world.find(story.after.current("012")["spouse_pnr"])
    assert spouse is not None
    assert spouse.current("012") == {
        "civil_status": "G",
        "spouse_pnr": story.after.number,
        "civil_status_start": "202603031120",
    }
    assert sorted(story.marks) == [("A24", ""), ("A24", "NÆ")]


def test_divorces() -> None:
    story = tell(LifeEvent.DIVORCES)
    assert story.after.current("012")["civil_status"] == "F"
    assert story.after.rows["029"][-1]["civil_status"] == "G"
    assert story.after.rows["029"][-1]["civil_status_end"] == "202603031120"
    assert sorted(story.marks) == [("A24", ""), ("A24", "TÆ")]


def test_dies() -> None:
    world = World(Population(5, 1600))
    index = next(
        i
        for i in range(1600)
        if world.person(i).lives_here and world.person(i).current("012")["civil_status"] == "G"
    )
    spouse = world.person(index).current("012")["spouse_pnr"]
    delivered = list(world.deliver(Change(DAY, (Named(LifeEvent.DIES, index),))))
    dead, widowed = world.person(index), world.find(spouse)
    assert (dead.status, dead.current("001")["status_start"]) == ("90", "202603031120")
    assert dead.current("012")["civil_status"] == "D"
    assert "002" not in dead.rows
    assert set(dead.current("003")) == {"addressing_name"}
    assert widowed is not None
    assert widowed.current("012")["civil_status"] == "E"
    assert {row["derived_mark"] for _, rows in delivered for row in rows} == {"", "ÆG"}


def test_changes_name() -> None:
    story = tell(LifeEvent.CHANGES_NAME)
    assert story.after.current("008")["last_name"] != story.before.current("008")["last_name"]
    assert story.after.current("003")["addressing_name"] == story.after.current("008")["addressing_name"]
    assert story.after.rows["026"][-1]["last_name"] == story.before.current("008")["last_name"]
    assert story.marks == [("A13", "")]


def test_changes_number() -> None:
    story = tell(LifeEvent.CHANGES_NUMBER)
    old, new = story.world.find(story.before.number), story.after
    assert old is not None
    assert new.number != old.number == story.before.number
    assert old.current("001")["current_pnr"] == new.number
    assert old.status == "60"
    assert "002" not in old.rows
    assert (new.status, new.rows["022"][-1]["old_pnr"]) == ("01", old.number)
    assert not [p for p in story.world if p is not old and p.mentions(old.number) and p.number != old.number]
    assert Counter(story.marks)[("P03", "PN")] == 1
    assert Counter(story.marks)[("P03", "")] == 1
    assert len(story.delivered) > 2  # relatives with the new number


def test_gets_and_loses_a_guardian() -> None:
    kinds = Counter[str]()
    for seed in range(12):
        story = tell(LifeEvent.GETS_GUARDIAN, seed)
        row = story.after.current("017") or story.after.current("052")
        kinds[row["relation_type"]] += 1
        kinds["052"] += "052" in story.after.rows
        assert story.marks[0][0] == "A73"
        if row["relation_type"] == "0001":
            assert sorted(story.marks) == [("A73", ""), ("A73", "NV")]
        index = next(i for i in range(1600) if story.world.person(i).number == story.after.number)
        list(story.world.deliver(Change(DAY + dt.timedelta(1), (Named(LifeEvent.LOSES_GUARDIAN, index),))))
        assert not {"017", "052"} & set(story.world.person(index).rows)
    assert {"0001", "0002", "052"} <= set(kinds)


def test_gets_and_loses_protection() -> None:
    story = tell(LifeEvent.GETS_PROTECTION)
    assert {"protection_type": "0001", "start": "2026-03-03", "end": "2027-03-03"} in story.after.rows["004"]
    assert story.marks == [("A33", "")]
    lost = tell(LifeEvent.LOSES_PROTECTION)
    assert "0001" not in [row["protection_type"] for row in lost.after.rows["004"]]
    assert lost.marks == [("P11", "")]


def test_emigrates_and_returns() -> None:
    story = tell(LifeEvent.EMIGRATES)
    assert story.after.status == "80"
    assert story.after.current("005")["emigrated"] == "202603031120"
    assert story.marks == [("A06", "")]
    back = tell(LifeEvent.RETURNS)
    assert back.after.status == "01"
    assert "005" not in back.after.rows
    assert back.after.rows["024"][-1]["entry"] == "202603031120"
    assert back.after.current("003")["post_code"]


def test_is_born() -> None:
    story = tell(LifeEvent.IS_BORN)
    child, events = story.delivered[-1]
    assert events[0]["event"] == "A14"
    assert child.current("015")["mother_pnr"] == story.after.number
    assert {"child_pnr": child.number} in story.after.rows["014"]
    assert child.current("002")["road_code"] == story.after.current("002")["road_code"]
    assert 0 < DAY.toordinal() - child.born < 60
    assert ("A14", "MO") in story.marks
    assert story.world.find(child.number) is not None


def test_two_children_of_one_family_have_two_numbers() -> None:
    world = World(Population(5, 1600))
    mother = world.first(LifeEvent.IS_BORN, DAY)
    for days in (0, 5, 10):
        list(world.deliver(Change(DAY + dt.timedelta(days), (Named(LifeEvent.IS_BORN, mother),))))
    children = [p.number for p in world.family(mother // SLOTS) if p.slot >= SLOTS]
    assert len(set(children)) == 3
    assert len(set(world.person(mother).rows["014"][-1].values()) & set(children)) == 1


@pytest.mark.parametrize("event", LifeEvent)
def test_a_dead_person_lives_no_more(event: LifeEvent) -> None:
    world = World(Population(5, 1600))
    index = next(
        i for i in range(1600) if world.person(i).status == "90" and not world.person(i).rows.get("004")
    )
    before = [list(records(p)) for p in world.family(index // SLOTS)]
    with pytest.raises(CannotHappen, match=f"{event}: person {index} "):
        world.deliver(Change(DAY, (Named(event, index),)))
    assert [list(records(p)) for p in world.family(index // SLOTS)] == before
    assert not world.past


def test_a_change_before_the_first_extract_is_refused() -> None:
    with pytest.raises(ValueError, match="after the first of January 2025"):
        Change(dt.date(2025, 1, 1))
    with pytest.raises(ValueError, match="between 0 and 1"):
        Change(DAY, share=1.5)
    with pytest.raises(IndexError):
        World(Population(1, 10)).deliver(Change(DAY, (Named(LifeEvent.MOVES, 10),)))


# Files and worlds


def read(path: Path, spool: Path) -> list[reader.PersonRecords]:
    problems: list[reader.Problem] = []
    found = list(reader.persons(path, reader.scan(path), problems.append, spool))
    assert not problems
    return [person for person in found if isinstance(person, reader.PersonRecords)]


def test_a_change_file_has_the_full_records_of_everybody_touched(tmp_path: Path) -> None:
    world = World(Population(5, 1600))
    named = [
        Named(LifeEvent.MOVES, world.first(LifeEvent.MOVES, DAY)),
        Named(LifeEvent.DIVORCES, world.first(LifeEvent.DIVORCES, DAY)),
    ]
    delivery = Delivery(DAY, previous=DAY - dt.timedelta(1), task="463001")
    written = write_changes(tmp_path, world, Change(DAY, tuple(named)), delivery)
    summary = reader.scan(written.path)
    assert (written.path.name, summary.task_number) == ("d260303.l463001", "463001")
    assert summary.previous_production_date == DAY - dt.timedelta(1)
    assert summary.declared == summary.records == written.records
    for person in read(written.path, tmp_path):
        now = world.find(person.number.value)
        assert now is not None
        assert [r.text for r in person.records if r.type != "099"] == [text.rstrip() for text in records(now)]
        assert any(r.type == "099" for r in person.records)


def test_a_failed_change_leaves_nothing_behind(tmp_path: Path) -> None:
    world = World(Population(5, 1600))
    with pytest.raises(CannotHappen):
        write_changes(tmp_path, world, Change(DAY, (Named(LifeEvent.RETURNS, 5),)), Delivery(DAY))
    assert list(tmp_path.iterdir()) == []
    assert not world.past


def test_a_share_touches_about_that_share_with_every_kind_of_event(tmp_path: Path) -> None:
    world = World(Population(5, 20_000))
    written = write_changes(tmp_path, world, Change(DAY, share=0.1), Delivery(DAY))
    assert 0.07 < written.persons / 20_000 < 0.13
    codes = Counter(
        r.text[25:28] for person in read(written.path, tmp_path) for r in person.records if r.type == "099"
    )
    assert set(codes) - {"P11"} == {"A01", "A04", "A06", "A13", "A14", "A21", "A24", "A33", "A73", "P03"}
    assert codes["A01"] > sum(codes.values()) / 3
    assert set(COMMON) == set(LifeEvent)


CHANGES = st.lists(
    st.tuples(st.sampled_from([0.0, 0.2, 0.6]), st.sampled_from(LifeEvent)), min_size=1, max_size=6
)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 50), steps=CHANGES)
def test_a_world_stays_true_to_itself_whatever_happens(
    seed: int, steps: list[tuple[float, LifeEvent]]
) -> None:
    world = World(Population(seed, 320))
    for days, (share, event) in enumerate(steps):
        day = DAY + dt.timedelta(days)
        try:
            named: tuple[Named, ...] = (Named(event, world.first(event, day)),)
        except CannotHappen:
            named = ()
        delivered = list(world.deliver(Change(day, named, share)))
        persons = list(world)
        by_number = {person.number: person for person in persons}
        assert len(by_number) == len(persons)
        for person, _ in delivered:  # what was delivered is what the world says afterwards
            assert list(records(by_number[person.number])) == list(records(person))
        _check(persons, by_number)


def _check(persons: list[Person], by_number: dict[str, Person]) -> None:
    """Who lives here has an address; nobody names a number that was given up by an event; no home is left before it is entered."""
    for person in persons:
        assert person.lives_here == ("002" in person.rows and person.status != "20")
        for row in person.rows.get("023", []):
            assert row["moved_in"] <= row["moved_out"] or row.get("correction_mark")
        if not person.current("001").get("current_pnr"):
            named = [row.get(field, "") for kind, field in RELATIONS for row in person.rows.get(kind, [])]
            assert not [
                n
                for n in named
                if n in by_number and by_number[n].status == "60" and by_number[n].slot >= SLOTS
            ]


def test_what_was_delivered_last_is_the_state_of_the_world() -> None:
    """A receiver that keeps the newest delivery of each number knows everybody as they are."""
    world = World(Population(9, 640))
    known = {person.number: list(records(person)) for person in world}
    for days in range(6):
        for person, _ in world.deliver(Change(DAY + dt.timedelta(days), share=0.3)):
            known[person.number] = list(records(person))
    assert known == {person.number: list(records(person)) for person in world}


def test_the_same_changes_lead_to_the_same_world() -> None:
    changes = [Change(DAY + dt.timedelta(days), share=0.2) for days in range(3)]
    lived, told = World(Population(9, 640)), World(Population(9, 640), changes)
    for change in changes:
        list(lived.deliver(change))
    assert [list(records(p)) for p in lived] == [list(records(p)) for p in told]


def test_a_change_to_one_person_costs_no_more_in_a_million() -> None:
    world = World(Population(9, 1_000_000))
    index = 999_000 + next(i for i in range(1000) if world.person(999_000 + i).lives_here)
    delivered = list(world.deliver(Change(DAY, (Named(LifeEvent.MOVES, index),))))
    assert [person.number for person, _ in delivered] == [world.person(index).number]


@pytest.mark.parametrize(("form", "end"), list(itertools.product(["lines", "stream"], ["\n", "\r\n"])))
def test_a_change_file_comes_in_every_form(form: str, end: str, tmp_path: Path) -> None:
    world = World(Population(5, 640))
    layout = Layout(form=Form(form), line_end=end, addresses_last=True)
    written = write_changes(tmp_path, world, Change(DAY, share=0.2), Delivery(DAY, layout=layout))
    assert len(read(written.path, tmp_path)) == written.persons
    assert (b"\r\n" in written.path.read_bytes()) == (form == "lines" and end == "\r\n")
