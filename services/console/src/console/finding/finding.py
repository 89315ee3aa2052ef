"""Finds contacts by what was typed, in the order in which a reader expects them: by number, by name, by address, by name and address.

How much is looked at is bounded, so that a page answers at once whatever is typed on however large a store: of words that
very many have, the answer says that not all were looked at, and the reader adds one.
"""

import dataclasses
import datetime as dt
import enum
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import aiosql
from registerbro.database import Connection

from console.finding.words import Typed
from console.odata.shortcuts import following

_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")
MOST_LOOKED_AT = 3000  # rows of one index for one way to find: 20 to 60 ms
MOST_FOUND = 1000


class FoundBy(enum.StrEnum):
    """What of a contact the text was."""

    NUMBER = "number"
    NAME = "name"
    ADDRESS = "address"
    NAME_AND_ADDRESS = "name-and-address"


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """Which contacts a search may find, and on which Danish day; what is None does not matter."""

    day: dt.date
    sees_protected: bool
    name_types: Sequence[str] | None = None
    is_ended: bool | None = None
    is_subscribed: bool | None = None

    def filters(self) -> dict[str, Any]:
        """As the statements take them."""
        return {
            "day": self.day,
            "name_types": self.name_types and list(self.name_types),
            "is_ended": self.is_ended,
            "is_subscribed": self.is_subscribed,
        }


@dataclasses.dataclass(frozen=True, slots=True)
class _Seen:
    """Ids that one way found, and whether it looked at all that there is."""

    ids: list[int]
    is_complete: bool

    @classmethod
    def of(cls, row: Any) -> Self:
        return cls(row["ids"], row["looked_at"] < MOST_LOOKED_AT)

    @property
    def is_nobody(self) -> bool:
        """Whether there is certainly nobody."""
        return self.is_complete and not self.ids


@dataclasses.dataclass(slots=True)
class Found:
    """Who was found, in order, each with how; ``is_complete`` is false where there may be more."""

    by_id: dict[int, FoundBy] = dataclasses.field(default_factory=dict)
    is_complete: bool = True

    @property
    def is_full(self) -> bool:
        """Whether as many were found as are ever shown."""
        return len(self.by_id) >= MOST_FOUND

    def add(self, seen: _Seen, how: FoundBy) -> None:
        """Adds those that were not found before."""
        for contact_id in seen.ids:
            if contact_id not in self.by_id and self.is_full:
                self.is_complete = False
                return
            self.by_id.setdefault(contact_id, how)
        self.is_complete &= seen.is_complete


async def find(connection: Connection, text: str, wanted: Wanted) -> Found:
    """Who fits a text of at least two letters or digits; inside of a transaction of its own."""
    await _SQL.prepare(connection)
    return await _Finder(connection, wanted).find(Typed(text))


class _Finder:
    """One search."""

    def __init__(self, connection: Connection, wanted: Wanted) -> None:
        self._connection = connection
        self._filters = wanted.filters()
        self._bounded = {**self._filters, "sees_protected": wanted.sees_protected, "most": MOST_LOOKED_AT}
        self._found = Found()

    async def find(self, typed: Typed) -> Found:
        row = await _SQL.by_number(self._connection, numbers=typed.numbers, **self._filters)
        self._found.add(_Seen.of(row), FoundBy.NUMBER)
        if self._found.by_id or typed.number:
            return self._found
        words = " ".join(typed.words)
        await self._by_name(typed.beginnings, words)
        if not self._found.is_full:
            self._found.add(await self._address(words), FoundBy.ADDRESS)
        if not self._found.by_id:
            await self._by_both(typed)
        return self._found

    async def _by_name(self, beginnings: Sequence[str], words: str) -> None:
        for beginning in beginnings:
            row = await _SQL.by_beginning(
                self._connection, beginning=beginning, end=following(beginning), **self._bounded
            )
            self._found.add(_Seen.of(row), FoundBy.NAME)
        if not self._found.is_full:
            self._found.add(await self._name(words), FoundBy.NAME)

    async def _by_both(self, typed: Typed) -> None:
        for name, address in typed.splits():
            # The longer text first: fewer have it, and where nobody does the other needs no look.
            is_address_longer = len(address) > len(name)
            if is_address_longer and (housed := await self._address(address)).is_nobody:
                continue
            if (named := await self._name(name)).is_nobody:
                return  # nor has anybody a name that goes on from there
            if not is_address_longer:
                housed = await self._address(address)
            if not housed.is_nobody:
                self._found.add(await self._both(name, named, address, housed), FoundBy.NAME_AND_ADDRESS)

    async def _both(self, name: str, named: _Seen, address: str, housed: _Seen) -> _Seen:
        """Those whom both found; where one could not look at all, the other's are looked at one by one."""
        is_complete = named.is_complete or housed.is_complete
        if named.is_complete and not housed.is_complete:
            row = await _SQL.having_address(self._connection, ids=named.ids, words=address)
        else:
            row = await _SQL.having_name(self._connection, ids=housed.ids, words=name)
        return _Seen(row["ids"], is_complete)

    async def _name(self, words: str) -> _Seen:
        return _Seen.of(await _SQL.by_name(self._connection, words=words, **self._bounded))

    async def _address(self, words: str) -> _Seen:
        return _Seen.of(await _SQL.by_address(self._connection, words=words, **self._bounded))


async def shown(connection: Connection, ids: Sequence[int], wanted: Wanted) -> list[Any]:
    """Rows of contacts as a list shows them, in this order."""
    found = _SQL.shown(connection, ids=list(ids), sees_protected=wanted.sees_protected, day=wanted.day)
    return [row async for row in found]
