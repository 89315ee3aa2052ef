"""The register in memory: what was there from the beginning, computed when it is asked for, and what packages did to it."""

import copy
import dataclasses
import datetime as dt
import functools
from collections import defaultdict
from collections.abc import Iterator

from registerbro_sandbox.companies import making, numbers, samples
from registerbro_sandbox.companies.changes import (
    Cease,
    Correct,
    Found,
    OneUnit,
    Open,
    Recode,
    Reopen,
    Replace,
)
from registerbro_sandbox.companies.layout import Layout
from registerbro_sandbox.companies.names import company_name
from registerbro_sandbox.companies.rows import Action, Entity, Row
from registerbro_sandbox.companies.unit import CannotHappen, CvrUnit, Package
from registerbro_sandbox.companies.words import INDUSTRIES

_KEPT = 20_000  # untouched units that are remembered
_NEXT = dict(zip(INDUSTRIES, INDUSTRIES[1:] + INDUSTRIES[:1], strict=True))
_BY_CODE = {trade.new: trade for trade in reversed(INDUSTRIES)}


class UnknownUnit(LookupError):
    """The register has no such unit."""


@dataclasses.dataclass(frozen=True, slots=True)
class Storm:
    """A package that touches every unit there was at the time."""

    package: Package
    since: dt.date
    companies: int
    units: int


class Register:
    """Units by index, number and object id. A unit that was given out never changes: what happens makes another of it."""

    def __init__(self, seed: int, companies: int) -> None:
        self.seed = seed
        self.layout = Layout(companies)
        self.storms: list[Storm] = []
        self.touched: dict[str, CvrUnit] = {}
        self.renamed: set[str] = set(samples.NAME_OF)  # not found by their first name's place
        self._founded: list[str] = []
        self._opened: list[str] = []
        self._joined: dict[str, list[str]] = defaultdict(list)  # by CVR number: units opened or bought
        self._untouched = functools.lru_cache(maxsize=_KEPT)(self._from_the_beginning)

    @property
    def companies(self) -> int:
        """How many companies there are, besides the samples."""
        return self.layout.companies + len(self._founded)

    @property
    def units(self) -> int:
        """How many production units there are, besides the samples."""
        return self.layout.units + len(self._opened)

    def company(self, number: str) -> CvrUnit | None:
        """The company with a CVR number."""
        if object_id := samples.ID_OF.get(number):
            return self.by_id(object_id) if len(number) == 8 else None
        index = numbers.company_index(number)
        return None if index is None else self.by_id(numbers.company_id(index))

    def unit(self, number: str) -> CvrUnit | None:
        """The production unit with a P-number."""
        if object_id := samples.ID_OF.get(number):
            return self.by_id(object_id) if len(number) == 10 else None
        index = numbers.unit_index(number)
        return None if index is None else self.by_id(numbers.unit_id(index))

    def by_id(self, object_id: str) -> CvrUnit | None:
        """The company or production unit with an object id."""
        unit = self.touched.get(object_id)
        if unit is None:
            return self._untouched(object_id, len(self.storms))
        if any(storm.package.place >= unit.packages for storm in self.storms[-1:]):
            unit = self.touched[object_id] = self._through_storms(copied(unit))
        return unit

    def units_of(self, number: str) -> list[CvrUnit]:
        """The production units that belong to a company, or did when they ceased; by P-number."""
        index = numbers.company_index(number)
        ids = [*samples.UNITS_OF.get(number, ()), *self._joined.get(number, ())]
        if index is not None and index < self.layout.companies:
            ids += map(numbers.unit_id, self.layout.units_of(index))
        units = (self.by_id(object_id) for object_id in dict.fromkeys(ids))
        return sorted((u for u in units if u and u.company == number), key=lambda unit: unit.number)

    def object_ids(self) -> Iterator[str]:
        """Of every unit: samples, companies, production units."""
        yield from samples.NAME_OF
        yield from map(numbers.company_id, range(self.companies))
        yield from map(numbers.unit_id, range(self.units))

    # What happens

    def happen(
        self, step: OneUnit | Found | Open, package: Package
    ) -> tuple[CvrUnit, list[tuple[Action, Row]]]:
        """A step happens; gives the unit as it is now, and the rows that it touched. Raises ``UnknownUnit``, ``CannotHappen``."""
        unit, before = self.tried(step, package)
        self.touched[unit.object_id] = unit
        self._note(step, unit)
        return unit, [(touch.action, touch.row) for touch in unit.touches[before:]]

    def tried(self, step: OneUnit | Found | Open, package: Package) -> tuple[CvrUnit, int]:
        """What a step would make of its unit, and how many touches that had before."""
        if isinstance(step, Found | Open):
            return self._born(step, package), 0
        before = self.by_id(step.object_id)
        if before is None:
            raise UnknownUnit("the register has no such unit")
        unit = copied(before)
        _carry_out(step, unit, package)
        unit.packages = package.place + 1
        return unit, len(before.touches)

    def storm(self, step: Recode, package: Package) -> Storm:
        """Every unit's main industry gets another code, once the unit is asked for."""
        storm = Storm(package, step.since, self.companies, self.units)
        self.storms.append(storm)
        return storm

    # How units come to be

    def _from_the_beginning(self, object_id: str, _storms: int) -> CvrUnit | None:
        unit = samples.sample(object_id) or self._generated(object_id)
        return self._through_storms(unit) if unit else None

    def _generated(self, object_id: str) -> CvrUnit | None:
        index = numbers.company_of_id(object_id)
        if index is not None:
            return making.company(self.seed, index) if index < self.layout.companies else None
        index = numbers.unit_of_id(object_id)
        if index is None or index >= self.layout.units:
            return None
        parent = self.layout.company_of(index)
        return making.production_unit(
            self.seed, index, making.company(self.seed, parent), company_name(self.seed, parent)
        )

    def _through_storms(self, unit: CvrUnit) -> CvrUnit:
        for storm in self.storms:
            if storm.package.place >= unit.packages:
                _recode(unit, storm)
        return unit

    def _born(self, step: Found | Open, package: Package) -> CvrUnit:
        birth = making.Birth(step.day, step.name)
        if isinstance(step, Found):
            unit = making.company(self.seed, self.companies, birth, package)
        else:
            parent = self.company(step.company)
            if parent is None:
                raise UnknownUnit("the register has no such company")
            if parent.ended():
                raise CannotHappen("the company has ceased")
            name = parent.name(step.day)
            unit = making.production_unit(self.seed, self.units, parent, name, birth, package)
        unit.packages = package.place + 1
        return unit

    def _note(self, step: OneUnit | Found | Open, unit: CvrUnit) -> None:
        match step:
            case Found():
                self._founded.append(unit.object_id)
            case Open():
                self._opened.append(unit.object_id)
                self._joined[step.company].append(unit.object_id)
            case Replace(entity=Entity.NAME):
                pass
            case Replace(entity=Entity.PRODUCTION_UNIT):
                self._joined[unit.company or ""].append(unit.object_id)
                return
            case _:
                return
        self.renamed.add(unit.object_id)


def copied(unit: CvrUnit) -> CvrUnit:
    """Another unit that has the same rows."""
    other = copy.copy(unit)
    other.rows, other.touches = list(unit.rows), list(unit.touches)
    return other


def _carry_out(step: OneUnit, unit: CvrUnit, package: Package) -> None:
    match step:
        case Replace():
            if unit.ended():
                raise CannotHappen("the unit has ceased")
            unit.replace(package, step.entity, step.rows, step.since, is_secret=step.is_secret)
        case Cease():
            unit.cease(package, step.day)
        case Reopen():
            unit.reopen(package, step.day)
        case Correct():
            unit.correct(package)


def _recode(unit: CvrUnit, storm: Storm) -> None:
    code = str(unit.value(Entity.INDUSTRY, storm.since, slot="0"))
    unit.recode(storm.package, making.industry(_NEXT[_BY_CODE.get(code, INDUSTRIES[0])], 0), storm.since)
    unit.packages = storm.package.place + 1


def storm_id(storm: Storm, order: int) -> str:
    """The object id of the unit that a storm reaches after ``order`` others."""
    sampled = list(samples.NAME_OF)
    if order < len(sampled):
        return sampled[order]
    order -= len(sampled)
    if order < storm.companies:
        return numbers.company_id(order)
    return numbers.unit_id(order - storm.companies)


def storm_size(storm: Storm) -> int:
    """How many units a storm reaches."""
    return len(samples.NAME_OF) + storm.companies + storm.units
