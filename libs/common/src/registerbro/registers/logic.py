"""KMD Logic: units looked up through its CVR service. It has no search by name, and knows no fax, c/o, advertising protection or
secondary industries of a company."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.cvr.units import ObjectId, Part, Unit, UnitKind
from registerbro.registers import logic_units
from registerbro.registers.calling import Answer, Caller
from registerbro.registers.datafordeler.fields import Node
from registerbro.registers.errors import FieldUnusable, Refused, SearchNotSupported
from registerbro.registers.failures import quoted
from registerbro.registers.many import one_by_one
from registerbro.registers.port import Found, Hits, NameSearch, Provider
from registerbro.registers.settings import LogicSettings

NO_CONTENT, BAD_REQUEST, NOT_FOUND = 204, 400, 404
_BY_ID: Mapping[UnitKind, str] = {
    UnitKind.COMPANY: "/by-id/",
    UnitKind.PRODUCTION_UNIT: "/production-unit-detail-by-id/",
}


class LogicLookup:
    """``port.Lookup`` at KMD Logic; the caller's base address ends with ``/subscriptions/{id}/cvr``."""

    provider = Provider.KMD_LOGIC
    name_search = NameSearch.NONE
    most_at_once = 1

    def __init__(
        self,
        caller: Caller,
        settings: LogicSettings | None,
        *,
        at_once: int,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._caller = caller
        self._params = configuration(settings)
        self._at_once = at_once
        self._now = now

    def delivers(self, kind: UnitKind) -> frozenset[Part]:
        """What it can deliver of a kind of unit."""
        return logic_units.DELIVERS[kind]

    async def find(self, number: UnitNumber) -> Unit | None:
        """The unit with a number."""
        is_company = isinstance(number, CvrNumber)
        kind = UnitKind.COMPANY if is_company else UnitKind.PRODUCTION_UNIT
        path = f"/by-cvr/{number}" if is_company else f"/production-unit-detail/{number}"
        unit = await self._unit(kind, path)
        if unit is not None and unit.number != number:
            field = "cvrNumber" if is_company else "pNumber"
            raise FieldUnusable(field, "is another one than was asked for")
        return unit

    async def find_by_id(self, kind: UnitKind, object_id: ObjectId) -> Unit | None:
        """The unit with the provider's own id."""
        return await self._unit(kind, _BY_ID[kind] + quote(object_id, safe=""))

    async def find_many(self, numbers: Sequence[UnitNumber]) -> Mapping[UnitNumber, Found]:
        """Units by number, some asked for at once."""
        return await one_by_one(self.find, numbers, at_once=self._at_once)

    async def production_units(self, company: CvrNumber) -> tuple[PNumber, ...]:
        """The numbers of a company's production units."""
        content = await self._content(f"/production-units/by-cvr/{company}")
        units = Node(logic_units.spelled(content))
        return tuple(dict.fromkeys(logic_units.p_number(each.get("pNumber")) for each in units.items()))

    async def search(self, name: str, *, page: int, size: int) -> Hits:
        """Raises ``SearchNotSupported``."""
        del name, page, size
        raise SearchNotSupported("KMD Logic has no search by name: search by CVR number or P-number")

    async def _unit(self, kind: UnitKind, path: str) -> Unit | None:
        asked_at = self._now()
        content = await self._content(path)
        if content is None:
            return None
        read = logic_units.company if kind is UnitKind.COMPANY else logic_units.unit
        return read(content, asked_at)

    async def _content(self, path: str) -> Any:
        """What an answer says; None where the register does not know what was asked for."""
        answer = await self._caller.call("GET", path, params=self._params)
        if answer.status in {NOT_FOUND, NO_CONTENT}:
            return None
        raise_refused(answer)
        return answer.json()


def configuration(settings: LogicSettings | None) -> Mapping[str, str]:
    """The parameter that every call has; none where nothing is configured, and nothing can be called."""
    return {"configurationId": str(settings.configuration_id)} if settings else {}


def raise_refused(answer: Answer) -> None:
    """Raises ``Refused`` for a 400: a wrong configuration, or a number that the service does not like."""
    if answer.status == BAD_REQUEST:
        text = f"KMD Logic answered 400: {quoted(answer.content)}"
        raise Refused(text, code=str(BAD_REQUEST), status=BAD_REQUEST)
