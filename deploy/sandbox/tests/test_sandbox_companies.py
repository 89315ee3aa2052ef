"""The sandbox's register of companies: what there is, what happens, and the events that tell of it."""

import datetime as dt
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registerbro_sandbox.companies import (
    Action,
    CannotHappen,
    Cease,
    Correct,
    CvrUnit,
    Entity,
    Event,
    Found,
    Hold,
    Kind,
    NoCompanies,
    Open,
    Recode,
    Release,
    Reopen,
    Repeat,
    Replace,
    UnknownUnit,
    World,
    happenings,
    numbers,
)
from registerbro_sandbox.companies.layout import CHAIN, Layout
from registerbro_sandbox.companies.names import companies_named, company_name
from registerbro_sandbox.direct.desk import danish_day
from stdnum.dk import cvr

KMD, BALLERUP = "26911745", "1003387453"
TODAY = danish_day()
TOMORROW = TODAY + dt.timedelta(days=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.begin(tmp_path, seed=3, companies=100)


def company(world: World, index: int = 0) -> CvrUnit:
    found = world.company(numbers.cvr_number(index))
    assert found is not None
    return found


def ballerup(world: World) -> CvrUnit:
    found = world.unit(BALLERUP)
    assert found is not None
    return found


def again(world: World, unit: CvrUnit) -> CvrUnit:
    found = world.by_id(unit.object_id)
    assert found is not None
    return found


def told(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.entity.value, event.action.value) for event in events]


@given(st.integers(0, numbers.MAX_COMPANIES - 1))
def test_company_numbers_are_valid_and_lead_back(index: int) -> None:
    number = numbers.cvr_number(index)
    assert cvr.is_valid(number)
    assert numbers.company_index(number) == index
    assert numbers.company_of_id(numbers.company_id(index)) == index


@given(st.integers(0, 5_000))
def test_each_unit_belongs_to_the_company_that_has_it(unit: int) -> None:
    layout = Layout(4_000)
    assert unit in layout.units_of(layout.company_of(unit))


@pytest.mark.parametrize("number", ["", "9900000", "990000077", "9900000x", "12345678", "00000000"])
def test_other_texts_are_no_company_numbers(number: str) -> None:
    assert numbers.company_index(number) is None


def test_millions_cost_nothing(tmp_path: Path) -> None:
    tracemalloc.start()
    world = World.begin(tmp_path, companies=1_000_000)
    last = world.unit(numbers.p_number(world.units - 1))
    found = world.search("tranehøj te", page=3, size=10)
    world.change(Recode(since=TODAY))
    storm = world.events(after=2_000_000, limit=10)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert world.companies + world.units > 2_000_000
    assert last is not None
    assert last.company == numbers.cvr_number(999_999)
    assert len(found.units) == 10
    assert all(unit.name(TODAY).startswith("Tranehøj Te") for unit in found.units)
    assert [event.id for event in storm] == list(range(2_000_001, 2_000_011))
    assert peak < 20_000_000


def test_the_same_seed_makes_the_same_companies(tmp_path: Path) -> None:
    one, same, other = (World.begin(tmp_path / n, seed, 50) for n, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert company(one, 7) == company(same, 7)
    assert company(one, 7) != company(other, 7)


def test_the_unit_of_the_vendors_guide_is_there(world: World) -> None:
    unit = ballerup(world)
    assert (unit.kind, unit.name(TODAY), unit.company) == (Kind.PRODUCTION_UNIT, "KMD A/S - Ballerup", KMD)
    assert [each.number for each in world.units_of(KMD)] == [BALLERUP]
    parent = world.company(KMD)
    assert parent is not None
    assert parent.name(TODAY) == "KMD A/S"


def test_every_unit_can_be_read(world: World) -> None:
    kinds, ceased, secret, chain = set(), 0, 0, world.units_of(numbers.cvr_number(CHAIN))
    for unit in filter(None, map(world.by_id, world.object_ids())):
        kinds.add(unit.kind)
        ceased += unit.ended() is not None
        secret += any(row.is_secret for row in unit.rows)
        assert unit.name(TODAY)
        assert unit.last(Entity.ADDRESS, TODAY)
        assert len(unit.last(Entity.INDUSTRY, TODAY)) in range(1, 5)
        assert not any(row.is_secret for row in unit.known())
    assert kinds == set(Kind)
    assert ceased
    assert secret
    assert len(chain) > 250


def test_db07_became_db25(world: World) -> None:
    rows = ballerup(world).known(Entity.INDUSTRY)
    before, after = sorted(rows, key=lambda row: row.virkning_fra)
    assert (before.values["vaerdi"], before.virkning_til) == ("620100", dt.date(2025, 1, 1))
    assert (after.values["vaerdi"], after.virkning_fra, after.virkning_til) == (
        "621000",
        dt.date(2025, 1, 1),
        None,
    )


def test_a_move_closes_the_old_row_and_keeps_what_was(world: World) -> None:
    before = ballerup(world)
    changed = world.change(happenings.moves(world, before, TODAY, {"CVRAdresse_vejnavn": "Nyvej"}))
    after = again(world, before)
    assert [row.values["CVRAdresse_vejnavn"] for row in after.at(Entity.ADDRESS, TODAY)] == ["Nyvej"]
    yesterday = TODAY - dt.timedelta(days=1)
    assert after.at(Entity.ADDRESS, yesterday)[0].values == before.at(Entity.ADDRESS, yesterday)[0].values
    long_ago = after.at(Entity.ADDRESS, TODAY, moment=changed.package.at - dt.timedelta(seconds=1))
    assert long_ago[0].values == before.at(Entity.ADDRESS, TODAY)[0].values
    events = world.events()
    assert told(events) == [("Adressering", "u"), ("Adressering", "i"), ("Adressering", "i")]
    assert {event.object_id for event in events} == {before.object_id}
    closed, kept, new = map(world.row_of, events)
    assert closed.registrering_til == changed.package.at
    assert (kept.virkning_til, new.virkning_fra, new.virkning_til) == (TODAY, TODAY, None)
    assert closed.row_id not in {kept.row_id, new.row_id}
    assert before.at(Entity.ADDRESS, TODAY)[0].values["CVRAdresse_vejnavn"] == "Lautrupparken"  # a snapshot


def test_a_name_to_come_waits(world: World) -> None:
    world.change(happenings.is_renamed(ballerup(world), "Senere A/S", TOMORROW))
    unit = again(world, ballerup(world))
    assert (unit.name(TODAY), unit.name(TOMORROW)) == ("KMD A/S - Ballerup", "Senere A/S")
    assert world.search("senere").units == []
    assert [u.number for u in world.search("KMD a/s - b").units] == [BALLERUP]


def test_what_stays_the_same_makes_no_event(world: World) -> None:
    unit = ballerup(world)
    changed = world.change(happenings.is_renamed(unit, unit.name(TODAY), TODAY))
    assert not changed.events


def test_industries_are_replaced_as_a_whole(world: World) -> None:
    unit = ballerup(world)
    world.change(happenings.works_as(world, unit, ["621000", "691000", "741100"], TODAY))
    world.change(happenings.works_as(world, unit, ["621000", "741100"], TODAY))
    rows = again(world, unit).at(Entity.INDUSTRY, TODAY)
    assert [row.values["vaerdi"] for row in rows] == ["621000", "741100"]


def test_what_is_cleared_or_secret_is_not_published(world: World) -> None:
    unit = ballerup(world)
    world.change(
        happenings.is_reached_at(unit, Entity.PHONE, "", TODAY),
        happenings.is_reached_at(unit, Entity.EMAIL, "x@firma.example", TODAY, is_secret=True),
    )
    after = again(world, unit)
    assert after.last(Entity.PHONE, TODAY) == []
    assert after.last(Entity.EMAIL, TODAY) == []


def test_who_ceased_keeps_the_last_state_and_can_live_again(world: World) -> None:
    unit = ballerup(world)
    world.change(happenings.is_renamed(unit, "Sidste dag", TODAY))
    world.change(Cease(object_id=unit.object_id, day=TODAY))
    ended = again(world, unit)
    assert (ended.ended(), ended.value(unit.master, TODAY, "status")) == (TODAY, "inaktiv")
    assert ended.at(Entity.PRODUCTION_UNIT, TODAY) == []
    assert ended.name(TOMORROW) == "Sidste dag"
    assert [e.handling for e in world.events() if e.has_ceased] == ["Ophoert"]
    with pytest.raises(CannotHappen):
        world.change(Cease(object_id=unit.object_id, day=TODAY))
    world.change(Reopen(object_id=unit.object_id, day=TOMORROW))
    alive = again(world, unit)
    assert (alive.ended(), alive.name(TOMORROW)) == (None, "Sidste dag")
    assert [row.values["status"] for row in alive.at(Entity.PRODUCTION_UNIT, TOMORROW)] == ["aktiv"]
    with pytest.raises(CannotHappen):
        world.change(Reopen(object_id=unit.object_id, day=TOMORROW))


def test_new_companies_and_units_are_found_by_everything(world: World) -> None:
    new = world.change(Found(day=TODAY, name="Splinterny ApS")).born[0]
    unit = world.change(Open(company=new.number, day=TODAY)).born[0]
    assert cvr.is_valid(new.number)
    assert world.company(new.number) == new
    assert world.unit(unit.number) == unit
    assert world.units_of(new.number) == [unit]
    assert {each.number for each in world.search("splinter").units} == {new.number, unit.number}
    events = [e for e in world.events() if e.object_id == unit.object_id]
    assert {e.action for e in events} == {Action.INSERTED}
    assert {Entity.UNIT, Entity.PRODUCTION_UNIT, Entity.NAME, Entity.ADDRESS} <= {e.entity for e in events}


def test_a_unit_is_sold(world: World) -> None:
    unit, buyer = ballerup(world), company(world)
    world.change(happenings.is_sold(unit, buyer, TODAY))
    assert again(world, unit).company == buyer.number
    assert world.units_of(KMD) == []
    assert BALLERUP in [each.number for each in world.units_of(buyer.number)]
    with pytest.raises(CannotHappen):
        happenings.is_sold(buyer, buyer, TODAY)


def test_a_storm_reaches_every_unit_and_is_remembered(world: World) -> None:
    moved = ballerup(world)
    world.change(happenings.moves(world, moved, TODAY))
    ended = next(u for u in filter(None, map(world.by_id, world.object_ids())) if u.ended())
    before = {u.object_id: u.value(Entity.INDUSTRY, TODAY) for u in (moved, ended, company(world))}
    numbers_told = world.change(Recode(since=TODAY)).events
    ids = list(world.object_ids())
    assert len(numbers_told) == 2 * len(ids)
    events = world.events(after=numbers_told.start - 1, limit=10_000)
    assert [event.object_id for event in events[::2]] == ids
    assert told(events[:2]) == [("Branche", "u"), ("Branche", "i")]
    for object_id, code in before.items():
        after = world.by_id(object_id)
        assert after is not None
        assert after.value(Entity.INDUSTRY, TODAY) != code
        rows = [world.row_of(event) for event in events if event.object_id == object_id]
        assert [row.sequence for row in rows] == [events[0].sequence] * 2
        assert rows[1] in after.rows
    assert again(world, ended).ended() == ended.ended()
    assert World.read(world.directory).by_id(moved.object_id) == again(world, moved)


def test_a_correction_deletes_and_inserts_and_changes_nothing(world: World) -> None:
    unit = ballerup(world)
    world.change(Correct(object_id=unit.object_id))
    after, events = again(world, unit), world.events()
    assert {e.action for e in events} == {Action.DELETED, Action.INSERTED}
    assert not any(event.has_ceased for event in events)
    deleted, inserted = events[:2]
    assert deleted.sequence < inserted.sequence
    assert [(r.entity, r.values, r.virkning_fra) for r in after.known()] == [
        (r.entity, r.values, r.virkning_fra) for r in unit.known()
    ]
    assert not {row.row_id for row in after.rows} & {row.row_id for row in unit.rows}


def test_events_of_a_failed_import_come_again_marked(world: World) -> None:
    with pytest.raises(CannotHappen):
        world.change(Repeat())
    first = world.change(happenings.moves(world, ballerup(world), TODAY)).events
    second = world.change(Repeat()).events
    events = world.events()
    assert [e.is_from_failed_import for e in events] == [False] * len(first) + [True] * len(second)
    assert world.row_of(events[0]) == world.row_of(events[3])


def test_the_watermark_is_held_back(world: World) -> None:
    world.change(happenings.moves(world, ballerup(world), TODAY))
    world.change(Hold())
    held = world.status()
    world.change(happenings.moves(world, ballerup(world), TODAY))
    assert world.status() == held
    assert world.events()[-1].id > held.last_event_id
    assert world.events()[-1].sequence > held.last_sequence
    world.change(Release())
    assert world.status().last_event_id == world.events()[-1].id


def test_events_are_kept_for_a_while(world: World) -> None:
    old = dt.datetime.now(dt.UTC) - dt.timedelta(days=10)
    world.change(happenings.moves(world, ballerup(world), TODAY), at=old)
    world.change(happenings.moves(world, ballerup(world), TODAY))
    short = World.read(world.directory, retention=dt.timedelta(days=5))
    assert [e.id for e in world.events()] == [1, 2, 3, 4, 5]
    assert [e.id for e in short.events()] == [4, 5]
    assert [e.id for e in short.events_between(old, dt.datetime.now(dt.UTC))] == [4, 5]


def test_events_lie_in_windows_of_time(world: World) -> None:
    times = [dt.datetime(2026, 3, day, tzinfo=dt.UTC) for day in (1, 2, 3)]
    for at in times:
        world.change(happenings.is_protected(ballerup(world), at.date(), on=at.day % 2 == 1), at=at)
    window = world.events_between(times[1], times[2])
    assert {event.at for event in window} == {times[1]}
    assert world.events_between(times[1], times[2], skip=1, limit=1) == window[1:2]
    assert world.events_between(times[1], times[2], skip=len(window)) == []


def test_every_reader_sees_a_change_at_once_and_alike(world: World) -> None:
    other = World.read(world.directory)

    def moves(index: int) -> None:
        mine = World.read(world.directory)
        mine.change(happenings.moves(mine, company(mine, index), TODAY))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(moves, range(10)))
    assert other.events() == world.events()
    assert {e.object_id for e in other.events()} == {numbers.company_id(index) for index in range(10)}
    times = [event.at for event in world.events()]
    assert times == sorted(times)


def test_a_line_cut_short_by_a_crash_does_no_harm(world: World) -> None:
    world.change(happenings.moves(world, ballerup(world), TODAY))
    with (world.directory / ".companies.jsonl").open("a") as log:
        log.write('{"id": "x", "at"')
    reader = World.read(world.directory)
    assert len(reader.events()) == 3
    world.change(happenings.moves(world, ballerup(world), TODAY))
    assert [e.id for e in reader.events()] == [e.id for e in world.events()] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("wanted", ["abild", "ABILDHØJ B", "vandmølle smedje"])
def test_search_finds_what_reading_all_finds(world: World, wanted: str) -> None:
    seed = 5
    all_names = {index: company_name(seed, index).casefold() for index in range(9_000)}
    expected = {index for index, name in all_names.items() if name.startswith(wanted.casefold())}
    assert expected
    assert set(companies_named(seed, 9_000, wanted)) == expected


def test_search_knows_pages_kinds_and_exact_names(world: World) -> None:
    chain = company(world, CHAIN)
    name = chain.name(TODAY)
    first, second = (world.search(name, page=page, size=100) for page in (1, 2))
    assert (len(first.units), first.has_more) == (100, True)
    assert not {u.object_id for u in first.units} & {u.object_id for u in second.units}
    exact = world.search(name.upper(), exact=True, kinds={Kind.COMPANY})
    assert [u.object_id for u in exact.units] == [chain.object_id]
    assert world.search("  ").units == []


def test_what_cannot_be_is_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(UnknownUnit):
        world.change(Cease(object_id="4000000000", day=TODAY))
    with pytest.raises(UnknownUnit):
        world.change(Open(company="12345678", day=TODAY))
    with pytest.raises(CannotHappen):
        world.change(Recode(since=TODAY), Repeat())
    with pytest.raises(CannotHappen):
        world.change(Cease(object_id=ballerup(world).object_id, day=dt.date(1990, 1, 1)))
    with pytest.raises(FileExistsError):
        World.begin(world.directory)
    with pytest.raises(NoCompanies):
        World.read(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="companies can be generated"):
        World.begin(tmp_path / "more", companies=numbers.MAX_COMPANIES + 1)
    with pytest.raises(ValueError, match="no field of an address"):
        happenings.moves(world, ballerup(world), TODAY, {"planet": "Mars"})
    assert world.events() == []


def test_nothing_but_reopening_happens_to_who_ceased(world: World) -> None:
    unit = ballerup(world)
    world.change(Cease(object_id=unit.object_id, day=TODAY))
    step = Replace(object_id=unit.object_id, entity=Entity.PHONE, rows=({"vaerdi": "1"},), since=TODAY)
    with pytest.raises(CannotHappen):
        world.change(step)
