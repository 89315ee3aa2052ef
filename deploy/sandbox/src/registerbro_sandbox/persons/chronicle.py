"""A world on disk: a file of JSON lines, first what the population is, then a line for each change that was delivered.

{"seed": 1, "persons": 1000, "task": "463003", "produced": "2026-03-02"}
{"day": "2026-03-03", "share": 0.0, "named": [["moves", 17]]}
{"day": "2026-03-04", "share": 0.0, "named": [], "answered": ["d260304.i463001"], "unsubscribed": ["0101010101"]}

Where the first extract held a part of the population only, the first line says "subscribed": 500. "online" is the byte up to
which the file of ``persons.online`` was taken up.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from registerbro_sandbox import hidden, json_lines
from registerbro_sandbox.persons.delivery import Delivery, Layout, Written, write, write_extract
from registerbro_sandbox.persons.due import due, newly_subscribed
from registerbro_sandbox.persons.life import LifeEvent
from registerbro_sandbox.persons.online import Said, said
from registerbro_sandbox.persons.population import Population
from registerbro_sandbox.persons.subscriptions import Statement, Subscriptions
from registerbro_sandbox.persons.world import Change, Named, World

FILE_NAME = hidden.WORLD


class NoWorld(Exception):
    """There is no world here: generate one first."""


class AlreadyThere(Exception):
    """A world or a file of this name is there already; nothing is ever overwritten."""


@dataclasses.dataclass(frozen=True, slots=True)
class Chronicle:
    """A directory with a world's deliveries, and the list of what has happened in it."""

    directory: Path
    world: World
    task: str
    produced: dt.date  # the last production date of the subscription
    answered: frozenset[str] = frozenset()  # input files, by their names in small letters
    subscriptions: Subscriptions = dataclasses.field(default_factory=Subscriptions)  # as of the last delivery
    tasks: Mapping[str, dt.date] = dataclasses.field(
        default_factory=dict
    )  # other tasks' last production dates
    online: int = 0  # up to where it is known what was said by CPR Direkte

    @classmethod
    def begin(
        cls, directory: Path, population: Population, delivery: Delivery, *, subscribed: int | None = None
    ) -> tuple[Self, Written]:
        """Write the first extract of a new world: everybody, or the first ``subscribed`` persons only."""
        if subscribed is not None and not 0 <= subscribed <= population.size:
            raise ValueError(f"0 to {population.size} persons can be subscribed")
        directory.mkdir(parents=True, exist_ok=True)
        if (directory / FILE_NAME).exists():
            raise AlreadyThere(f"{directory}: a world is there already")
        refuse_to_overwrite(directory, delivery)
        written = write_extract(directory, population, delivery, subscribed)
        about = {"seed": population.seed, "persons": population.size, "task": delivery.task}
        about |= {"produced": delivery.produced.isoformat()}
        about |= {} if subscribed is None else {"subscribed": subscribed}
        about |= {"online": end} if (end := said(directory).end) else {}
        json_lines.append(directory / FILE_NAME, about)
        return cls.read(directory), written

    @classmethod
    def read(cls, directory: Path) -> Self:
        """The world of a directory, as it is after its last change."""
        try:
            lines = json_lines.read(directory / FILE_NAME).objects
        except FileNotFoundError:
            lines = []
        if not lines:
            raise NoWorld(f"{directory}: no world is there; generate one first")
        first, *rest = lines
        produced = [first["produced"], *(line.get("until", line["day"]) for line in rest)][-1]
        return cls(
            directory,
            World(Population(first["seed"], first["persons"]), [_change(line) for line in rest]),
            first["task"],
            dt.date.fromisoformat(produced),
            frozenset(name for line in rest for name in line.get("answered", ())),
            Subscriptions(first.get("subscribed")).after(s for line in rest for s in _statements(line)),
            {t: dt.date.fromisoformat(day) for line in rest for t, day in line.get("tasks", {}).items()},
            max(line.get("online", 0) for line in lines),
        )

    @property
    def tomorrow(self) -> dt.date:
        """The first day on which something can happen again."""
        return self.produced + dt.timedelta(days=1)

    def said_online(self) -> Said:
        """What was said by CPR Direkte since the last delivery."""
        return said(self.directory, self.online)

    def deliver(self, change: Change, layout: Layout) -> Written:
        """Let a change happen, write its file, and remember it."""
        self.refuse_the_past(change)
        delivery = Delivery(change.day, previous=self.produced, task=self.task, layout=layout)
        refuse_to_overwrite(self.directory, delivery)
        online = self.said_online()
        subscriptions = self.subscriptions.after(online.statements)
        ordered = newly_subscribed(online.statements, subscriptions, change.day)
        written = write(self.directory, delivery, due(self.world, change, subscriptions, ordered))
        self.remember(change, online=online.end, **outcome(online.statements))
        return written

    def refuse_the_past(self, change: Change) -> None:
        """A change comes after the last one."""
        if change.day <= self.produced:
            raise AlreadyThere(f"the last delivery is of {self.produced}; a change must be later")

    def remember(self, change: Change, **more: Any) -> None:
        """Note that a change has happened, and what came of it; the next ``read`` knows it."""
        named = [[named.event.value, named.person] for named in change.named]
        line = {"day": change.day.isoformat(), "share": change.share, "named": named}
        json_lines.append(
            self.directory / FILE_NAME, line | {name: value for name, value in more.items() if value}
        )


def refuse_to_overwrite(directory: Path, delivery: Delivery) -> None:
    """No file is written twice."""
    if (directory / delivery.file_name).exists():
        raise AlreadyThere(f"{directory / delivery.file_name}: is there already")


def outcome(statements: Iterable[Statement]) -> dict[str, list[str]]:
    """What came of statements in this order, as ``Chronicle.remember`` takes it; each number once."""
    told = Subscriptions().after(statements).told
    return {
        "subscribed": [number for number, is_subscribed in told.items() if is_subscribed],
        "unsubscribed": [number for number, is_subscribed in told.items() if not is_subscribed],
    }


def _change(line: dict[str, Any]) -> Change:
    named = tuple(Named(LifeEvent(event), person) for event, person in line["named"])
    return Change(dt.date.fromisoformat(line["day"]), named, line["share"])


def _statements(line: dict[str, Any]) -> list[Statement]:
    return [
        *(Statement(number, is_subscribed=True) for number in line.get("subscribed", ())),
        *(Statement(number, is_subscribed=False) for number in line.get("unsubscribed", ())),
    ]
