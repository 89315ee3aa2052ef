"""What the register tells of its packages: an event for each row that a package touched, numbered through all packages."""

import bisect
import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Sequence

from registerbro_sandbox.companies.rows import Action, Entity, Row
from registerbro_sandbox.companies.unit import Package


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """A row was touched. ``row`` is None in a storm, where it is looked up only if it is wanted: ``World.row_of``."""

    id: int
    object_id: str
    entity: Entity
    action: Action
    at: dt.datetime  # UTC
    sequence: int  # of the import package
    place: int  # of the package in the world's log
    row: Row | None = None
    is_from_failed_import: bool = False

    @property
    def has_ceased(self) -> bool:
        """Whether the row says that the unit has ended; a deleted row never does."""
        return (
            self.row is not None
            and self.action is not Action.DELETED
            and self.row.values.get("status") == "inaktiv"
        )

    @property
    def handling(self) -> str:
        """What pull messages and KMD Logic call it (objekthandling)."""
        return "Ophoert" if self.has_ceased else "Aendret"


@dataclasses.dataclass(frozen=True, slots=True)
class Status:
    """How far the register's imports have come."""

    last_event_id: int
    last_sequence: int
    updated: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Segment:
    """The events of one package: how many there are, and how to make the one at an offset."""

    first_id: int
    count: int
    package: Package
    event: Callable[[int], Event]


class EventLog:
    """All events so far, made when they are asked for."""

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self._ends: list[int] = []
        self._times: list[dt.datetime] = []

    @property
    def last_id(self) -> int:
        """The number of the last event; 0 if there was none."""
        return self._ends[-1] if self._ends else 0

    def add(self, count: int, package: Package, event: Callable[[int, int], Event]) -> None:
        """The events of the next package; ``event`` makes one from its offset and its number."""
        first = self.last_id + 1
        self.segments.append(Segment(first, count, package, lambda offset: event(offset, first + offset)))
        self._ends.append(first + count - 1)
        self._times.append(package.at)

    def between(self, first: int, end: int) -> Iterator[Event]:
        """Events from number ``first`` to before ``end``."""
        position = bisect.bisect_left(self._ends, first)
        while first < end and position < len(self.segments):
            segment = self.segments[position]
            stop = min(end, segment.first_id + segment.count)
            for number in range(max(first, segment.first_id), stop):
                yield segment.event(number - segment.first_id)
            first, position = stop, position + 1

    def first_since(self, moment: dt.datetime) -> int:
        """The number of the first event at or after a moment; one more than the last if there is none."""
        position = bisect.bisect_left(self._times, moment)
        return self.segments[position].first_id if position < len(self.segments) else self.last_id + 1


def of_rows(touched: Sequence[tuple[Action, Row]], package: Package) -> Callable[[int, int], Event]:
    """Events of rows in this order. A deleted row keeps the number of the package that it came with."""

    def event(offset: int, number: int) -> Event:
        action, row = touched[offset]
        sequence = row.sequence if action is Action.DELETED else package.sequence
        return Event(number, row.object_id, row.entity, action, package.at, sequence, package.place, row)

    return event


def repeated(segment: Segment, package: Package) -> Callable[[int, int], Event]:
    """The events of another package once more."""

    def event(offset: int, number: int) -> Event:
        return dataclasses.replace(
            segment.event(offset),
            id=number,
            at=package.at,
            sequence=package.sequence,
            is_from_failed_import=True,
        )

    return event
