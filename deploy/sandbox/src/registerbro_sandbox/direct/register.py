"""The world as CPR Direkte sees it: always in the state that the last command left it in, whoever ran that command."""

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import structlog

from registerbro_sandbox.direct.answers import Records
from registerbro_sandbox.direct.files import Signature, signature
from registerbro_sandbox.persons import online
from registerbro_sandbox.persons.chronicle import FILE_NAME, Chronicle, NoWorld
from registerbro_sandbox.persons.person import Person
from registerbro_sandbox.persons.render import record
from registerbro_sandbox.persons.subscriptions import Standing, Statement, Subscriptions

log = structlog.get_logger(__name__)
CURRENT = (*(f"{number:03}" for number in range(1, 18)), "052")
"""The current records of a person, 001 to 017, with the newer form of the guardianship."""

_MOST_KEPT = 50_000  # persons: some 100 MB


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A person as answered, and what decides about the subscription."""

    records: Records
    standing: Standing


class Register:
    """Persons by number, and subscriptions, of a world's directory. To be used by one event loop."""

    def __init__(self, directory: Path, record_types: Collection[str], today: Callable[[], dt.date]) -> None:
        self._directory = directory
        self._types = sorted(record_types)
        self._today = today
        self._chronicle: Chronicle | None = None
        self._subscriptions = Subscriptions()
        self._read_up_to = 0
        self._seen: Signature | None = None
        self._heard: Signature | None = None
        self._entries: dict[str, Entry] = {}
        self._families: set[int] = set()
        self._speaking = asyncio.Lock()

    @property
    def is_open(self) -> bool:
        """Whether there is a world."""
        return self._chronicle is not None

    @property
    def day(self) -> dt.date:
        """The production date of answers: today, or the world's last day where commands have run ahead of the calendar."""
        return max(self._today(), self._chronicle.produced) if self._chronicle else self._today()

    def refresh(self) -> None:
        """Take up what other processes have changed; costs two looks at files if they have not."""
        if (now := signature(self._directory / FILE_NAME)) != self._seen:
            self._take_up_world()
            self._seen, self._heard = now, None
        if (now := signature(online.path_in(self._directory))) != self._heard:
            said = online.said(self._directory, self._read_up_to)
            self._subscriptions = self._subscriptions.after(said.statements)
            self._read_up_to, self._heard = said.end, now

    def find(self, number: str) -> Entry | None:
        """Whoever has or had this number; None if nobody."""
        if number not in self._entries:
            for index in self._families_of(number):
                if index not in self._families:
                    self._keep(index)
        return self._entries.get(number)

    def is_subscribed(self, entry: Entry) -> bool:
        """Whether a person is delivered when something happens to them."""
        return self._subscriptions.hold(entry.standing)

    async def say(self, entry: Entry, *, is_subscribed: bool) -> None:
        """Subscribe a person or end it; it is on disk when this returns. Saying what is so already changes nothing."""
        async with self._speaking:
            self.refresh()
            if self.is_subscribed(entry) != is_subscribed:
                statement = Statement(entry.standing.numbers[0], is_subscribed)
                await asyncio.to_thread(online.say, self._directory, statement)

    def _take_up_world(self) -> None:
        try:
            self._chronicle = Chronicle.read(self._directory)
        except NoWorld:
            self._chronicle = None
        except (ValueError, KeyError) as error:
            log.warning("world cannot be read", error=type(error).__name__)
            return
        self._subscriptions = self._chronicle.subscriptions if self._chronicle else Subscriptions()
        self._read_up_to = self._chronicle.online if self._chronicle else 0
        self._forget()

    def _forget(self) -> None:
        self._entries, self._families = {}, set()

    def _families_of(self, number: str) -> list[int]:
        if self._chronicle is None:
            return []
        try:
            return list(self._chronicle.world.population.families_of(number))
        except ValueError:  # digits that no number of the world's can have
            return []

    def _keep(self, index: int) -> None:
        """Remember a whole family: whoever asks for one often asks for others of it."""
        if len(self._entries) >= _MOST_KEPT:
            self._forget()
        if self._chronicle:
            for person in self._chronicle.world.family(index):
                self._entries[person.number] = Entry(Records.of(self._texts(person)), Standing.of(person))
            self._families.add(index)

    def _texts(self, person: Person) -> Iterator[str]:
        for record_type in self._types:
            for row in person.rows.get(record_type, ()):
                yield record(record_type, person.number, row)
