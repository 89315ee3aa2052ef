"""What the services of Datafordeleren read from: rows of entities by unit, and what happened to them."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeAlias

from registerbro_sandbox.datafordeler.entities import Entity
from registerbro_sandbox.datafordeler.schema import DANISH

Row: TypeAlias = Mapping[str, Any]
"""One row by column; dates and moments (UTC) as such."""

HANDLING = "objekthandling"
"""What pull messages tell of an event, beside the columns of ``CVR_Events``."""


class Register(Protocol):
    """CVR as Datafordeleren has it."""

    def units_with(self, entity: Entity, column: str, value: Any) -> Iterable[str]:
        """Ids of the units whose row of an entity may have a value in a key column; surplus ones do no harm."""

    def rows(self, entity: Entity, unit: str) -> Iterable[Row]:
        """All rows that a unit has or had, corrected ones too; none for an id that no unit has."""

    def named(self, entity: Entity, prefix: str) -> Iterator[str]:
        """Ids of companies or production units whose name begins so today, in no particular case, in a fixed order."""

    def events(self, first: int) -> Iterator[Row]:
        """What happened, from an event's number on, in order; rows of ``CVR_Events``."""

    def events_between(self, begins: dt.datetime, ends: dt.datetime, skip: int, limit: int) -> list[Row]:
        """What happened from a moment to before another, in order; rows of ``CVR_Events`` with ``HANDLING``."""

    def status(self) -> Row:
        """How far events are complete."""


def in_force(row: Row, effective: dt.date, registered: dt.datetime | None = None) -> bool:
    """Whether a row tells what is so on a day, as it was known at a moment; None: as it is known now."""
    if not _covers(row["virkningFra"], row["virkningTil"], effective):
        return False
    if registered is None:
        return row["registreringTil"] is None
    return _covers(row["registreringFra"], row["registreringTil"], registered)


def danish_date(at: dt.datetime) -> dt.date:
    """The day in Denmark."""
    return at.astimezone(DANISH).date()


def _covers(begins: Any, ends: Any, at: Any) -> bool:
    return bool(begins <= at and (ends is None or at < ends))
