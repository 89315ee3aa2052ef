"""A world on disk: a file of JSON lines, first what the population is, then a line for each change that was delivered.

{"seed": 1, "persons": 1000, "task": "463003", "produced": "2026-03-02"}
{"day": "2026-03-03", "share": 0.0, "named": [["moves", 17]]}
"""

import dataclasses
import datetime as dt
import json
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
    produced: dt.date  # the last production date

    @classmethod
    def begin(cls, directory: Path, population: Population, delivery: Delivery) -> tuple[Self, Written]:
        """Write the first extract of a new world."""
        directory.mkdir(parents=True, exist_ok=True)
        if (directory / FILE_NAME).exists():
            raise AlreadyThere(f"{directory}: a world is there already")
        _refuse_to_overwrite(directory, delivery)
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
        changes = [_change(line) for line in rest]
        produced = changes[-1].day if changes else dt.date.fromisoformat(first["produced"])
        return cls(
            directory, World(Population(first["seed"], first["persons"]), changes), first["task"], produced
        )

    @property
    def tomorrow(self) -> dt.date:
        """The first day on which something can happen again."""
        return self.produced + dt.timedelta(days=1)

    def deliver(self, change: Change, layout: Layout) -> Written:
        """Let a change happen, write its file, and remember it."""
        if change.day <= self.produced:
            raise AlreadyThere(f"the last delivery is of {self.produced}; a change must be later")
        delivery = Delivery(change.day, previous=self.produced, task=self.task, layout=layout)
        _refuse_to_overwrite(self.directory, delivery)
        written = write_changes(self.directory, self.world, change, delivery)
        named = [[named.event.value, named.person] for named in change.named]
        _append(
            self.directory / FILE_NAME, {"day": change.day.isoformat(), "share": change.share, "named": named}
        )
        return written


def _change(line: dict[str, Any]) -> Change:
    named = tuple(Named(LifeEvent(event), person) for event, person in line["named"])
    return Change(dt.date.fromisoformat(line["day"]), named, line["share"])


def _append(path: Path, line: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _refuse_to_overwrite(directory: Path, delivery: Delivery) -> None:
    if (directory / delivery.file_name).exists():
        raise AlreadyThere(f"{directory / delivery.file_name}: is there already")
