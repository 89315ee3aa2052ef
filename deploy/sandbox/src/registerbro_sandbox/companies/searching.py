"""Search by name: renamed and new units first, then the generated ones in the order of their companies' names."""

import datetime as dt
import itertools
from collections.abc import Collection, Iterator
from typing import NamedTuple

from registerbro_sandbox.companies import numbers
from registerbro_sandbox.companies.names import companies_named
from registerbro_sandbox.companies.register import Register
from registerbro_sandbox.companies.unit import CvrUnit, Kind


class Page(NamedTuple):
    """One page of a search; ``has_more``: there is a next one."""

    units: list[CvrUnit]
    has_more: bool


def search(
    register: Register,
    name: str,
    day: dt.date,
    *,
    exact: bool,
    kinds: Collection[Kind],
    page: int,
    size: int,
) -> Page:
    """See ``World.search``."""
    wanted = name.strip().casefold()

    def is_found(unit: CvrUnit) -> bool:
        its = unit.name(day).casefold()
        return unit.kind in kinds and (its == wanted if exact else its.startswith(wanted))

    found = filter(is_found, _candidates(register, wanted, day)) if wanted else iter(())
    units = list(itertools.islice(found, (page - 1) * size, page * size + 1))
    return Page(units[:size], len(units) > size)


def _candidates(register: Register, wanted: str, day: dt.date) -> Iterator[CvrUnit]:
    renamed = filter(None, map(register.by_id, sorted(register.renamed)))
    yield from sorted(renamed, key=lambda unit: unit.name(day).casefold())
    for index in companies_named(register.seed, register.layout.companies, wanted):
        ids = [numbers.company_id(index), *map(numbers.unit_id, register.layout.units_of(index))]
        yield from filter(None, (register.by_id(each) for each in ids if each not in register.renamed))
