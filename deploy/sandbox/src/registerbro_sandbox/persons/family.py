"""Families: 16 persons over four generations and next door, each a pure function of the seed and the family's index.

Slots: 0, 1 grandparents · 2, 3 parents · 4 the father's sister · 5, 6 son and wife · 7 daughter · 8-10 the son's children ·
11 the daughter's child · 12-15 neighbours.
"""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from registerbro_sandbox.persons import days
from registerbro_sandbox.persons.days import YEAR, iso, stamp
from registerbro_sandbox.persons.homes import (
    Draw,
    Home,
    any_home,
    birth_stamp,
    former_address,
    generator,
    pick,
    settle,
)
from registerbro_sandbox.persons.numbers import SLOTS, Births
from registerbro_sandbox.persons.person import DEAD, Family, Person, Row
from registerbro_sandbox.persons.places import DENMARK, PARISHES, SOUTHERN_JUTLAND
from registerbro_sandbox.persons.words import FEMALE, MALE, MIDDLE, OCCUPATIONS, SURNAMES

EPOCH = days.day(2025)  # nothing in the first extract has happened later
_ADULT = EPOCH - int(18 * YEAR)  # who was born later is a child
_UNCERTAIN_BEFORE, _REGISTERED_FROM, _CONVERTED_ON = days.day(1968), days.day(1978), days.day(1991, 3, 20)
CONVERTED = "199103201299"  # when the register was converted: the commonest start of a citizenship
_COUPLES = ((0, 1), (2, 3), (5, 6))
_PARENTS = {2: (1, 0), 4: (1, 0), 5: (3, 2), 7: (3, 2), 8: (6, 5), 9: (6, 5), 10: (6, 5), 11: (7, None)}
_HOUSEHOLDS = ((0, 1), (2, 3), (4,), (5, 6, 8, 9, 10), (7, 11), (12,), (13,), (14,), (15,))
_NEIGHBOURS = 12  # and up; what becomes of them is a matter of special cases
_MEN, _WOMEN = frozenset({0, 2, 5}), frozenset({1, 3, 4, 6, 7})


class Vital(NamedTuple):
    """When somebody died, and was married from and until when; 0 for never."""

    died: int = 0
    married: int = 0
    parted: int = 0
    partner: int = -1

    @property
    def lives_alone(self) -> bool:
        """Whether this is the one who moved out when a couple parted."""
        return bool(self.parted) and self.partner in _MEN


class Builder:
    """Makes the families of one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.births = Births(seed)

    def family(self, index: int) -> Family:
        """The family with this index as it is on the first day of 2025, before special cases."""
        draw = generator(self.seed, index)
        persons = [self._person(index, slot, draw) for slot in range(SLOTS)]
        vitals = _vitals(persons, draw)
        _name(persons, vitals, draw)
        for person, vital in zip(persons, vitals, strict=True):
            _identity(person, vital, draw)
            _civil(person, vital, persons[vital.partner], vitals[vital.partner])
            _parents(person, persons, draw)
        for members in _HOUSEHOLDS:
            _house([persons[slot] for slot in members if not vitals[slot].lives_alone], vitals, draw)
        for person in persons:
            if vitals[person.slot].lives_alone:
                _house([person], vitals, draw)
        return Family(index, persons)

    def _person(self, family: int, slot: int, draw: Draw) -> Person:
        is_male = slot in _MEN or (slot not in _WOMEN and draw() < 0.5)
        number = self.births.number(family, slot, is_male)
        return Person(slot, number, is_male, self.births.birth_day(family, slot))


def _vitals(persons: Sequence[Person], draw: Draw) -> list[Vital]:
    deaths = [person.born + int((103 - 55 * draw() ** 1.3) * YEAR) for person in persons]
    vitals = [Vital(died if died < EPOCH and slot < _NEIGHBOURS else 0) for slot, died in enumerate(deaths)]
    for a, b in _COUPLES:
        married = max(persons[a].born, persons[b].born) + int((22 + 5 * draw()) * YEAR)
        parted = married + int((3 + 25 * draw()) * YEAR) if draw() < 0.25 else 0
        if parted and parted > min(deaths[a], deaths[b], EPOCH):
            parted = 0
        vitals[a] = Vital(vitals[a].died, married, parted, b)
        vitals[b] = Vital(vitals[b].died, married, parted, a)
    return vitals


def _name(persons: Sequence[Person], vitals: Sequence[Vital], draw: Draw) -> None:
    family_name = pick(draw, SURNAMES)
    for person in persons:
        slot = person.slot
        first = pick(draw, MALE if person.is_male else FEMALE)
        if draw() < 0.3:
            first += " " + pick(draw, MALE if person.is_male else FEMALE)
        own = family_name if slot in _PARENTS or slot == 0 else pick(draw, SURNAMES)
        middle = pick(draw, MIDDLE) if draw() < 0.35 else ""
        since, mark = birth_stamp(person.born, draw), ""
        chance = draw()
        if person.born < _UNCERTAIN_BEFORE and chance < 0.5:
            since, mark = f"{days.year_of(person.born)}00001299", "*"  # no more than the year is known
        married = vitals[slot].married if slot in {1, 3, 6} else 0
        if married and chance < 0.75:
            until = stamp(married)
            person.add("026", former_name(name_row(first, middle, own, since, mark), until))
            own, since, mark = family_name, until, ""
        elif chance > 0.8:  # named some weeks after the birth
            until = stamp(person.born + 20 + int(chance * 50))
            person.add("026", former_name(name_row("", "", own, since, mark), until))
            since, mark = until, ""
        person.set("008", name_row(first, middle, own, since, mark))


def name_row(first: str, middle: str, last: str, since: str, mark: str = "") -> Row:
    """A row of 008; ``since`` is a time stamp, ``mark`` its uncertainty."""
    row = {"first_names": first, "last_name": last, "name_start": since}
    if middle:
        row["middle_name"] = middle
    if mark:
        row["name_start_uncertain"] = mark
    row["addressing_name"] = " ".join(part for part in (first, middle, last) if part)[:34].rstrip()
    return row


def former_name(row: Row, until: str) -> Row:
    """The historical row of a name."""
    return {**{k: v for k, v in row.items() if k != "addressing_name"}, "name_end": until}


def _identity(person: Person, vital: Vital, draw: Draw) -> None:
    born = iso(person.born)
    row = {"status": "01", "sex": "M" if person.is_male else "K", "birth_date": born, "person_start": born}
    if vital.died:
        row |= {"status": DEAD, "status_start": stamp(vital.died, f"{int(draw() * 24):02}15")}
    if person.born < _UNCERTAIN_BEFORE:
        row["person_start_uncertain"] = "*"
    elif person.born < _ADULT:
        row["occupation"] = pick(draw, OCCUPATIONS)
    person.set("001", row)
    if draw() < 0.06 and not vital.died:
        _protect(person, draw)
    person.set("009", {"birth_authority_code": pick(draw, SOUTHERN_JUTLAND if draw() < 0.08 else PARISHES)})
    if person.born < _CONVERTED_ON:
        citizen = {
            "country_code": DENMARK,
            "citizenship_start": CONVERTED,
            "citizenship_start_uncertain": "*",
        }
    else:
        citizen = {"country_code": DENMARK, "citizenship_start": stamp(person.born, "1010")}
    person.set("010", citizen)
    chance = draw()
    if chance < 0.75 or person.born >= _ADULT:
        person.set("011", {"church_relation": "F" if chance < 0.85 else "U", "start": born})
    else:
        left = person.born + int((18 + (EPOCH - person.born) / YEAR * chance * 0.2) * YEAR)
        left_on = iso(min(left, vital.died or EPOCH))
        person.set("011", {"church_relation": "A" if chance < 0.9 else "U", "start": left_on})
        person.add("028", {"church_relation": "F", "start": born, "end": left_on})


def _protect(person: Person, draw: Draw) -> None:
    """Directories and marketing for a life, the name and address for a year that may have passed."""
    start = EPOCH - int(draw() * 1200)
    person.add(
        "004", {"protection_type": "0001", "start": iso(start), "end": iso(start + int(800 + draw() * 400))}
    )
    for kind in ("0002", "0003")[: int(draw() * 3)]:
        person.add("004", {"protection_type": kind, "start": iso(start), "end": iso(start + 36_500)})


def _civil(person: Person, vital: Vital, partner: Person, partner_vital: Vital) -> None:
    """The current civil status and those before it: married, then divorced or widowed, then dead."""
    statuses = [("U", "")]
    if vital.married:
        statuses.append(("G", stamp(vital.married, "1145")))
        if vital.parted:
            statuses.append(("F", stamp(vital.parted, "1204")))
        elif partner_vital.died and (not vital.died or partner_vital.died < vital.died):
            statuses.append(("E", stamp(partner_vital.died)))
    if vital.died:
        statuses.append(("D", stamp(vital.died)))
    spouse = {"spouse_pnr": partner.number} if vital.married else {}
    for (status, since), (_, until) in itertools.pairwise(statuses[1:]):
        past = {"civil_status": status, **spouse, "civil_status_start": since, "civil_status_end": until}
        person.add("029", past)
    status, since = statuses[-1]
    person.set("012", {"civil_status": status, **spouse, **({"civil_status_start": since} if since else {})})


def _parents(person: Person, persons: Sequence[Person], draw: Draw) -> None:
    mark = "*" if person.born < _REGISTERED_FROM else ""
    row = {"mother_date": iso(person.born), "mother_date_uncertain": mark}
    row |= {"father_date": iso(person.born), "father_date_uncertain": mark}
    if person.slot in _PARENTS:
        mother, father = _PARENTS[person.slot]
        row["mother_pnr"] = persons[mother].number
        persons[mother].add("014", {"child_pnr": person.number})
        if father is not None:
            row["father_pnr"] = persons[father].number
            persons[father].add("014", {"child_pnr": person.number})
        if person.born >= _ADULT:
            for kind in ("0003", "0004")[: 2 if father is not None else 1]:
                person.add("016", {"relation_type": kind, "custody_start": iso(person.born)})
    elif draw() < 0.3:  # from before numbers were given, or from abroad
        for slot, first_names in (("mother", FEMALE), ("father", MALE)):
            row[f"{slot}_name"] = f"{pick(draw, SURNAMES)},{pick(draw, first_names)}"
            row[f"{slot}_birth_date"] = iso(person.born - int((20 + 15 * draw()) * YEAR))
    person.set("015", row)


def _house(members: Sequence[Person], vitals: Sequence[Vital], draw: Draw) -> None:
    """Lets a household move from home to home until today; each member was there as long as they lived."""
    moves = [members[0].born + int(20 * YEAR)]
    while len(moves) < 4 and draw() < 0.75:
        moves.append(moves[-1] + int((0.2 + 0.8 * draw()) * 14 * YEAR))
    moves = [day for day in moves if day < EPOCH - 60] or [members[0].born]
    homes = [any_home(draw) for _ in moves]
    clocks = [f"{8 + int(draw() * 9):02}{10 + int(draw() * 49):02}" for _ in moves]
    for person in members:
        _live(person, vitals[person.slot].died, homes, moves, clocks)


def _live(
    person: Person, died: int, homes: Sequence[Home], moves: Sequence[int], clocks: Sequence[str]
) -> None:
    before = ""
    last = len(homes) - 1
    for place, home in enumerate(homes):
        begin, end = moves[place], moves[place + 1] if place < last else 0
        if (end and end <= person.born) or (died and begin >= died):
            continue
        since = stamp(begin, clocks[place]) if begin > person.born else stamp(person.born, "2000")
        leaves = min(end, died) if end and died else end or died
        if leaves:
            until = stamp(leaves, clocks[place + 1] if leaves == end else "2359")
            person.add("023", former_address(home.coded, since, until))
        else:
            settle(person, home, since, before=before)
        before = home.municipality
    if died or "002" not in person.rows:
        person.set("003", {"addressing_name": person.current("008")["addressing_name"]})
