"""CVR behind the port, without a provider: what it knows, what it was asked, and what goes wrong as a test says."""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.cvr.units import (
    Coded,
    Hit,
    Industry,
    ObjectId,
    Part,
    Unit,
    UnitAddress,
    UnitKind,
    kind_of,
)
from registerbro.registers.access import Access
from registerbro.registers.certificates import CertificateKeeper
from registerbro.registers.errors import RegisterError
from registerbro.registers.opening import Opened
from registerbro.registers.port import Found, Hits, NameSearch, Provider
from registerbro.registers.steps import Tested
from registerbro.registers.tls import Tls
from stdnum.dk import cvr

EVERYTHING = frozenset(Part)
COMPANY = CvrNumber("26911745")
SHOP, STORE = PNumber("1003387453"), PNumber("1002525374")
MOVED_IN = dt.date(2019, 4, 1)


def company_numbers() -> Iterator[CvrNumber]:
    """CVR numbers with a right check digit, from a range that was never given out."""
    return (CvrNumber(str(number)) for number in itertools.count(98_000_000) if cvr.is_valid(str(number)))


def p_numbers() -> Iterator[PNumber]:
    """P-numbers."""
    return (PNumber(str(number)) for number in itertools.count(1_900_000_000))


def unit(number: UnitNumber, **changes: object) -> Unit:
    """A unit that has everything."""
    company = None if isinstance(number, CvrNumber) else COMPANY
    made = Unit(
        number=number,
        object_id=f"4{number.value[-9:]:0>9}",
        delivers=EVERYTHING,
        name="Tømrer Ål ApS",
        address=UnitAddress(road="Møllevej", house_number_from="1", postcode="2850", post_district="Nærum",
                            municipality_code="0230", road_code="0123", country_code="DK", since=MOVED_IN),
        phone="70101155", fax="70101156", email="post@example.test",
        main_industry=Industry("433200", "Tømrervirksomhed"),
        start_date=dt.date(2003, 2, 1), status="aktiv", form=Coded("80", "Anpartsselskab"),
        is_advertising_protected=True,
        company=company, asked_at=dt.datetime.now(dt.UTC), records='{"virksomhed":{}}',
    )  # fmt: skip
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


@dataclasses.dataclass
class FakeRegister:
    """A ``Lookup``. ``failures`` are raised for a number, ``outage`` for every question; a closed ``gate`` holds answers back."""

    units: dict[UnitNumber, Unit] = dataclasses.field(default_factory=dict)
    failures: dict[UnitNumber, RegisterError] = dataclasses.field(default_factory=dict)
    outage: RegisterError | None = None
    name_search: NameSearch = NameSearch.PREFIX
    most_at_once: int = 1
    asked: list[object] = dataclasses.field(default_factory=list)
    gate: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    provider = Provider.DATAFORDELER_GRAPHQL

    def __post_init__(self) -> None:
        self.gate.set()

    def add(self, *units: Unit) -> None:
        """It knows these from now on."""
        self.units |= {each.number: each for each in units}

    def delivers(self, _: UnitKind) -> frozenset[Part]:
        """Everything."""
        return EVERYTHING

    async def find(self, number: UnitNumber) -> Unit | None:
        """The unit with a number, as of now."""
        await self._asking(number)
        if number in self.failures:
            raise self.failures[number]
        return self._now(number)

    async def find_by_id(self, _: UnitKind, object_id: ObjectId) -> Unit | None:
        """The unit with an id."""
        return next((each for each in self.units.values() if each.object_id == object_id), None)

    async def find_many(self, numbers: Sequence[UnitNumber]) -> Mapping[UnitNumber, Found]:
        """Units by number."""
        await self._asking(tuple(numbers))
        return {each: self.failures.get(each) or self._now(each) for each in numbers}

    async def production_units(self, company: CvrNumber) -> tuple[PNumber, ...]:
        """Those of a company."""
        await self._asking(("units of", company))
        return tuple(
            each for each in self.units if isinstance(each, PNumber) and self.units[each].company == company
        )

    async def search(self, name: str, *, page: int, size: int) -> Hits:
        """By the name's beginning."""
        await self._asking(("named", name, page, size))
        found = [
            Hit(each.number, each.name, each.address)
            for each in self.units.values()
            if each.name.startswith(name)
        ]
        return Hits(tuple(found[(page - 1) * size : page * size]), has_more=len(found) > page * size)

    async def _asking(self, question: object) -> None:
        self.asked.append(question)
        await self.gate.wait()
        if self.outage is not None:
            raise self.outage

    def _now(self, number: UnitNumber) -> Unit | None:
        found = self.units.get(number)
        return found and dataclasses.replace(found, asked_at=dt.datetime.now(dt.UTC))


def opened_with(
    register: FakeRegister, *, url: str = "http://127.0.0.1:9", keeper: CertificateKeeper | None = None
) -> Opened:
    """What opening a provider gives."""
    access = Access(provider=register.provider, url=url, events_url=url)
    tested = Tested(
        access=access, lookup=register, tls=Tls(None, keeper), keeper=keeper, tokens=None, connect_seconds=2
    )
    return Opened(lookup=register, feed=None, identity="test", tested=tested)


@contextlib.asynccontextmanager
async def as_provider(opened: Opened) -> AsyncIterator[Opened]:
    """In place of ``registers.opening.opened``."""
    yield opened


__all__ = [
    "COMPANY",
    "SHOP",
    "STORE",
    "FakeRegister",
    "as_provider",
    "company_numbers",
    "kind_of",
    "opened_with",
    "p_numbers",
    "unit",
]
