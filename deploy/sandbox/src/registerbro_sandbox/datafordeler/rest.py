"""REST lookups and searches: one object per unit, made of the rows that are in force at a time."""

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from registerbro_sandbox.datafordeler import entities
from registerbro_sandbox.datafordeler.entities import Entity
from registerbro_sandbox.datafordeler.errors import NotReadable
from registerbro_sandbox.datafordeler.parameters import moment_in, whole
from registerbro_sandbox.datafordeler.register import Register, Row, danish_date, in_force
from registerbro_sandbox.datafordeler.schema import DANISH
from registerbro_sandbox.datafordeler.shape import (
    EmailKey,
    Industries,
    Nothing,
    Numbers,
    Protection,
    RestShape,
    Results,
)

_LONGEST_PAGE = 500
_STATUSES = frozenset({"aktiv", "inaktiv"})
_NUMBERS = frozenset({"CVRNummer", "pNummer", "tilknyttetVirksomhedsCVRNummer"})
_LISTED = ("hovedbranche", "bibranche1", "bibranche2", "bibranche3")
_CONTACTS = {
    "telefonnummer": entities.PHONE,
    "telefaxnummer": entities.FAX,
    EmailKey.HYPHEN.value: entities.EMAIL,
    "dataleverandoer": entities.SUPPLIER,
}
_OF_COMPANIES = {"virksomhedsform": entities.FORM, "kreditoplysninger": entities.CREDIT}
_HIDDEN = frozenset({"id", "CVREnhedsId", "sekvens", "AdresseringAnvendelse"}).union(
    entities.TECHNICAL, entities.BITEMPORAL
)


@dataclasses.dataclass(frozen=True, slots=True)
class Method:
    """One REST method: its service, its parameter, and what it finds; None: a unit of either kind."""

    service: str
    name: str
    parameter: str  # in lower case
    entity: Entity | None
    column: str  # that the parameter's value stands in; of a search, empty

    @property
    def key(self) -> tuple[str, str]:
        """What it is called in a path, in lower case."""
        return self.service.lower(), self.name.lower()


METHODS = {
    method.key: method
    for method in (
        Method("HentCVRData", "hentVirksomhedMedCVRNummer", "pcvrnummer", entities.COMPANY, "CVRNummer"),
        Method(
            "HentCVRData", "hentProduktionsenhedMedPNummer", "ppnummer", entities.PRODUCTION_UNIT, "pNummer"
        ),
        Method("HentCVRData", "hentVirksomhedMedCVREnhedsid", "pid", entities.COMPANY, "id"),
        Method("HentCVRData", "hentProduktionsenhedMedCVREnhedsid", "pid", entities.PRODUCTION_UNIT, "id"),
        Method("HentCVRData", "hentEnhedMedCVREnhedsid", "pid", None, "id"),
        Method("SoegCVRData", "soegVirksomhedMedNavn", "pnavn", entities.COMPANY, ""),
        Method("SoegCVRData", "soegProduktionsenhedMedNavn", "pnavn", entities.PRODUCTION_UNIT, ""),
    )
}


@dataclasses.dataclass(frozen=True, slots=True)
class _At:
    """The time that a question is about."""

    effective: dt.date
    registered: dt.datetime | None

    def holds(self, row: Row) -> bool:
        return in_force(row, self.effective, self.registered)

    def is_over(self, row: Row) -> bool:
        """Whether a row was in force before, and is known."""
        ends = row["virkningTil"]
        return (
            ends is not None and ends <= self.effective and in_force(row, row["virkningFra"], self.registered)
        )


class Rest:
    """Answers questions from a register; ``shape`` may be set at any time."""

    def __init__(self, register: Register, shape: RestShape) -> None:
        self._register = register
        self.shape = shape

    def answer(self, method: Method, parameters: Mapping[str, str]) -> Any:
        """What stands in the body; None if there is no such unit. Raises ``NotReadable``."""
        value = parameters.get(method.parameter, "").strip()
        if not value:
            raise NotReadable(f"parameter {method.parameter} is missing")
        at = _At(*_times(parameters))
        if not method.column:
            return self._search(method, value, at, parameters)
        if not (value.isascii() and value.isdecimal()):
            raise NotReadable(f"parameter {method.parameter} has other characters than digits")
        for entity in [method.entity] if method.entity else [entities.COMPANY, entities.PRODUCTION_UNIT]:
            key = value if method.column == "id" else int(value)
            for unit in self._register.units_with(entity, method.column, key):
                if found := self._master(entity, unit, at):
                    includes = parameters.get("pinkluderproduktionsenhedsnumre", "").lower() == "true"
                    return self._unit(entity, unit, *found, includes=includes)
        return None

    def _search(self, method: Method, prefix: str, at: _At, parameters: Mapping[str, str]) -> list[Any]:
        entity = method.entity or entities.COMPANY
        status = parameters.get("status", "").lower()
        if status and status not in _STATUSES:
            raise NotReadable("parameter status is neither aktiv nor inaktiv")
        page = whole(parameters, "page", 1, 1_000_000)
        size = whole(parameters, "pagesize", 100, _LONGEST_PAGE)
        found = self._found(entity, prefix, at, status)
        return [
            self._summary(entity, unit, master, then)
            if self.shape.results is Results.SUMMARY
            else self._unit(entity, unit, master, then)
            for unit, master, then in islice(found, (page - 1) * size, page * size)
        ]

    def _found(self, entity: Entity, prefix: str, at: _At, status: str) -> Iterator[tuple[str, Row, _At]]:
        for unit in self._register.named(entity, prefix):
            found = self._master(entity, unit, at)
            if found and status in {"", found[0]["status"]}:
                yield unit, *found

    def _master(self, entity: Entity, unit: str, at: _At) -> tuple[Row, _At] | None:
        """The row that says that there is such a unit, and the day to show it on: its last one, if it had ceased by then."""
        rows = list(self._register.rows(entity, unit))
        if now := [row for row in rows if at.holds(row)]:
            return now[0], at
        past = [row for row in rows if at.is_over(row)]
        if not past:
            return None
        last = max(past, key=lambda row: row["virkningTil"])
        return last, _At(last["virkningTil"] - dt.timedelta(days=1), at.registered)

    def _rows(self, entity: Entity, unit: str, at: _At) -> list[Row]:
        return [row for row in self._register.rows(entity, unit) if at.holds(row)]

    def _unit(
        self, entity: Entity, unit: str, master: Row, at: _At, *, includes: bool = False
    ) -> dict[str, Any]:
        shown = self._summary(entity, unit, master, at)
        shown[entity.name.lower()] |= _timed(master)
        shown |= self._addresses(unit, at) | self._contacts(entity, unit, at)
        shown |= self._industries(unit, at) | self._protection(unit, at)
        if self.shape.nothing is Nothing.ABSENT:
            shown = {name: value for name, value in shown.items() if value is not None}
        if includes and entity is entities.COMPANY:
            shown["produktionsenheder"] = list(self._production_units(master["CVRNummer"], at))
        return shown

    def _summary(self, entity: Entity, unit: str, master: Row, at: _At) -> dict[str, Any]:
        kind = entity.name.lower()
        own = {name: self._number(name, value) for name, value in master.items() if name not in _HIDDEN}
        return {kind: {"Id": unit, **own}, f"{kind}snavn": self._name(unit, at)}

    def _name(self, unit: str, at: _At) -> dict[str, Any] | None:
        main = [row for row in self._rows(entities.NAME, unit, at) if row["sekvens"] == 0]
        return self._row(entities.NAME, main[0]) if main else None

    def _addresses(self, unit: str, at: _At) -> dict[str, Any]:
        rows = self._rows(entities.ADDRESS, unit, at)
        found = {row["AdresseringAnvendelse"]: self._row(entities.ADDRESS, row) for row in rows}
        return {"beliggenhedsadresse": None, "postadresse": None, **found}

    def _contacts(self, entity: Entity, unit: str, at: _At) -> dict[str, Any]:
        shown = {}
        for key, contact in {**_CONTACTS, **(_OF_COMPANIES if entity is entities.COMPANY else {})}.items():
            name = self.shape.email_key.value if contact is entities.EMAIL else key
            rows = self._rows(contact, unit, at)
            shown[name] = self._row(contact, rows[0]) if rows else None
        return shown

    def _industries(self, unit: str, at: _At) -> dict[str, Any]:
        rows = {row["sekvens"]: row for row in self._rows(entities.INDUSTRY, unit, at)}
        listed = {
            name: self._row(entities.INDUSTRY, rows[place]) if place in rows else None
            for place, name in enumerate(_LISTED)
        }
        if self.shape.industries is Industries.FLAT:
            return listed
        return {"brancher": {name: row for name, row in listed.items() if row} or None}

    def _protection(self, unit: str, at: _At) -> dict[str, Any]:
        row = next(iter(self._rows(entities.PROTECTION, unit, at)), None)
        if self.shape.protection is Protection.BARE:
            return {"reklamebeskyttelse": row["vaerdi"] if row else None}
        return {"reklamebeskyttet": self._row(entities.PROTECTION, row) if row else None}

    def _production_units(self, company: int, at: _At) -> Iterator[dict[str, Any]]:
        entity = entities.PRODUCTION_UNIT
        for unit in self._register.units_with(entity, "tilknyttetVirksomhedsCVRNummer", company):
            for row in self._register.rows(entity, unit):
                if at.holds(row) and row["tilknyttetVirksomhedsCVRNummer"] == company:
                    name = self._name(unit, at)
                    yield {
                        "pNummer": self._number("pNummer", row["pNummer"]),
                        "produktionsenhedsnavn": {"vaerdi": name["vaerdi"]} if name else None,
                    }

    def _row(self, entity: Entity, row: Row) -> dict[str, Any]:
        own = {name: row[name] for name in sorted(entity.columns) if name not in _HIDDEN}
        return {**own, **_timed(row)}

    def _number(self, name: str, value: Any) -> Any:
        if name in _NUMBERS and value is not None and self.shape.numbers is Numbers.STRING:
            return str(value)
        return value.isoformat() if isinstance(value, dt.date) else value


def _timed(row: Row) -> dict[str, Any]:
    """Since when a row is known and in force, until when, and who says so."""
    return {name: _stamp(row[name]) for name in entities.BITEMPORAL}


def _stamp(at: dt.date | dt.datetime | str | None) -> str | None:
    """A time as Danish time; what is none stays."""
    if at is None or isinstance(at, str):
        return at
    if not isinstance(at, dt.datetime):
        at = dt.datetime.combine(at, dt.time(), DANISH)
    return at.astimezone(DANISH).isoformat(timespec="microseconds")


def _times(parameters: Mapping[str, str]) -> tuple[dt.date, dt.datetime | None]:
    effective = moment_in(parameters, "pvirkningstid") or dt.datetime.now(dt.UTC)
    return danish_date(effective), moment_in(parameters, "pregistreringstid")
