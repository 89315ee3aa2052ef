"""The provider in memory as CVR Online opens it: a company with two production units, and what it was asked, to the letter."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TypeAlias

from cvr_online.online import Online
from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.cvr.units import Industry, Unit, UnitAddress
from registerbro.registers.opening import Opened
from registerbro.registers.port import Found, Hits, Provider

from tests.support import cvr_provider
from tests.support.cvr_provider import CvrProvider

OpenOnline: TypeAlias = Callable[..., contextlib.AbstractAsyncContextManager[Online]]
COMPANY = CvrNumber("26911745")
SHOP, STORE = PNumber("1003387453"), PNumber("1002525374")
ADDRESS = UnitAddress(
    road="Møllevej", house_number_from="1", postcode="2850", post_district="Nærum", municipality_code="0230",
    country_code="DK",
)  # fmt: skip


def unit(number: UnitNumber, **changes: object) -> Unit:
    """A unit with something in every field; production units are the company's."""
    told: dict[str, object] = {
        "name": "Tømrer Ål ApS",
        "address": ADDRESS,
        "phone": "70101155",
        "fax": "70101156",
        "main_industry": Industry("433200", "Tømrervirksomhed"),
        "is_advertising_protected": True,
        "company": COMPANY if isinstance(number, PNumber) else None,
    }
    return cvr_provider.unit(number, **(told | changes))  # type: ignore[arg-type]


@dataclasses.dataclass
class AskedProvider(CvrProvider):
    """Notes every question; a closed ``gate`` holds the answers back."""

    provider: Provider = Provider.DATAFORDELER_GRAPHQL
    asked: list[object] = dataclasses.field(default_factory=list)
    gate: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()
        self.pause = self._until_the_gate_opens

    async def find(self, number: UnitNumber) -> Unit | None:
        self.asked.append(number)
        return await super().find(number)

    async def find_many(self, numbers: Sequence[UnitNumber]) -> Mapping[UnitNumber, Found]:
        self.asked.append(tuple(numbers))
        return await super().find_many(numbers)

    async def production_units(self, company: CvrNumber) -> tuple[PNumber, ...]:
        self.asked.append(("units of", company))
        return await super().production_units(company)

    async def search(self, name: str, *, page: int, size: int) -> Hits:
        self.asked.append(("named", name, page, size))
        return await super().search(name, page=page, size=size)

    @contextlib.asynccontextmanager
    async def _until_the_gate_opens(self, _: str) -> AsyncIterator[None]:
        await self.gate.wait()
        yield


@contextlib.asynccontextmanager
async def as_provider(opened: Opened) -> AsyncIterator[Opened]:
    """In place of ``registers.opening.opened``."""
    yield opened
