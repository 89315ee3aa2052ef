"""``Lookup`` at the REST services of Datafordeleren, ``HentCVRData`` and ``SoegCVRData``: one call for each unit."""

import datetime as dt
from collections.abc import Mapping, Sequence

from registerbro.cvr import reading
from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.cvr.units import Hit, ObjectId, Part, Unit, UnitKind
from registerbro.registers.calling import Answer, Caller
from registerbro.registers.datafordeler import rest_answers
from registerbro.registers.datafordeler.assembling import delivered
from registerbro.registers.datafordeler.fields import Node
from registerbro.registers.datafordeler.sheets import COMMON_TOPICS, COMPANY_TOPICS, Topic, kind_of
from registerbro.registers.datafordeler.together import Clock, for_each, utc_now
from registerbro.registers.errors import FieldUnusable, Refused
from registerbro.registers.many import one_by_one
from registerbro.registers.port import Found, Hits, NameSearch, Provider

_GET = "/CVR/HentCVRData/1/rest"
_SEARCH = "/CVR/SoegCVRData/1/rest"
_BY_NUMBER: Mapping[UnitKind, tuple[str, str]] = {
    UnitKind.COMPANY: ("hentVirksomhedMedCVRNummer", "pCVRNummer"),
    UnitKind.PRODUCTION_UNIT: ("hentProduktionsenhedMedPNummer", "ppNummer"),
}
_BY_ID: Mapping[UnitKind, str] = {
    UnitKind.COMPANY: "hentVirksomhedMedCVREnhedsid",
    UnitKind.PRODUCTION_UNIT: "hentProduktionsenhedMedCVREnhedsid",
}
_BY_NAME: Mapping[UnitKind, str] = {
    UnitKind.COMPANY: "soegVirksomhedMedNavn",
    UnitKind.PRODUCTION_UNIT: "soegProduktionsenhedMedNavn",
}
_UNKNOWN = 404
_DAY = dt.timedelta(days=1)
DAYS_BACK = (7, 90, 365, 730, 1461, 2922, 5844, 11688)  # where a unit that is not there today is looked for


class RestLookup:
    """Asks the REST services; ``caller`` calls below their host."""

    provider = Provider.DATAFORDELER_REST
    name_search = NameSearch.PREFIX
    most_at_once = 1

    def __init__(self, caller: Caller, *, at_once: int = 8, clock: Clock = utc_now) -> None:
        self._caller = caller
        self._at_once = at_once
        self._clock = clock

    def delivers(self, kind: UnitKind) -> frozenset[Part]:
        """All of the port's parts, company form and credit for companies only."""
        topics = COMPANY_TOPICS if kind is UnitKind.COMPANY else frozenset[Topic]()
        return delivered(*COMMON_TOPICS | topics, Topic.FAX, kind=kind)

    async def find(self, number: UnitNumber) -> Unit | None:
        """The unit with a number; a ceased one costs more calls, an unknown one most."""
        kind = kind_of(number)
        method, parameter = _BY_NUMBER[kind]
        found = await self._present_or_past(kind, f"{_GET}/{method}", {parameter: number.value})
        if found is not None and found.number != number:
            raise FieldUnusable(rest_answers.OWN_KEY[kind], "is another unit than was asked for")
        return found

    async def find_by_id(self, kind: UnitKind, object_id: ObjectId) -> Unit | None:
        """The unit with a CVREnhedsId."""
        return await self._present_or_past(kind, f"{_GET}/{_BY_ID[kind]}", {"pId": object_id})

    async def find_many(self, numbers: Sequence[UnitNumber]) -> Mapping[UnitNumber, Found]:
        """Units by number, one call each: there is no bulk."""
        return await one_by_one(self.find, numbers, at_once=self._at_once)

    async def production_units(self, company: CvrNumber) -> tuple[PNumber, ...]:
        """The numbers of a company's production units in force today."""
        method, parameter = _BY_NUMBER[UnitKind.COMPANY]
        params = {parameter: company.value, "pInkluderProduktionsenhedsnumre": "true"}
        answer = await self._get(f"{_GET}/{method}", params)
        return () if answer is None else rest_answers.production_units(answer)

    async def search(self, name: str, *, page: int, size: int) -> Hits:
        """Units whose names begin so: a page has companies and production units by halves. A full page may be the last."""
        each = max(1, size // 2)
        params = {"pNavn": name, "page": str(page), "pageSize": str(each)}

        async def found(kind: UnitKind) -> list[Hit]:
            answer = await self._get(f"{_SEARCH}/{_BY_NAME[kind]}", params)
            return [] if answer is None else rest_answers.hits(kind, answer)

        by_kind = await for_each(found, UnitKind, at_once=self._at_once)
        return Hits(
            tuple(hit for hits in by_kind for hit in hits), any(len(hits) >= each for hits in by_kind)
        )

    async def _present_or_past(self, kind: UnitKind, path: str, params: Mapping[str, str]) -> Unit | None:
        """As it is now, else as it was when it ceased. The services take a moment, and do not tell when a unit was there."""
        asked_at = self._clock()
        if (present := await self._unit(kind, path, params, asked_at)) is not None:
            return present
        for days in DAYS_BACK:
            moment = asked_at - days * _DAY
            if (past := await self._unit(kind, path, _at(params, moment), asked_at)) is not None:
                return await self._at_its_end(past, path, params)
        return None

    async def _at_its_end(self, past: Unit, path: str, params: Mapping[str, str]) -> Unit:
        """What was asked for some day of its life may have changed until it ceased."""
        if past.end_date is None:
            raise FieldUnusable(
                f"{rest_answers.OWN_KEY[past.kind]}.virkningTil", "tells no end of a past unit"
            )
        last_day = dt.datetime.combine(past.end_date - _DAY, dt.time(12), reading.DENMARK)
        return await self._unit(past.kind, path, _at(params, last_day), past.asked_at) or past

    async def _unit(
        self, kind: UnitKind, path: str, params: Mapping[str, str], asked_at: dt.datetime
    ) -> Unit | None:
        answer = await self._get(path, params)
        return None if answer is None else rest_answers.unit(kind, answer, asked_at)

    async def _get(self, path: str, params: Mapping[str, str]) -> Node | None:
        answer = await self._caller.call("GET", path, params=params)
        if answer.status == _UNKNOWN:
            return None
        _check(answer)
        return Node(answer.json()) if answer.content.strip() else None


def _at(params: Mapping[str, str], moment: dt.datetime) -> Mapping[str, str]:
    return {**params, "pVirkningstid": moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}


def _check(answer: Answer) -> None:
    if answer.status >= 400:
        raise Refused(
            "the register refused the question as badly put", code=str(answer.status), status=answer.status
        )
