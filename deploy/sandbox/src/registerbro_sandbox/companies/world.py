"""The register of fictional companies: what there is follows from a seed, what has happened since from an append-only log.

The log (``.companies.jsonl``) lies in the world's directory. Its first line is ``{"seed": 1, "companies": 200}``, each
further one a package of changes (``changes.Line``). Whoever writes one, every reader in every process sees it at its next
question. Units are computed when they are asked for, so that millions cost nothing; only those to which something has happened are kept.
"""

import datetime as dt
import threading
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple, Self

import structlog

from registerbro_sandbox import hidden, json_lines
from registerbro_sandbox.companies import searching
from registerbro_sandbox.companies.changes import Found, Hold, Line, Open, Recode, Release, Repeat, Step
from registerbro_sandbox.companies.events import Event, EventLog, Status, of_rows, repeated
from registerbro_sandbox.companies.making import BASE_SEQUENCE, BEGINNING
from registerbro_sandbox.companies.register import Register, Storm, UnknownUnit, storm_id, storm_size
from registerbro_sandbox.companies.rows import Action, Entity, Row
from registerbro_sandbox.companies.unit import CannotHappen, CvrUnit, Kind, Package
from registerbro_sandbox.direct.desk import danish_day

log = structlog.get_logger(__name__)
FILE_NAME = hidden.COMPANIES
BOTH = frozenset(Kind)
_MICROSECOND = dt.timedelta(microseconds=1)
_PER_UNIT = 2  # events of a storm


class NoCompanies(Exception):
    """There is no register of companies in this directory."""


class Changed(NamedTuple):
    """What came of a change: its line in the log, its package, the numbers of its events, and units that are new."""

    line: str
    package: Package
    events: range
    born: tuple[CvrUnit, ...]


class World:
    """A directory's register of companies. May be used from any thread; what it gives out never changes.

    ``retention``: how long events are kept; None: for ever.
    """

    def __init__(
        self, directory: Path, seed: int, companies: int, retention: dt.timedelta | None = None
    ) -> None:
        self.directory = directory
        self.retention = retention
        self._tail = json_lines.Tail(directory / FILE_NAME)
        self._lock = threading.RLock()
        self._register = Register(seed, companies)
        self._log = EventLog()
        self._packages: list[Package] = []
        self._held: Status | None = None
        self._result: Changed | None = None  # of the line that this object wrote last
        self._mine = ""

    @classmethod
    def begin(cls, directory: Path, seed: int = 1, companies: int = 200, **more: dt.timedelta | None) -> Self:
        """A new register. Raises ``FileExistsError`` if there is one."""
        directory.mkdir(parents=True, exist_ok=True)
        world = cls(directory, seed, companies, **more)
        if (directory / FILE_NAME).exists():
            raise FileExistsError(f"{directory}: companies are there already")
        json_lines.append(directory / FILE_NAME, {"seed": seed, "companies": companies})
        return world

    @classmethod
    def read(cls, directory: Path, **more: dt.timedelta | None) -> Self:
        """The register of a directory. Raises ``NoCompanies``."""
        try:
            first = next(iter(json_lines.read(directory / FILE_NAME).objects))
        except (FileNotFoundError, StopIteration):
            raise NoCompanies(
                f"{directory}: no companies are there; `serve` makes some, or `companies begin`"
            ) from None
        return cls(directory, first["seed"], first["companies"], **more)

    # What there is

    def company(self, number: str) -> CvrUnit | None:
        """The company with a CVR number (eight digits)."""
        return self._now().company(number)

    def unit(self, number: str) -> CvrUnit | None:
        """The production unit with a P-number (ten digits)."""
        return self._now().unit(number)

    def by_number(self, number: str) -> CvrUnit | None:
        """The company or production unit with this number."""
        return self.company(number) if len(number) == 8 else self.unit(number)

    def by_id(self, object_id: str) -> CvrUnit | None:
        """The company or production unit with an object id (CVREnhedsId)."""
        return self._now().by_id(object_id)

    def units_of(self, number: str) -> list[CvrUnit]:
        """The production units that belong to a company, ceased ones included; by P-number."""
        return self._now().units_of(number)

    def object_ids(self) -> Iterator[str]:
        """Of all units there are: the samples, the companies, the production units."""
        return self._now().object_ids()

    @property
    def seed(self) -> int:
        """What everything was drawn from."""
        return self._register.seed

    @property
    def companies(self) -> int:
        """How many companies there are, besides the samples."""
        return self._now().companies

    @property
    def units(self) -> int:
        """How many production units there are, besides the samples."""
        return self._now().units

    def search(
        self, name: str, *, exact: bool = False, kinds: Collection[Kind] = BOTH, page: int = 1, size: int = 50
    ) -> searching.Page:
        """Units whose name today (the last one, if they ceased) is ``name`` or begins with it, without regard to case.

        ``page`` counts from 1. Cost grows with the page's number, not with the register's size.
        """
        return searching.search(
            self._now(), name, danish_day(), exact=exact, kinds=kinds, page=page, size=size
        )

    # What has happened

    def status(self) -> Status:
        """How far imports have come: what is beyond is not to be relied on yet."""
        self._now()
        return self._held or self._newest()

    @property
    def last_event(self) -> int:
        """The number of the last event, to be relied on or not; 0 if there is none."""
        self._now()
        return self._log.last_id

    def events(self, after: int = 0, limit: int = 1000) -> list[Event]:
        """Events with numbers above ``after``, in their order; those that are no longer kept are left out."""
        self._now()
        first = max(after + 1, self._oldest())
        return list(self._log.between(first, min(first + limit, self._log.last_id + 1)))

    def events_between(
        self, start: dt.datetime, end: dt.datetime, *, skip: int = 0, limit: int = 1000
    ) -> list[Event]:
        """Events from a time to before another, in their order; those that are no longer kept are left out."""
        self._now()
        first = max(self._log.first_since(start), self._oldest()) + skip
        end_id = self._log.first_since(end)
        return list(self._log.between(first, min(end_id, first + limit)))

    def row_of(self, event: Event) -> Row:
        """The row that an event is about, as the event's package left it."""
        if event.row:
            return event.row
        unit = self.by_id(event.object_id)
        touches = unit.touches if unit else []
        return next(t.row for t in touches if t.package == event.place and t.action is event.action)

    # What happens

    def change(self, *steps: Step, at: dt.datetime | None = None) -> Changed:
        """Let something happen, all of it in one import package, and remember it.

        ``at``: when the register says it came, UTC; never before the last package. Raises ``UnknownUnit``, ``CannotHappen``.
        """
        with self._lock:
            self._now()
            self._try(steps)
            line = Line(at=at or dt.datetime.now(dt.UTC), steps=steps)
            self._mine = line.id
            json_lines.append(self.directory / FILE_NAME, line.model_dump(mode="json"))
            self._now()
            if self._result is None or self._result.line != line.id:
                raise OSError("the log of changes does not hold what was written")
            return self._result

    def _try(self, steps: tuple[Step, ...]) -> None:
        """Whether all of it can happen; two steps about the same unit are tried each for itself."""
        package = Package(len(self._packages), self._sequence() + 1, dt.datetime.now(dt.UTC))
        for step in steps:
            match step:
                case Recode() | Repeat() if len(steps) > 1:
                    raise CannotHappen("this takes a package of its own")
                case Repeat() if not self._log.segments:
                    raise CannotHappen("nothing has happened that could be repeated")
                case Recode() | Repeat() | Hold() | Release():
                    pass
                case _:
                    self._register.tried(step, package)

    def _now(self) -> Register:
        """The register with every package that is in the log by now."""
        with self._lock:
            for line in self._tail.news():
                if "steps" in line:
                    self._take(Line.model_validate(line))
        return self._register

    def _take(self, line: Line) -> None:
        earliest = self._packages[-1].at + _MICROSECOND if self._packages else line.at
        package = Package(len(self._packages), self._sequence() + 1, max(line.at, earliest))
        before = self._newest()
        self._packages.append(package)
        first, touched, born = self._log.last_id + 1, [], []
        for step in line.steps:
            match step:
                case Hold():
                    self._held = self._held or before
                case Release():
                    self._held = None
                case Recode():
                    self._storm(self._register.storm(step, package))
                case Repeat():
                    last = self._log.segments[-1]
                    self._log.add(last.count, package, repeated(last, package))
                case _:
                    try:
                        unit, rows = self._register.happen(step, package)
                    except (UnknownUnit, CannotHappen) as refusal:
                        log.warning("change passed over", step=step.do, reason=str(refusal))
                        continue
                    touched += rows
                    born += [unit] if isinstance(step, Found | Open) else []
        if touched:
            self._log.add(len(touched), package, of_rows(touched, package))
        if line.id == self._mine:
            self._result = Changed(line.id, package, range(first, self._log.last_id + 1), tuple(born))

    def _storm(self, storm: Storm) -> None:
        package = storm.package

        def event(offset: int, number: int) -> Event:
            order, is_new = divmod(offset, _PER_UNIT)
            action = Action.INSERTED if is_new else Action.UPDATED
            return Event(
                number,
                storm_id(storm, order),
                Entity.INDUSTRY,
                action,
                package.at,
                package.sequence,
                package.place,
            )

        self._log.add(_PER_UNIT * storm_size(storm), package, event)

    def _sequence(self) -> int:
        return self._packages[-1].sequence if self._packages else BASE_SEQUENCE

    def _newest(self) -> Status:
        last = self._packages[-1].at if self._packages else BEGINNING.at
        return Status(self._log.last_id, self._sequence(), last)

    def _oldest(self) -> int:
        """The number of the first event that is kept."""
        return self._log.first_since(dt.datetime.now(dt.UTC) - self.retention) if self.retention else 1
