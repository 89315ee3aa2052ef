"""CPR numbers for fictional persons: computed, never drawn from a register, and never given to two of them.

Every family has one birth day per slot and *spread*: ``spread`` runs through an era of 8,192 days before it repeats,
and where it repeats, or slots meet on one day, the serial tells the numbers apart. So a number is a pure function of
(seed, family, slot, version), and unique without any memory of those already given.
"""

import datetime as dt
import functools
import random
from collections.abc import Iterator

from registerbro.cpr.numbers import CprNumber

from registerbro_sandbox.persons.days import day

SLOTS = 16  # persons in a family block
ERA = 1 << 13  # days over which a generation's births are spread, some 22 years
ROUNDS = 20  # how often the era may repeat
VERSIONS = 4  # numbers that one person may come to have
MAX_FAMILIES = ERA * ROUNDS
FINE = 1 << 10  # days by which one slot's births vary against another's
CYCLE = 56  # days over which births of one change file are spread

NO_LONGER_ALL_MODULUS_11 = day(2007, 10)  # from here on numbers are also given that fail the check
CORRECTION = 30  # days between the birth days of a person's numbers
OLDEST_BASE, OLDEST_SLOT = day(1868), 12  # those born in the nineteenth century
_STRIDE = 5_061  # odd, and an era's golden section, so that few families cover the whole of it
_WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_BIRTHS_FROM = ROUNDS * VERSIONS * SLOTS

BASES = (
    day(1911),  # 0 grandfather
    day(1913),  # 1 grandmother
    day(1938),  # 2 father, their son
    day(1940),  # 3 mother
    day(1942),  # 4 aunt, the father's sister
    day(1966),  # 5 son
    day(1967),  # 6 his wife
    day(1970),  # 7 daughter
    day(1993),  # 8-10 the son's children, four years apart
    day(1997),  # 9
    day(2001),  # 10
    day(1998),  # 11 the daughter's child
    day(1950),  # 12-15 neighbours
    day(1951),  # 13
    day(1970),  # 14
    day(1983),  # 15
)


def passes_modulus_11(number: str) -> bool:
    """Whether the ten digits satisfy the check that all numbers did until October 2007."""
    return sum(w * int(c) for w, c in zip(_WEIGHTS, number, strict=True)) % 11 == 0


def _first_serial_digits(year: int) -> str:
    """The century rule: which seventh digits a birth year allows."""
    if year < 1900:
        return "5678"
    if year < 1937:
        return "0123"
    if year < 2000:
        return "012349"
    return "456789" if year < 2037 else "5678"


@functools.cache
def _serials(residue: int, is_male: bool, first_digits: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Serials that pass and that fail modulus 11 for a date with this weighted sum, each scattered."""
    serials = [f"{n:04}" for n in range(int(is_male), 10_000, 2) if f"{n:04}"[0] in first_digits]
    serials.sort(key=lambda serial: int(serial) * 7919 % 10_007)
    passing: list[str] = []
    failing: list[str] = []
    for serial in serials:
        checked = residue + sum(w * int(c) for w, c in zip(_WEIGHTS[6:], serial, strict=True))
        (failing if checked % 11 else passing).append(serial)
    return tuple(passing), tuple(failing)


@functools.cache
def _order(residue: int, is_male: bool, first_digits: str, late: bool) -> tuple[int, tuple[str, ...]]:
    """In which order serials are given, and how many of them take turns at being the first."""
    passing, failing = _serials(residue, is_male, first_digits)
    if not late:
        return len(passing), passing + failing
    thirds = len(passing) // 3
    mixed = [s for n in range(thirds) for s in (*passing[3 * n : 3 * n + 3], failing[n])]
    return len(mixed), (*mixed, *passing[3 * thirds :], *failing[thirds:])


@functools.lru_cache(65_536)
def _date_part(birth_day: int, is_administrative: bool) -> tuple[str, int, str]:
    born = dt.date.fromordinal(birth_day)
    digits = f"{born.day + 60 * is_administrative:02}{born.month:02}{born.year % 100:02}"
    residue = sum(w * int(c) for w, c in zip(_WEIGHTS[:6], digits, strict=True)) % 11
    return digits, residue, _first_serial_digits(born.year)


def number(birth_day: int, is_male: bool, ordinal: int, *, is_administrative: bool = False) -> str:
    """The ``ordinal``-th number of a day and sex; administrative numbers have 60 added to the day.

    Of the numbers of those born before October 2007 the first 150 or more pass modulus 11; of the later one in four fails.
    """
    digits, residue, first_digits = _date_part(birth_day, is_administrative)
    turns, serials = _order(residue, is_male, first_digits, birth_day >= NO_LONGER_ALL_MODULUS_11)
    return digits + serials[(ordinal + birth_day * 37) % turns if ordinal < turns else ordinal]


class Births:
    """When the persons of each family are born, and which numbers they get, for one seed."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(f"births {seed}").random  # noqa: S311 (play, not secrecy)
        self._offset = int(draw() * ERA)
        self._fine = [(int(draw() * 512) * 2 + 1, int(draw() * FINE)) for _ in range(SLOTS)]

    def spread(self, family: int) -> int:
        """Where in its era a family lives; neighbours in the file are far apart."""
        return (family * _STRIDE + self._offset) % ERA

    def birth_day(self, family: int, slot: int) -> int:
        """When a person is born; the same for two families only when their eras repeat."""
        spread = self.spread(family)
        step, shift = self._fine[slot]
        return BASES[slot] + (spread & -FINE) + ((spread * step + shift) % FINE)

    def changed_birth_day(self, family: int, slot: int, version: int) -> int:
        """The birth day of a person's later number: a corrected one, a month on."""
        return self.birth_day(family, slot) + CORRECTION * version

    def first_number(self, family: int, slot: int, born: int, is_male: bool) -> str:
        """The number that a person was given at birth, on the day ``born``."""
        return number(born, is_male, _ordinal(family, slot, 0))

    def number(
        self, family: int, slot: int, is_male: bool, version: int = 0, *, is_administrative: bool = False
    ) -> str:
        """The number of a person; a later version is what it was changed to."""
        born = self.changed_birth_day(family, slot, version)
        return number(born, is_male, _ordinal(family, slot, version), is_administrative=is_administrative)

    def oldest(self, family: int, is_male: bool) -> tuple[int, str]:
        """Birth day and number of somebody born in the nineteenth century, in place of ``OLDEST_SLOT``."""
        born = OLDEST_BASE + self.spread(family)
        return born, number(born, is_male, _ordinal(family, OLDEST_SLOT, 0))

    def outsider(self, family: int, place: int, base: int, is_male: bool) -> str:
        """The number of somebody who is no member of the population; one ``base`` for each ``place``."""
        return number(base + self.spread(family) + place, is_male, _ordinal(family, place, VERSIONS - 1))

    def families_of(self, digits: str) -> Iterator[int]:
        """The families in which a number could have been given: the way back from the ten digits."""
        born, ordinal = _day_and_ordinal(digits)
        if ordinal >= _BIRTHS_FROM:
            yield ((ordinal - _BIRTHS_FROM) * CYCLE + born % CYCLE) * 2 + int(digits[9]) % 2
            return
        turns, slot = divmod(ordinal, SLOTS)
        version, turn = divmod(turns, ROUNDS)
        for spread in self._spreads(born, slot, version):
            yield turn * ERA + (spread - self._offset) * pow(_STRIDE, -1, ERA) % ERA

    def _spreads(self, born: int, slot: int, version: int) -> Iterator[int]:
        step, shift = self._fine[slot]
        since = born - BASES[slot] - CORRECTION * version
        if 0 <= since < ERA:
            yield (since & -FINE) + (since - shift) * pow(step, -1, FINE) % FINE
        if slot == OLDEST_SLOT and 0 <= born - OLDEST_BASE < ERA:
            yield born - OLDEST_BASE


def newborn(family: int, not_after: int, taken: set[int]) -> tuple[int, str, bool]:
    """Birth day, number and sex of the next child born into a family; ``taken`` holds the days of those before it."""
    is_male, place = bool(family & 1), family >> 1
    born = not_after - (not_after - place) % CYCLE
    while born in taken:
        born -= CYCLE
    return born, number(born, is_male, _BIRTHS_FROM + place // CYCLE), is_male


def _ordinal(family: int, slot: int, version: int) -> int:
    return (version * ROUNDS + family // ERA) * SLOTS + slot


def _day_and_ordinal(digits: str) -> tuple[int, int]:
    """The way back through ``number``."""
    parsed = CprNumber.parse(digits)
    if parsed.birth_date is None:
        return 0, 0
    born = parsed.birth_date.toordinal()
    _, residue, first_digits = _date_part(born, parsed.is_administrative)
    turns, serials = _order(residue, int(digits[9]) % 2 == 1, first_digits, born >= NO_LONGER_ALL_MODULUS_11)
    place = serials.index(digits[6:])
    return born, (place - born * 37) % turns if place < turns else place
