"""Life events that bring a new number into the world: a child, a corrected birth date."""

from registerbro_sandbox.persons import numbers
from registerbro_sandbox.persons.days import YEAR, iso, stamp
from registerbro_sandbox.persons.homes import close_address, pick
from registerbro_sandbox.persons.identity import name_row
from registerbro_sandbox.persons.moment import Moment, Touched, require
from registerbro_sandbox.persons.numbers import SLOTS, VERSIONS
from registerbro_sandbox.persons.person import RELATIONS, Person
from registerbro_sandbox.persons.places import DENMARK, PARISHES
from registerbro_sandbox.persons.words import FEMALE, MALE

_MARKS = {"012": "ÆG", "014": "FA", "015": "BØ", "016": "BØ"}
CHANGED = "60"


def is_born(moment: Moment) -> list[Touched]:
    """The person, a woman, gave birth within the last eight weeks; the child is named and lives with her."""
    mother, age = moment.person, (moment.day - moment.person.born) / YEAR
    require(not mother.is_male and mother.lives_here and 18 <= age <= 48, "is not likely to give birth")
    spouse = moment.family.by_number(mother.current("012").get("spouse_pnr", ""))
    father = spouse if spouse and spouse.is_male and mother.current("012")["civil_status"] == "G" else None
    taken = {p.born for p in moment.family if p.slot >= SLOTS}
    born, number, is_male = numbers.newborn(moment.family.index, moment.day - 1, taken)
    child = Person(moment.family.next_slot, number, is_male, born)
    _register(child, moment, mother, father)
    parents = [(mother, "MO"), *([(father, "FA")] if father else [])]
    for parent, _ in parents:
        parent.add("014", {"child_pnr": number})
    moment.family.persons.append(child)
    return [Touched(child, "A14"), *(Touched(parent, "A14", mark) for parent, mark in parents)]


def _register(child: Person, moment: Moment, mother: Person, father: Person | None) -> None:
    draw, day, at = moment.draw, iso(child.born), stamp(child.born, "0512")
    name = name_row(
        pick(draw, MALE if child.is_male else FEMALE), "", mother.current("008").get("last_name", ""), at
    )
    child.set(
        "001", {"status": "01", "sex": "M" if child.is_male else "K", "birth_date": day, "person_start": day}
    )
    child.set("002", {**mother.current("002"), "moved_in": at, "moved_to_municipality": at})
    child.set("003", {**mother.current("003"), "addressing_name": name["addressing_name"]})
    child.set("008", name)
    child.set("009", {"birth_authority_code": pick(draw, PARISHES)})
    child.set("010", {"country_code": DENMARK, "citizenship_start": at})
    child.set("011", {"church_relation": "U", "start": day})
    child.set("012", {"civil_status": "U"})
    parents = {"mother_date": day, "mother_pnr": mother.number, "father_date": day}
    child.set("015", {**parents, **({"father_pnr": father.number} if father else {})})
    for kind in ("0003", "0004") if father else ("0003",):
        child.add("016", {"relation_type": kind, "custody_start": day})


def changes_number(moment: Moment) -> list[Touched]:
    """Birth date corrected: a new number; the old one is delivered with status 60, and relatives with the new one."""
    person, births, family = moment.person, moment.births, moment.family
    require(person.lives_here and person.slot < SLOTS, "has no number that could change")
    require(person.version + 1 < VERSIONS - 1, "has changed number too often")
    old, day = _left_behind(person, moment), iso(moment.day)
    person.version += 1
    person.born = births.changed_birth_day(family.index, person.slot, person.version)
    person.number = births.number(family.index, person.slot, person.is_male, person.version)
    old.amend("001", current_pnr=person.number)
    person.amend(
        "001",
        birth_date=iso(person.born),
        birth_date_uncertain="",
        person_start=day,
        person_start_uncertain="",
    )
    since = old.current("001")
    past = {"old_pnr": old.number, "old_pnr_start": since["person_start"], "old_pnr_end": day}
    person.add("022", {**past, "old_pnr_start_uncertain": since.get("person_start_uncertain", "")})
    family.persons.append(old)
    related = [
        Touched(p, "P03", mark) for p in family if p not in (person, old) and (mark := _refer(p, old, person))
    ]
    return [Touched(person, "P03", "PN"), Touched(old, "P03"), *related]


def _left_behind(person: Person, moment: Moment) -> Person:
    """The old number as a person of its own, beyond the slots, so that nobody is born or moves under it."""
    old = Person(moment.family.next_slot, person.number, person.is_male, person.born)
    old.version, old.index = person.version, person.index
    old.rows = {kind: list(rows) for kind, rows in person.rows.items()}
    close_address(old, moment.at)
    for kind in ("004", "006", "014", "016", "017", "052"):
        old.drop(kind)
    old.amend("001", status=CHANGED, status_start=moment.at, person_end=iso(moment.day))
    return old


def _refer(relative: Person, old: Person, new: Person) -> str:
    """Let a relative's rows name the new number; returns how the relative is related to the person, or a blank."""
    mark = ""
    for kind, field in RELATIONS:
        rows = relative.rows.get(kind, [])
        if any(row.get(field) == old.number for row in rows):
            relative.rows[kind] = [
                {**row, field: new.number} if row.get(field) == old.number else row for row in rows
            ]
            mark = mark or _MARKS.get(kind, "VS")
    return "MO" if mark == "FA" and not relative.is_male else mark
