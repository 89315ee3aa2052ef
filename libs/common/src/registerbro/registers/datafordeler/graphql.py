"""``Lookup`` at the GraphQL service: a unit is gathered from one question for each entity, up to 100 units by the same ones.

Numbers are asked for first, as of now; those that are not there, again with past and future rows, which finds what has ceased or
is still to begin. The ids that come out are asked for in every entity. A unit counts only when all its entities answered: an
error, or a page that does not come, is the unit's failure and never an empty field.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from registerbro.cvr import reading
from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.cvr.units import Hit, ObjectId, Part, Unit, UnitKind
from registerbro.registers.calling import Caller
from registerbro.registers.datafordeler import graphql_answers
from registerbro.registers.datafordeler.addresses import address_of
from registerbro.registers.datafordeler.assembling import delivered
from registerbro.registers.datafordeler.entities import (
    ADDRESS,
    BY_COMPANY,
    BY_ID,
    BY_NAME,
    BY_NUMBER,
    BY_UNIT,
    LIST_SIZE,
    NAME,
    OWN,
    PARTS,
    Entity,
    Key,
)
from registerbro.registers.datafordeler.fields import Node
from registerbro.registers.datafordeler.graphql_answers import topic_rows
from registerbro.registers.datafordeler.graphql_service import GraphqlService
from registerbro.registers.datafordeler.sheets import (
    COMMON_TOPICS,
    COMPANY_TOPICS,
    Topic,
    company_of,
    has_ceased,
    kind_of,
    life_of,
    number_of,
    own_row,
    p_number,
)
from registerbro.registers.datafordeler.together import Clock, for_each, utc_now
from registerbro.registers.errors import AccessRefused, RegisterError, Throttled, Unreachable
from registerbro.registers.port import Found, Hits, NameSearch, Provider


@dataclasses.dataclass(frozen=True, slots=True)
class _Known:
    """A unit whose own rows have come."""

    kind: UnitKind
    object_id: ObjectId
    rows: Sequence[Node]
    is_present: bool  # its rows of today are enough


class GraphqlLookup:
    """Asks the GraphQL service; ``caller`` calls its end point."""

    provider = Provider.DATAFORDELER_GRAPHQL
    name_search = NameSearch.EXACT
    most_at_once = LIST_SIZE

    def __init__(self, caller: Caller, *, at_once: int = 8, clock: Clock = utc_now) -> None:
        self._service = GraphqlService(caller, at_once=at_once)
        self._at_once = at_once
        self._clock = clock

    def delivers(self, kind: UnitKind) -> frozenset[Part]:
        """All of the port's parts but fax; company form and credit for companies only."""
        topics = COMPANY_TOPICS if kind is UnitKind.COMPANY else frozenset[Topic]()
        return delivered(*COMMON_TOPICS | topics, kind=kind)

    async def find(self, number: UnitNumber) -> Unit | None:
        """The unit with a number: nine questions for a company, seven for a production unit."""
        return _or_raised((await self._found([number], self._clock())).get(number))

    async def find_by_id(self, kind: UnitKind, object_id: ObjectId) -> Unit | None:
        """The unit with a CVREnhedsId."""
        asked_at = self._clock()
        rows = await self._own_rows(kind, BY_ID, [object_id], asked_at)
        found = await self._gathered(_known(kind, rows, asked_at), asked_at)
        return _or_raised(found.get(object_id))

    async def find_many(self, numbers: Sequence[UnitNumber]) -> Mapping[UnitNumber, Found]:
        """Units by number, a hundred at once: what fails for one of a hundred is its own, what fails for all is theirs.

        Where the register cannot be reached or wants a pause nothing more is asked, and the rest has the same error.
        """
        unique = list(dict.fromkeys(numbers))
        found: dict[UnitNumber, Found] = {}
        for start in range(0, len(unique), LIST_SIZE):
            batch = unique[start : start + LIST_SIZE]
            try:
                found |= dict.fromkeys(batch) | await self._found(batch, self._clock())
            except (Throttled, Unreachable) as problem:
                return found | dict.fromkeys(unique[start:], problem)
            except AccessRefused:
                raise
            except RegisterError as problem:
                found |= dict.fromkeys(batch, problem)
        return found

    async def production_units(self, company: CvrNumber) -> tuple[PNumber, ...]:
        """The numbers of a company's production units in force today."""
        now = self._clock()
        own = OWN[UnitKind.PRODUCTION_UNIT]
        nodes = await self._service.rows(own, BY_COMPANY, [int(company.value)], now)
        rows = reading.standing(topic_rows(own, nodes), reading.danish_day(now))
        return tuple(dict.fromkeys(p_number(row.node) for row in rows if not has_ceased(row.node)))

    async def search(self, name: str, *, page: int, size: int) -> Hits:
        """Units that bear exactly this name today, also as a secondary one."""
        now = self._clock()
        today = reading.danish_day(now)
        named = topic_rows(NAME, await self._service.rows(NAME, BY_NAME, [name], now))
        rows = reading.standing(named, today)
        ids = sorted({row.node.get(NAME.unit_id).required_text() for row in rows})
        shown = ids[(page - 1) * size : page * size]
        if not shown:
            return Hits((), has_more=False)
        own_rows = await for_each(
            lambda kind: self._service.rows(OWN[kind], BY_ID, shown, now), UnitKind, at_once=self._at_once
        )
        places = _by(ADDRESS.unit_id, await self._service.rows(ADDRESS, BY_UNIT, shown, now))
        hits = [
            _hit(kind, nodes, places.get(object_id, ()), name, today)
            for kind, all_nodes in zip(UnitKind, own_rows, strict=True)
            for object_id, nodes in _by(OWN[kind].unit_id, all_nodes).items()
        ]
        return Hits(tuple(hits), has_more=len(ids) > page * size)

    async def _found(self, numbers: Sequence[UnitNumber], asked_at: dt.datetime) -> dict[UnitNumber, Found]:
        """At most 100 numbers; those that the register does not know are missing from the answer."""
        asked = {number.value: number for number in numbers}
        known: dict[str, _Known | RegisterError] = {}
        for kind in UnitKind:
            values = [int(number.value) for number in numbers if kind_of(number) is kind]
            rows = await self._own_rows(kind, BY_NUMBER[kind], values, asked_at) if values else {}
            known |= _known(kind, rows, asked_at)
        found = await self._gathered(known, asked_at)
        return {asked[text]: each for text, each in found.items() if text in asked}

    async def _own_rows(
        self, kind: UnitKind, key: Key, values: Sequence[str | int], now: dt.datetime
    ) -> dict[str, list[Node]]:
        """A kind's own rows by what was asked for: today's, and of what is not there today all others."""
        present = _by(key.field, await self._service.rows(OWN[kind], key, values, now))
        missing = [value for value in values if str(value) not in present]
        if not missing:
            return present
        return present | _by(key.field, await self._service.rows(OWN[kind], key, missing, None))

    async def _gathered(
        self, known: Mapping[str, _Known | RegisterError], asked_at: dt.datetime
    ) -> dict[str, Found]:
        """The units, with the rows of all their entities; those of a ceased unit have ended with it."""
        units = [each for each in known.values() if isinstance(each, _Known)]
        present = await self._parts([each for each in units if each.is_present], asked_at)
        past = await self._parts([each for each in units if not each.is_present], None)
        return {
            text: _unit(each, present if each.is_present else past, asked_at)
            if isinstance(each, _Known)
            else each
            for text, each in known.items()
        }

    async def _parts(
        self, units: Sequence[_Known], at: dt.datetime | None
    ) -> dict[str, dict[str, list[Node]]]:
        """By entity and id, the rows of units of both kinds."""
        ids = {
            entity: [each.object_id for each in units if entity in PARTS[each.kind]]
            for entity in PARTS[UnitKind.COMPANY]
        }
        asked = [entity for entity, of_entity in ids.items() if of_entity]

        async def rows(entity: Entity) -> list[Node]:
            return await self._service.rows(entity, BY_UNIT, ids[entity], at)

        answers = await for_each(rows, asked, at_once=self._at_once)
        return {entity.name: _by(entity.unit_id, nodes) for entity, nodes in zip(asked, answers, strict=True)}


def _known(
    kind: UnitKind, rows: Mapping[str, Sequence[Node]], asked_at: dt.datetime
) -> dict[str, _Known | RegisterError]:
    """What own rows say of each unit, or why they cannot be used."""
    known: dict[str, _Known | RegisterError] = {}
    for text, nodes in rows.items():
        try:
            known[text] = _one_known(kind, nodes, reading.danish_day(asked_at))
        except RegisterError as problem:
            known[text] = problem
    return known


def _one_known(kind: UnitKind, nodes: Sequence[Node], today: dt.date) -> _Known:
    row = own_row(topic_rows(OWN[kind], nodes), today)
    life = life_of(kind, row, today)
    object_id = row.node.get(OWN[kind].unit_id).required_text()
    return _Known(kind, object_id, nodes, is_present=not life.has_ceased and life.day == today)


def _unit(known: _Known, parts: Mapping[str, Mapping[str, Sequence[Node]]], asked_at: dt.datetime) -> Found:
    rows = {OWN[known.kind].name: [node.value for node in known.rows]}
    for entity in PARTS[known.kind]:
        rows[entity.name] = [node.value for node in parts[entity.name].get(known.object_id, ())]
    try:
        return graphql_answers.unit(known.kind, rows, asked_at)
    except RegisterError as problem:
        return problem


def _hit(kind: UnitKind, nodes: Sequence[Node], places: Sequence[Node], name: str, today: dt.date) -> Hit:
    row = own_row(topic_rows(OWN[kind], nodes), today).node
    standing = reading.standing(topic_rows(ADDRESS, places), today)
    return Hit(
        number_of(kind, row),
        name,
        address=next((found for at in standing if (found := address_of(at.node, at.since))), None),
        company=company_of(kind, row),
        has_ceased=has_ceased(row),
    )


def _by(field: str, nodes: Iterable[Node]) -> dict[str, list[Node]]:
    """Rows by the field that says whose they are; one that does not say it could be anybody's, and spoils them all."""
    grouped: dict[str, list[Node]] = {}
    for node in nodes:
        grouped.setdefault(node.get(field).required_text(), []).append(node)
    return grouped


def _or_raised(found: Found) -> Unit | None:
    if isinstance(found, RegisterError):
        raise found
    return found
