"""The sandbox's companies as Datafordeleren has them: each row with the columns that its entity is published with."""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from registerbro_sandbox.companies import Entity as Kept
from registerbro_sandbox.companies import Event, Kind, World
from registerbro_sandbox.companies import Row as KeptRow
from registerbro_sandbox.companies.rows import owner_of
from registerbro_sandbox.datafordeler import entities
from registerbro_sandbox.datafordeler.entities import Entity
from registerbro_sandbox.datafordeler.register import HANDLING, Row
from registerbro_sandbox.datafordeler.schema import DANISH

_ACTOR = "Erhvervsstyrelsen"
_CHUNK = 1000
_KINDS = {entities.COMPANY.name: Kind.COMPANY, entities.PRODUCTION_UNIT.name: Kind.PRODUCTION_UNIT}


class CompanyRegister:
    """A world's companies; whoever changes them, the next answer shows it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def units_with(self, entity: Entity, column: str, value: Any) -> Iterable[str]:
        """See ``Register``. A name is found if a unit has it today."""
        match column:
            case "id" | "CVREnhedsId":
                return [value]
            case "datafordelerRowId":
                owner = owner_of(uuid.UUID(value))
                return [owner] if owner else []
            case "tilknyttetVirksomhedsCVRNummer":
                return [unit.object_id for unit in self._world.units_of(f"{value:08}")]
            case "vaerdi":
                return self._searched(value, frozenset(Kind), exact=True)
        number = f"{value:08}" if column == "CVRNummer" else f"{value:>010}"
        number = value if column == "forretningsnoegle" else number
        unit = self._world.by_number(number)
        return [unit.object_id] if unit else []

    def rows(self, entity: Entity, unit: str) -> Iterable[Row]:
        """See ``Register``."""
        found = self._world.by_id(unit)
        kept = Kept(entity.name)
        return [
            _row(entity, row)
            for row in (found.rows if found else ())
            if row.entity is kept and not row.is_secret and (entity.is_dated or row.is_known)
        ]

    def named(self, entity: Entity, prefix: str) -> Iterator[str]:
        """See ``Register``."""
        return self._searched(prefix, frozenset({_KINDS[entity.name]}), exact=False)

    def events(self, first: int) -> Iterator[Row]:
        """See ``Register``."""
        while events := self._world.events(first - 1, _CHUNK):
            yield from (_EventRow(self._world, event) for event in events)
            first = events[-1].id + 1

    def events_between(self, begins: dt.datetime, ends: dt.datetime, skip: int, limit: int) -> list[Row]:
        """See ``Register``."""
        events = self._world.events_between(begins, ends, skip=skip, limit=limit)
        last = self._world.status().last_event_id
        return [_EventRow(self._world, event) for event in events if event.id <= last]

    def status(self) -> Row:
        """See ``Register``. The time is Danish, though it says that it is UTC: so the register itself has it."""
        status = self._world.status()
        return {
            "lastEventId": status.last_event_id,
            "lastSequenceNumber": status.last_sequence,
            "lastUpdated": status.updated.astimezone(DANISH).replace(tzinfo=dt.UTC),
        }

    def _searched(self, name: str, kinds: frozenset[Kind], *, exact: bool) -> Iterator[str]:
        page, has_more = 1, True
        while has_more:
            units, has_more = self._world.search(name, exact=exact, kinds=kinds, page=page, size=_CHUNK)
            yield from (unit.object_id for unit in units)
            page += 1


class _EventRow(Mapping[str, Any]):
    """An event by column; what its row says is looked up only when it is asked for."""

    def __init__(self, world: World, event: Event) -> None:
        self._world = world
        self._event = event
        self._own = {
            "eventid": event.id,
            "entityname": event.entity.value,
            "eventaction": event.action.value,
            "fromfailedimport": event.is_from_failed_import,
            "datafordelerOpdateringstid": event.at,
            "datafordelerRegisterImportSequenceNumber": event.sequence,
            "object_id": event.object_id,
            HANDLING: event.handling,
        }

    def __getitem__(self, column: str) -> Any:
        if column in self._own:
            return self._own[column]
        return _of_row(self._world.row_of(self._event))[column]

    def __iter__(self) -> Iterator[str]:
        return iter(entities.EVENTS.columns)

    def __len__(self) -> int:
        return len(entities.EVENTS.columns)


def _of_row(row: KeptRow) -> dict[str, Any]:
    return {
        "object_datafordelerRowId": str(row.row_id),
        "object_datafordelerRowVersion": row.version,
        "object_registreringfra": row.registrering_fra,
        "object_registreringtil": row.registrering_til,
        "object_status": row.values.get("status"),
        "object_virkningfra": row.virkning_fra,
        "object_virkningtil": row.virkning_til,
    }


def _row(entity: Entity, row: KeptRow) -> Row:
    shown = {
        **dict.fromkeys(entity.columns),
        **{name: _value(entity.columns[name], value) for name, value in row.values.items()},
        "id" if "id" in entity.columns else "CVREnhedsId": row.object_id,
        "datafordelerOpdateringstid": row.updated,
        "datafordelerRegisterImportSequenceNumber": row.sequence,
        "datafordelerRowId": str(row.row_id),
        "datafordelerRowVersion": row.version,
    }
    if not entity.is_dated:
        return shown
    return {
        **shown,
        "registreringFra": row.registrering_fra,
        "registreringTil": row.registrering_til,
        "registreringsaktoer": _ACTOR,
        "virkningFra": row.virkning_fra,
        "virkningTil": row.virkning_til,
        "virkningsaktoer": _ACTOR,
    }


def _value(kind: str, value: Any) -> Any:
    """A value as its column's type has it; the world keeps numbers and dates as text."""
    if value is None:
        return None
    match kind.rstrip("!"):
        case "Long":
            return int(value)
        case "LocalDate":
            return dt.date.fromisoformat(value)
    return value
