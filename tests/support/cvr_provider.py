"""A provider of CVR's data in memory, behind the port: units, events, subscriptions, and faults that a test asks for."""

import asyncio
import collections
import contextlib
import dataclasses
import datetime as dt
import functools
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence

from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.cvr.units import (
    Classification,
    Coded,
    Hit,
    Industry,
    ObjectId,
    Part,
    Unit,
    UnitAddress,
    UnitKind,
)
from registerbro.features import MAX_AGE
from registerbro.registers.access import Access
from registerbro.registers.certificates import CertificateKeeper, CertificateState
from registerbro.registers.errors import FeedGap, NotConfigured, PositionUnusable, RegisterError
from registerbro.registers.opening import Opened
from registerbro.registers.port import ChangeEvent, FeedPage, Found, Hits, Lookup, NameSearch, Provider
from registerbro.registers.settings import CvrLimitSettings
from registerbro.registers.steps import SAMPLE, Step, StepName
from registerbro.registers.tls import Clients, Tls
from registerbro.registers.transport import NoCaller
from registerbro.registers.ways import Way, Ways

EVERYTHING = frozenset(Part)
_WEIGHTS = (2, 7, 6, 5, 4, 3, 2)


def cvr_number(seed: int) -> CvrNumber:
    """A number with a right check digit, another one for each ``seed`` below 800,000; fictional."""
    for body in range(1_000_000 + 10 * seed, 1_000_010 + 10 * seed):
        remainder = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, str(body), strict=True)) % 11
        if remainder != 1:
            return CvrNumber.parse(f"{body}{(11 - remainder) % 11}")
    raise AssertionError("no two numbers in a row lack a check digit")


def p_number(seed: int) -> PNumber:
    """A P-number for each ``seed``; fictional."""
    return PNumber.parse(str(1_000_000_000 + seed))


def object_id_of(number: UnitNumber) -> ObjectId:
    """The id that this provider has for a number: ten digits from 4000000000, as Datafordeleren's."""
    digits = int(number.value)
    return str(
        4_000_000_000 + digits if isinstance(number, CvrNumber) else 4_100_000_000 + digits % 900_000_000
    )


def unit(number: UnitNumber, name: str = "Havnegade Vaerft ApS", **changes: object) -> Unit:
    """A unit with something in every field; keywords change fields of ``Unit``."""
    made = Unit(
        number=number,
        object_id=object_id_of(number),
        delivers=EVERYTHING,
        name=name,
        address=UnitAddress(
            road="Havnegade",
            house_number_from="12B",
            postcode="5000",
            post_district="Odense C",
            municipality_code="0461",
            road_code="3000",
            country_code="DK",
        ),
        phone="65500000",
        email="post@vaerft.example",
        main_industry=Industry("301100", "Bygning af skibe", Classification.DB07),
        start_date=dt.date(1999, 11, 1),
        status="NORMAL",
        form=Coded("80", "Anpartsselskab"),
        company=cvr_number(0) if isinstance(number, PNumber) else None,
        asked_at=dt.datetime.now(dt.UTC),
        records="{}",
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


@dataclasses.dataclass
class CvrProvider:
    """Lookup and feed in one. What a test changes counts from the next call on."""

    units: dict[UnitNumber, Unit] = dataclasses.field(default_factory=dict)
    selects: bool = True  # tells only of subscribed units, as KMD Logic
    most_at_once: int = 1
    name_search: NameSearch = NameSearch.PREFIX
    provider: Provider = Provider.KMD_LOGIC
    page_size: int = 100
    subscribed: set[ObjectId] = dataclasses.field(default_factory=set)
    events: list[ChangeEvent] = dataclasses.field(default_factory=list)
    kept_from: int = 0  # events before this place are no longer kept
    calls: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    fault: RegisterError | None = None  # of every call
    faults: dict[UnitNumber | ObjectId, RegisterError] = dataclasses.field(
        default_factory=dict
    )  # about one unit
    pause: Callable[[str], contextlib.AbstractAsyncContextManager[None]] | None = (
        None  # around every call, by its kind
    )

    def add(self, *units: Unit) -> None:
        """The register knows these units, as they are from now on."""
        self.units |= {each.number: each for each in units}

    def happen(
        self,
        object_id: ObjectId,
        *,
        about: str = "Navn",
        action: str = "Update",
        at: dt.datetime | None = None,
        effective_on: dt.date | None = None,
    ) -> ChangeEvent:
        """An event about a unit, after those that are there."""
        event = ChangeEvent(object_id, about, action, at or dt.datetime.now(dt.UTC), effective_on)
        self.events.append(event)
        return event

    def delivers(self, kind: UnitKind) -> frozenset[Part]:
        return EVERYTHING

    async def find(self, number: UnitNumber) -> Unit | None:
        async with self._call("find"):
            return self._found(number)

    async def find_by_id(self, kind: UnitKind, object_id: ObjectId) -> Unit | None:
        async with self._call("find_by_id"):
            numbers = (
                each.number
                for each in self.units.values()
                if each.object_id == object_id and each.kind is kind
            )
            number = next(numbers, None)
            return None if number is None else self._found(number)

    async def find_many(self, numbers: Sequence[UnitNumber]) -> Mapping[UnitNumber, Found]:
        found: dict[UnitNumber, Found] = {}
        for start in range(0, len(numbers), self.most_at_once):
            async with self._call("find_many"):
                for number in numbers[start : start + self.most_at_once]:
                    found[number] = self.faults.get(number) or self._as_of_now(number)
        return found

    async def production_units(self, company: CvrNumber) -> tuple[PNumber, ...]:
        async with self._call("production_units"):
            units = (
                each for each in self.units.values() if each.company == company and each.end_date is None
            )
            return tuple(sorted(each.number for each in units if isinstance(each.number, PNumber)))

    async def search(self, name: str, *, page: int, size: int) -> Hits:
        async with self._call("search"):
            hits = [
                Hit(each.number, each.name, each.address, each.company, each.end_date is not None)
                for each in self.units.values()
                if each.name.casefold().startswith(name.casefold())
            ]
            return Hits(tuple(hits[(page - 1) * size : page * size]), has_more=len(hits) > page * size)

    async def beginning(self, now: dt.datetime) -> str:
        async with self._call("beginning"):
            return f"memory:{sum(event.at <= now for event in self.events)}"

    async def pages(self, position: str, now: dt.datetime) -> AsyncIterator[FeedPage]:
        kind, _, place = position.partition(":")
        if kind != "memory":
            raise PositionUnusable("the position is another provider's")
        start = int(place)
        if start < self.kept_from:
            raise FeedGap("events were dropped before they were read")
        while True:
            async with self._call("pages"):
                some = self.events[start : start + self.page_size]
            start += len(some)
            told = tuple(each for each in some if not self.selects or each.object_id in self.subscribed)
            yield FeedPage(told, f"memory:{start}", now)
            if start >= len(self.events):
                return

    async def subscribe(self, object_id: ObjectId) -> None:
        if self.selects:
            async with self._call("subscribe"):
                self._refuse(object_id)
                self.subscribed.add(object_id)

    async def unsubscribe(self, object_id: ObjectId) -> None:
        if self.selects:
            async with self._call("unsubscribe"):
                self._refuse(object_id)
                self.subscribed.discard(object_id)

    @contextlib.asynccontextmanager
    async def _call(self, kind: str) -> AsyncIterator[None]:
        self.calls[kind] += 1
        async with self.pause(kind) if self.pause else contextlib.nullcontext():
            await asyncio.sleep(0)
            if self.fault is not None:
                raise self.fault
            yield

    def _refuse(self, key: UnitNumber | ObjectId) -> None:
        if fault := self.faults.get(key):
            raise fault

    def _found(self, number: UnitNumber) -> Unit | None:
        self._refuse(number)
        return self._as_of_now(number)

    def _as_of_now(self, number: UnitNumber) -> Unit | None:
        found = self.units.get(number)
        return found and dataclasses.replace(found, asked_at=dt.datetime.now(dt.UTC))


@dataclasses.dataclass(frozen=True)
class OpenedProvider:
    """The provider as ``registerbro.registers.opening.opened`` gives one."""

    memory: CvrProvider
    identity: str = "memory one"

    @property
    def lookup(self) -> CvrProvider:
        """Looks units up."""
        return self.memory

    @property
    def feed(self) -> CvrProvider:
        """Tells of changes."""
        return self.memory

    async def certificate(self) -> CertificateState | None:
        """None is used."""
        return None

    async def steps(self) -> AsyncGenerator[Step, None]:
        """The connection test, as far as there is a connection: the sample call."""
        yield Step(StepName.SETTINGS, is_ok=not isinstance(self.memory.fault, NotConfigured))
        try:
            await self.memory.find(SAMPLE)
        except RegisterError as error:
            yield Step(StepName.SAMPLE_CALL, is_ok=False, failure=error)
        else:
            yield Step(StepName.SAMPLE_CALL, is_ok=True)

    @contextlib.asynccontextmanager
    async def open(self, *_: object, **__: object) -> AsyncIterator["OpenedProvider"]:
        """In place of ``opened``."""
        yield self


def opened_with(
    lookup: Lookup, *, url: str = "http://127.0.0.1:9", keeper: CertificateKeeper | None = None
) -> Opened:
    """What opening the provider gives, as if it stood at an address."""
    access = Access(provider=lookup.provider, url=url, events_url=url)

    async def present() -> Access:
        return access

    ways = Ways(present, functools.partial(way_of, keeper=keeper), max_age=MAX_AGE)
    return Opened(lookup=lookup, feed=None, identity="test", ways=ways, connect_seconds=2)


def way_of(access: Access, keeper: CertificateKeeper | None = None) -> Way:
    """A way on which nothing is called."""
    tls, nobody = Tls(None, keeper), NoCaller(("the provider is in memory",))
    clients = Clients(tls, CvrLimitSettings())
    return Way(access=access, tls=tls, clients=clients, caller=nobody, events=nobody, keeper=keeper)
