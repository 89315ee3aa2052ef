"""A world on disk: a file of JSON lines, first what the population is, then a line for each change that was delivered.

{"seed": 1, "persons": 1000, "task": "463003", "produced": "2026-03-02"}
{"day": "2026-03-03", "share": 0.0, "named": [["moves", 17]]}
{"day": "2026-03-04", "share": 0.0, "named": [], "answered": ["d260304.i463001"], "unsubscribed": ["0101010101"]}
"""

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from registerbro_sandbox import hidden
from registerbro_sandbox.persons.delivery import Delivery, Layout, Written, write_extract
from registerbro_sandbox.persons.life import LifeEvent
from registerbro_sandbox.persons.population import Population
from registerbro_sandbox.persons.world import Change, Named, World, write_changes

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
    unsubscribed: frozenset[str] = frozenset()  # numbers that are delivered no more
    tasks: Mapping[str, dt.date] = dataclasses.field(
        default_factory=dict
    )  # other tasks' last production dates

    @classmethod
    def begin(cls, directory: Path, population: Population, delivery: Delivery) -> tuple[Self, Written]:
        """Write the first extract of a new world."""
        directory.mkdir(parents=True, exist_ok=True)
        if (directory / FILE_NAME).exists():
            raise AlreadyThere(f"{directory}: a world is there already")
        refuse_to_overwrite(directory, delivery)
        written = write_extract(directory, population, delivery)
        about = {"seed": population.seed, "persons": population.size, "task": delivery.task}
        _append(directory / FILE_NAME, {**about, "produced": delivery.produced.isoformat()})
        return cls(directory, World(population), delivery.task, delivery.produced), written

    @classmethod
    def read(cls, directory: Path) -> Self:
        """The world of a directory, as it is after its last change."""
        try:
            lines = (directory / FILE_NAME).read_text("utf-8").splitlines()
        except FileNotFoundError:
            raise NoWorld(f"{directory}: no world is there; generate one first") from None
        first, *rest = (json.loads(line) for line in lines)
        world = World(Population(first["seed"], first["persons"]), [_change(line) for line in rest])
        produced = [first["produced"], *(line.get("until", line["day"]) for line in rest)][-1]
        return cls(
            directory,
            world,
            first["task"],
            dt.date.fromisoformat(produced),
            frozenset(name for line in rest for name in line.get("answered", ())),
            _unsubscribed(rest),
            {t: dt.date.fromisoformat(day) for line in rest for t, day in line.get("tasks", {}).items()},
        )

    @property
    def tomorrow(self) -> dt.date:
        """The first day on which something can happen again."""
        return self.produced + dt.timedelta(days=1)

    def deliver(self, change: Change, layout: Layout) -> Written:
        """Let a change happen, write its file, and remember it."""
        self.refuse_the_past(change)
        delivery = Delivery(change.day, previous=self.produced, task=self.task, layout=layout)
        refuse_to_overwrite(self.directory, delivery)
        written = write_changes(self.directory, self.world, change, delivery)
        self.remember(change)
        return written

    def refuse_the_past(self, change: Change) -> None:
        """A change comes after the last one."""
        if change.day <= self.produced:
            raise AlreadyThere(f"the last delivery is of {self.produced}; a change must be later")

    def remember(self, change: Change, **more: Any) -> None:
        """Note that a change has happened, and what came of it; the next ``read`` knows it."""
        named = [[named.event.value, named.person] for named in change.named]
        line = {"day": change.day.isoformat(), "share": change.share, "named": named}
        _append(self.directory / FILE_NAME, line | {name: value for name, value in more.items() if value})


def refuse_to_overwrite(directory: Path, delivery: Delivery) -> None:
    """No file is written twice."""
    if (directory / delivery.file_name).exists():
        raise AlreadyThere(f"{directory / delivery.file_name}: is there already")


def _change(line: dict[str, Any]) -> Change:
    named = tuple(Named(LifeEvent(event), person) for event, person in line["named"])
    return Change(dt.date.fromisoformat(line["day"]), named, line["share"])


def _unsubscribed(lines: list[dict[str, Any]]) -> frozenset[str]:
    gone: set[str] = set()
    for line in lines:
        gone -= set(line.get("subscribed", ()))
        gone |= set(line.get("unsubscribed", ()))
    return frozenset(gone)


def _append(path: Path, line: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
