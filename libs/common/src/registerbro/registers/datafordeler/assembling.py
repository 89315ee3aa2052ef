"""From a sheet to the unit that it tells of, and what a source can deliver. ``FieldUnusable`` is the one error."""

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import orjson

from registerbro.cvr import reading
from registerbro.cvr.units import Coded, Industry, Part, Unit, UnitAddress, UnitKind
from registerbro.registers.datafordeler.addresses import address_of
from registerbro.registers.datafordeler.fields import Node
from registerbro.registers.datafordeler.sheets import (
    KEYS,
    VALUE,
    Life,
    Sheet,
    TimedRow,
    Topic,
    company_of,
    has_ended,
    is_secret,
    life_of,
    number_of,
    own_row,
)
from registerbro.registers.errors import FieldUnusable

PARTS: Mapping[Topic, frozenset[Part]] = {
    Topic.ADDRESS: frozenset({Part.ADDRESS, Part.CARE_OF}),
    Topic.PHONE: frozenset({Part.PHONE}),
    Topic.FAX: frozenset({Part.FAX}),
    Topic.EMAIL: frozenset({Part.EMAIL}),
    Topic.INDUSTRY: frozenset({Part.MAIN_INDUSTRY, Part.SECONDARY_INDUSTRIES}),
    Topic.FORM: frozenset({Part.FORM}),
    Topic.CREDIT: frozenset({Part.CREDIT}),
}  # delivered with the topic; of the others only what has a value, since a unit is never without

_SAID = frozenset(VALUE.values())


def unit_of(sheet: Sheet, *, asked_at: dt.datetime, records: str) -> Unit:
    """The unit that a sheet tells of, as it is on the Danish day it was asked for. Raises ``FieldUnusable``."""
    today = reading.danish_day(asked_at)
    row = own_row(sheet.topics[Topic.UNIT], today)
    life = life_of(sheet.kind, row, today)
    return _Reader(sheet, row, life, today).unit(asked_at, records)


def as_records(answer: object) -> str:
    """An answer as text of one line, to be kept as it was delivered, but for what is secret."""
    try:
        text = orjson.dumps(answer).decode()
    except orjson.JSONEncodeError:
        raise FieldUnusable("the answer", "is nested too deeply") from None
    if not any(mark in text for mark in reading.SECRET_MARKS):
        return text
    return orjson.dumps(json.loads(text, object_hook=_without_secret)).decode()


def _without_secret(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in _SAID} if is_secret(Node(row)) else row


@dataclasses.dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the topics of a sheet on one day."""

    sheet: Sheet
    row: TimedRow
    life: Life
    today: dt.date

    def unit(self, asked_at: dt.datetime, records: str) -> Unit:
        node, keys = self.row.node, KEYS[self.sheet.kind]
        industries = self._industries()
        return Unit(
            number=number_of(self.sheet.kind, node),
            object_id=node.get("id", "Id").text() or None,
            delivers=self._delivers(),
            name=self.name(),
            address=self.address(),
            phone=self._contact(Topic.PHONE),
            fax=self._contact(Topic.FAX),
            email=self._contact(Topic.EMAIL),
            main_industry=industries.get(0),
            secondary_industries=tuple(industries[each] for each in sorted(industries) if each > 0),
            start_date=node.get(keys.start).date(),
            end_date=self.life.end,
            status=self._status(),
            form=self._coded(Topic.FORM, "vaerdiTekst"),
            credit=self._coded(Topic.CREDIT, "kreditoplysningstekst"),
            is_advertising_protected=self._is_protected() or False,
            company=company_of(self.sheet.kind, node),
            changes_on=self._changes_on(),
            asked_at=asked_at,
            records=records,
        )

    def name(self) -> str:
        row = next(iter(self._on_the_day(Topic.NAME) or self._latest(Topic.NAME)), None)
        return "" if row is None else _value(Topic.NAME, row).text()

    def address(self) -> UnitAddress | None:
        rows = self._on_the_day(Topic.ADDRESS) or self._latest(Topic.ADDRESS)
        return next((each for row in rows if (each := address_of(row.node, row.since))), None)

    def _delivers(self) -> frozenset[Part]:
        row, keys = self.row.node, KEYS[self.sheet.kind]
        with_value = {
            Part.NAME: bool(self.name()),
            Part.START_DATE: row.get(keys.start).date() is not None,
            Part.END_DATE: keys.end in row or self.life.has_ceased,
            Part.STATUS: bool(self._status()),
            Part.ADVERTISING_PROTECTION: self._is_protected() is not None,
            Part.COMPANY: keys.company is not None and keys.company in row,
        }
        topics = (PARTS.get(topic, frozenset()) for topic in self.sheet.topics)
        return frozenset(part for part, is_told in with_value.items() if is_told).union(*topics)

    def _status(self) -> str:
        """As delivered; a row that has ended tells of the time before."""
        if has_ended(self.row, self.today):
            return reading.CEASED
        return self.row.node.get("status").text()

    def _contact(self, topic: Topic) -> str:
        """Of several the newest; of several as new the lowest, so that it is the same each time."""
        rows = [row for row in self._on_the_day(topic) if not is_secret(row.node)]
        texts = [(row.since or dt.date.min, _value(topic, row).text()) for row in rows]
        newest = max((since for since, text in texts if text), default=None)
        return min((text for since, text in texts if text and since == newest), default="")

    def _industries(self) -> dict[int, Industry]:
        """By sequence, the latest of each; rows with an empty code say that there is none."""
        return {
            row.sequence: _industry(row)
            for row in reversed(self._on_the_day(Topic.INDUSTRY))
            if _value(Topic.INDUSTRY, row).text()
        }

    def _coded(self, topic: Topic, text: str) -> Coded | None:
        for row in self._on_the_day(topic):
            if code := _value(topic, row).text():
                return Coded(code, row.node.get(text).text())
        return None

    def _is_protected(self) -> bool | None:
        rows = self._on_the_day(Topic.ADVERTISING)
        return _value(Topic.ADVERTISING, rows[0]).boolean() if rows else None

    def _changes_on(self) -> dt.date | None:
        if self.life.has_ceased:
            return None
        rows = (row for rows in self.sheet.topics.values() for row in rows)
        days = (reading.changes_after(rows, self.today), self.life.end)
        return min((each for each in days if each is not None), default=None)

    def _on_the_day(self, topic: Topic) -> list[TimedRow]:
        return reading.standing(self.sheet.topics.get(topic, ()), self.life.day)

    def _latest(self, topic: Topic) -> list[TimedRow]:
        return reading.last(self.sheet.topics.get(topic, ()), self.life.day)


def _value(topic: Topic, row: TimedRow) -> Node:
    return row.node.get(VALUE[topic])


def _industry(row: TimedRow) -> Industry:
    text = row.node.get("vaerdiTekst").text()
    return _value(Topic.INDUSTRY, row).read(lambda code: reading.industry(code, text, since=row.since))


def delivered(*topics: Topic, kind: UnitKind) -> frozenset[Part]:
    """What a source can deliver that knows these topics."""
    own = {Part.START_DATE, Part.END_DATE, Part.STATUS, Part.NAME, Part.ADVERTISING_PROTECTION}
    company = {Part.COMPANY} if KEYS[kind].company else set()
    return frozenset(own | company).union(*(PARTS.get(topic, frozenset()) for topic in topics))
