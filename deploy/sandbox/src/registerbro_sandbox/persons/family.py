"""Families: 16 persons over four generations and next door, each a pure function of the seed and the family's index.

Slots: 0, 1 grandparents · 2, 3 parents · 4 the father's sister · 5, 6 son and wife · 7 daughter · 8-10 the son's children ·
11 the daughter's child · 12-15 neighbours.
"""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from registerbro_sandbox.persons.days import ADULT, EPOCH, REGISTERED_FROM, YEAR, iso, stamp
from registerbro_sandbox.persons.homes import Draw, generator, pick
from registerbro_sandbox.persons.household import live, stays
from registerbro_sandbox.persons.identity import identify, name
from registerbro_sandbox.persons.numbers import SLOTS, Births
from registerbro_sandbox.persons.person import Family, Person, Row
from registerbro_sandbox.persons.words import FEMALE, MALE, SURNAMES

_COUPLES = ((0, 1), (2, 3), (5, 6))
_WIVES = frozenset({1, 3, 6})
_MOTHERS = {2: 1, 4: 1, 5: 3, 7: 3, 8: 6, 9: 6, 10: 6, 11: 7}
_FATHERS = {2: 0, 4: 0, 5: 2, 7: 2, 8: 5, 9: 5, 10: 5}
_BEARERS = frozenset({0, *_MOTHERS})  # of the family's name
_HOUSEHOLDS = ((0, 1), (2, 3), (4,), (5, 6, 8, 9, 10), (7, 11), (12,), (13,), (14,), (15,))
_NEIGHBOURS = 12  # and up; what becomes of them is a matter of special cases
_MEN, _WOMEN = frozenset({0, 2, 5}), frozenset({1, 3, 4, 6, 7})
_UNMARRIED = {"civil_status": "U"}
_PARTS = 0.25  # share of couples


class Vital(NamedTuple):
    """When somebody died, and was married from and until when; 0 for never."""

    died: int = 0
    married: int = 0
    parted: int = 0
    partner: int = -1


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
        family_name = pick(draw, SURNAMES)
        for person, vital in zip(persons, vitals, strict=True):
            own = family_name if person.slot in _BEARERS else pick(draw, SURNAMES)
            name(person, own, family_name, vital.married if person.slot in _WIVES else 0, draw)
            identify(person, vital.died, draw)
            _marry(person, vital, persons[vital.partner], vitals[vital.partner])
            _beget(person, persons, draw)
        _house(persons, vitals, draw)
        return Family(index, persons)

    def _person(self, family: int, slot: int, draw: Draw) -> Person:
        is_male = slot in _MEN or (slot not in _WOMEN and draw() < 0.5)
        born = self.births.birth_day(family, slot)
        person = Person(slot, self.births.first_number(family, slot, born, is_male), is_male, born)
        person.index = family * SLOTS + slot
        return person


def _vitals(persons: Sequence[Person], draw: Draw) -> list[Vital]:
    deaths = [person.born + int((103 - 55 * draw() ** 1.3) * YEAR) for person in persons]
    vitals = [Vital(died if died < EPOCH and slot < _NEIGHBOURS else 0) for slot, died in enumerate(deaths)]
    for a, b in _COUPLES:
        married = max(persons[a].born, persons[b].born) + int((22 + 5 * draw()) * YEAR)
        parted = married + int((3 + 25 * draw()) * YEAR) if draw() < _PARTS else 0
        if parted > min(deaths[a], deaths[b], EPOCH):
            parted = 0
        vitals[a] = Vital(vitals[a].died, married, parted, b)
        vitals[b] = Vital(vitals[b].died, married, parted, a)
    return vitals


def _marry(person: Person, vital: Vital, partner: Person, partner_vital: Vital) -> None:
    """The current civil status and those before it: married, then divorced or widowed, then dead."""
    if not vital.married:
        person.rows["012"] = [_dead(vital.died) if vital.died else _UNMARRIED]
        return
    statuses = [("G", stamp(vital.married, "1145"))]
    if vital.parted:
        statuses.append(("F", stamp(vital.parted, "1204")))
    elif partner_vital.died and (not vital.died or partner_vital.died < vital.died):
        statuses.append(("E", stamp(partner_vital.died)))
    if vital.died:
        statuses.append(("D", stamp(vital.died)))
    for (status, since), (_, until) in itertools.pairwise(statuses):
        past = {"civil_status": status, "spouse_pnr": partner.number}
        person.add("029", past | {"civil_status_start": since, "civil_status_end": until})
    status, since = statuses[-1]
    person.rows["012"] = [{"civil_status": status, "spouse_pnr": partner.number, "civil_status_start": since}]


def _dead(died: int) -> Row:
    return {"civil_status": "D", "civil_status_start": stamp(died)}


def _beget(person: Person, persons: Sequence[Person], draw: Draw) -> None:
    """Parents, 015, with the children, 014, and who has custody, 016."""
    born = iso(person.born)
    row = {"mother_date": born, "father_date": born}
    if person.born < REGISTERED_FROM:
        row |= {"mother_date_uncertain": "*", "father_date_uncertain": "*"}
    if person.slot in _MOTHERS:
        _know_parents(person, row, persons, born)
    elif draw() < 0.3:  # from before numbers were given, or from abroad
        for parent, first_names in (("mother", FEMALE), ("father", MALE)):
            row[f"{parent}_name"] = f"{pick(draw, SURNAMES)},{pick(draw, first_names)}"
            row[f"{parent}_birth_date"] = iso(person.born - int((20 + 15 * draw()) * YEAR))
    person.rows["015"] = [row]


def _know_parents(person: Person, row: Row, persons: Sequence[Person], born: str) -> None:
    child = {"child_pnr": person.number}
    mother, father = persons[_MOTHERS[person.slot]], _FATHERS.get(person.slot)
    mother.add("014", child)
    row["mother_pnr"] = mother.number
    if father is not None:
        persons[father].add("014", child)
        row["father_pnr"] = persons[father].number
    if person.born >= ADULT:
        holders = ("0003",) if father is None else ("0003", "0004")
        person.rows["016"] = [{"relation_type": holder, "custody_start": born} for holder in holders]


def _house(persons: Sequence[Person], vitals: Sequence[Vital], draw: Draw) -> None:
    """Where everybody lived; when a couple parted, she moved out."""
    for slots in _HOUSEHOLDS:
        together = [slot for slot in slots if not (vitals[slot].parted and slot in _WIVES)]
        alone = [[slot] for slot in slots if slot not in together]
        for household in (together, *alone):
            first = persons[household[0]]
            homes = stays(first.born + int(20 * YEAR), draw)
            for slot in household:
                live(persons[slot], vitals[slot].died, homes)
