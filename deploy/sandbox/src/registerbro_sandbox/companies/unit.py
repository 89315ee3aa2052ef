"""A company or production unit of the register: its rows, what can happen to them, and which rows each happening touched."""

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterable, Mapping, Sequence

from registerbro_sandbox.companies.rows import LOCATION, Action, Entity, Row, Value, slot_of


class Kind(enum.StrEnum):
    """What CVR has numbers for."""

    COMPANY = "company"
    PRODUCTION_UNIT = "unit"


class CannotHappen(ValueError):
    """The unit is not in a state in which this can happen to it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Package:
    """One import package of the register: its place in the world's log, its number, and when it came."""

    place: int
    sequence: int
    at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Touch:
    """A row as a package left it, and what was done with it."""

    package: int
    action: Action
    row: Row


@dataclasses.dataclass(slots=True)
class CvrUnit:
    """A company or production unit. Read it, but change it only through ``World``."""

    kind: Kind
    number: str  # CVR number or P-number
    object_id: str
    rows: list[Row] = dataclasses.field(default_factory=list)  # every one that ever was and was not deleted
    touches: list[Touch] = dataclasses.field(default_factory=list)
    made: int = 0  # rows so far, deleted ones included
    packages: int = 0  # those of the world's log that are done with

    @property
    def master(self) -> Entity:
        """The entity that says that it exists."""
        return Entity.COMPANY if self.kind is Kind.COMPANY else Entity.PRODUCTION_UNIT

    def known(self, entity: Entity | None = None, *, moment: dt.datetime | None = None) -> list[Row]:
        """Published rows of an entity, or of all, that the register holds true today, or held true at a moment; of any time of force."""
        return [
            row
            for row in self.rows
            if entity in {None, row.entity}
            and not row.is_secret
            and (row.is_known if moment is None else row.is_known_at(moment))
        ]

    def at(self, entity: Entity, day: dt.date, *, moment: dt.datetime | None = None) -> list[Row]:
        """Published rows of an entity about a day, main ones (location address, place 0) first."""
        rows = [row for row in self.known(entity, moment=moment) if row.is_in_force(day)]
        return sorted(rows, key=_main_first)

    def last(self, entity: Entity, day: dt.date, *, moment: dt.datetime | None = None) -> list[Row]:
        """As ``at``; of a unit that has ceased by then, the rows that it ended with."""
        if rows := self.at(entity, day, moment=moment):
            return rows
        ended = self.ended(moment=moment)
        if ended is None or day < ended:
            return []
        return sorted(_ended_with(self.known(entity, moment=moment), ended), key=_main_first)

    def value(self, entity: Entity, day: dt.date, name: str = "vaerdi", *, slot: str | None = None) -> Value:
        """A field of the first row of ``last``, or of the one in a slot; None if there is none."""
        for row in self.last(entity, day):
            if slot is None or row.slot == slot:
                return row.values.get(name)
        return None

    def name(self, day: dt.date) -> str:
        """Its name on a day; the last one, if it has ceased."""
        return str(self.value(Entity.NAME, day, slot="0") or "")

    def ended(self, *, moment: dt.datetime | None = None) -> dt.date | None:
        """The day it ceased on, as far as the register knows, or knew at a moment; None if it lives."""
        rows = self.known(self.master, moment=moment)
        date = max(rows, key=_lasts_longest).values.get(self._names("Ophoersdato")) if rows else None
        return dt.date.fromisoformat(str(date)) if date else None

    @property
    def company(self) -> str | None:
        """A production unit's company: its CVR number, as the register has it last."""
        number = self._lasting(self.master).values.get("tilknyttetVirksomhedsCVRNummer")
        return str(number) if number else None

    # What can happen

    def insert(
        self,
        package: Package,
        entity: Entity,
        values: Mapping[str, Value],
        since: dt.date,
        until: dt.date | None = None,
        *,
        is_secret: bool = False,
    ) -> None:
        """A new row."""
        row = Row(
            entity,
            self.object_id,
            self.made,
            values,
            since,
            until,
            package.at,
            None,
            package.sequence,
            package.at,
            is_secret=is_secret,
        )
        self.made += 1
        self.rows.append(row)
        self._touch(package, Action.INSERTED, row)

    def replace(
        self,
        package: Package,
        entity: Entity,
        rows: Sequence[Mapping[str, Value]],
        since: dt.date,
        *,
        is_secret: bool = False,
    ) -> None:
        """From a day on an entity has these rows; names and addresses of other slots stay, all others end.

        Old rows are closed and written anew up to that day. What stays the same is not touched.
        """
        wanted = {slot_of(entity, values): values for values in rows}
        for row in [row for row in self.rows if row.is_known and row.entity is entity]:
            if row.virkning_til is not None and row.virkning_til <= since:
                continue
            if row.slot not in wanted and entity in {Entity.NAME, Entity.ADDRESS}:
                continue
            lasts = row.virkning_til is None and row.virkning_fra <= since
            if lasts and wanted.get(row.slot) == row.values and row.is_secret == is_secret:
                wanted.pop(row.slot)
                continue
            self._end(package, row, since)
        for values in wanted.values():
            self.insert(package, entity, values, since, is_secret=is_secret)

    def cease(self, package: Package, day: dt.date) -> None:
        """It ends: every row in force ends with it, and the master row says so."""
        if day <= self._lasting(self.master).virkning_fra:
            raise CannotHappen(f"{self.number} did not exist before that day")
        if self.ended():
            raise CannotHappen(f"{self.number} has ceased already")
        for row in [row for row in self.rows if row.is_known and row.entity is not Entity.UNIT]:
            if row.virkning_til is not None and row.virkning_til <= day:
                continue
            if row.virkning_fra == day:  # what came on the last day is not to be lost
                self._update(package, row, virkning_til=day + dt.timedelta(days=1))
                continue
            closed = {}
            if row.entity is self.master:
                closed = {"status": "inaktiv", self._names("Ophoersdato"): day.isoformat()}
            self._end(package, row, day, closed)

    def reopen(self, package: Package, day: dt.date) -> None:
        """It lives again, with everything it had when it ceased."""
        ended = self.ended()
        if ended is None:
            raise CannotHappen(f"{self.number} has not ceased")
        opened = {"status": "aktiv", self._names("Ophoersdato"): None}
        for row in _ended_with([row for row in self.rows if row.is_known], ended):
            values = {**row.values, **(opened if row.entity is self.master else {})}
            self.insert(package, row.entity, values, max(day, ended), is_secret=row.is_secret)

    def correct(self, package: Package) -> None:
        """All rows are deleted and inserted again as they were; that says nothing about the unit."""
        for row in [row for row in self.rows if row.is_known]:
            self.rows.remove(row)
            self._touch(package, Action.DELETED, dataclasses.replace(row, updated=package.at))
            self.insert(
                package, row.entity, row.values, row.virkning_fra, row.virkning_til, is_secret=row.is_secret
            )

    def recode(self, package: Package, values: Mapping[str, Value], since: dt.date) -> None:
        """The main industry gets another code. Always two touches: a row closed, a row inserted; a ceased unit's keeps its end."""
        row = self._lasting(Entity.INDUSTRY)
        if row.virkning_til is None and row.virkning_fra < since:
            self._update(package, row, virkning_til=since)
            self.insert(package, Entity.INDUSTRY, values, since)
        else:
            self._update(package, row, registrering_til=package.at)
            self.insert(package, Entity.INDUSTRY, values, row.virkning_fra, row.virkning_til)

    def _end(
        self, package: Package, row: Row, day: dt.date, closed: Mapping[str, Value] | None = None
    ) -> None:
        """A row is known no more as it was; up to the day it is written anew."""
        self._update(package, row, registrering_til=package.at)
        if row.virkning_fra < day:
            values = {**row.values, **(closed or {})}
            self.insert(package, row.entity, values, row.virkning_fra, day, is_secret=row.is_secret)

    def _update(self, package: Package, row: Row, **changes: dt.date | dt.datetime | None) -> None:
        changed = dataclasses.replace(
            row,
            version=row.version + 1,
            sequence=package.sequence,
            updated=package.at,
            **changes,  # type: ignore[arg-type]
        )
        self.rows[self.rows.index(row)] = changed
        self._touch(package, Action.UPDATED, changed)

    def _touch(self, package: Package, action: Action, row: Row) -> None:
        if package.place >= 0:
            self.touches.append(Touch(package.place, action, row))

    def _lasting(self, entity: Entity) -> Row:
        """The row of the first slot that is in force longest."""
        rows = [row for row in self.rows if row.is_known and row.entity is entity and row.slot in {"", "0"}]
        return max(rows, key=_lasts_longest)

    def _names(self, what: str) -> str:
        return f"{'virksomhed' if self.kind is Kind.COMPANY else 'produktionsenhed'}{what}"


def _main_first(row: Row) -> tuple[bool, str]:
    return row.slot != LOCATION, row.slot


def _lasts_longest(row: Row) -> tuple[dt.date, dt.date]:
    return row.virkning_til or dt.date.max, row.virkning_fra


def _ended_with(rows: Iterable[Row], ended: dt.date) -> list[Row]:
    """Of rows those that were in force when a unit ceased: the last one for each slot."""
    last: dict[tuple[Entity, str], Row] = {}
    for row in sorted(
        (row for row in rows if row.virkning_til and row.virkning_til >= ended), key=_lasts_longest
    ):
        last[row.entity, row.slot] = row
    return list(last.values())
