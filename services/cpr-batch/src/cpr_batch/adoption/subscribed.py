"""Sets who is subscribed to a list of CPR's, one number a line: who is in it is, everybody else from CPR is not.

Nothing is written if a single line cannot be read: a garbled number would end somebody's subscription.
"""

import asyncio
import collections
import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiosql
from registerbro.contacts import merge
from registerbro.contacts.model import SOURCE_CPR, MappedContact, Outcome, Result
from registerbro.cpr.numbers import CprNumber, InvalidCprNumber
from registerbro.database import Connection
from registerbro.jobs import DENMARK

from cpr_batch import journal, locks
from cpr_batch.adoption.adopting import POLICY
from cpr_batch.adoption.mapping import on, statement
from cpr_batch.batch import Batch
from cpr_batch.errors import AdoptionBusy, AdoptionRefused
from cpr_batch.journal import Action

SQL = aiosql.from_path(Path(__file__).parents[1] / "sql" / "adoption.sql", "asyncpg")


@dataclasses.dataclass(frozen=True, slots=True)
class ListTaken:
    """What a list did, or would do. ``counts``: contacts by what became of them, and numbers of the list in no contact."""

    name: str
    as_of: dt.date
    listed: int
    counts: dict[str, int]
    is_dry_run: bool


async def take(
    batch: Batch, path: Path, *, as_of: dt.date | None = None, is_dry_run: bool = False
) -> ListTaken:
    """Sets ``src_subscribed`` of all contacts from CPR to the list, as of a day (today); newer deliveries stay right."""
    async with locks.hold(batch.pool, locks.ADOPTIONS) as is_free:
        if not is_free:
            raise AdoptionBusy
        listed = await asyncio.to_thread(_read, path)
        today = batch.now().astimezone(DENMARK).date()
        taking = _Taking(batch, listed, min(as_of or today, today), is_dry_run)
        counts = await taking.all()
    if not is_dry_run:
        facts: dict[str, Any] = counts
        await journal.note(batch, Action.ADOPTED, file=path.name, **facts)
    return ListTaken(path.name, taking.as_of, len(listed), counts, is_dry_run)


class _Taking:
    """One run over all contacts from CPR."""

    def __init__(self, batch: Batch, listed: set[str], as_of: dt.date, is_dry_run: bool) -> None:
        self._batch = batch
        self._listed = listed
        self._is_dry_run = is_dry_run
        self._found: set[str] = set()
        self.as_of = as_of

    async def all(self) -> dict[str, int]:
        """A chunk of contacts at a time."""
        counts: collections.Counter[str] = collections.Counter()
        after = 0
        async with self._batch.pool.acquire() as connection:
            while rows := await self._page(connection, after):
                after = rows[-1]["contact_id"]
                counts.update(await self._chunk(connection, rows))
        counts["not-in-the-store"] = len(self._listed - self._found)
        return dict(sorted(counts.items()))

    async def _page(self, connection: Connection, after: int) -> Sequence[Mapping[str, Any]]:
        size = self._batch.settings.chunk_persons
        return [row async for row in SQL.sourced(connection, source=SOURCE_CPR, after=after, size=size)]

    async def _chunk(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        deliveries = [self._statement(row) for row in rows]
        if self._is_dry_run:
            results: Sequence[Result] = (await merge.plan(connection, deliveries, POLICY)).results
        else:
            results = await merge.apply(connection, deliveries, POLICY, now=self._batch.now())
        return [
            _became(row["src_subscribed"], bool(delivery.subscribed), result.outcome)
            for row, delivery, result in zip(rows, deliveries, results, strict=True)
        ]

    def _statement(self, row: Mapping[str, Any]) -> MappedContact:
        in_list = self._listed.intersection(row["numbers"])
        self._found |= in_list
        return statement(row["name_code"], on(self.as_of), bool(in_list))


def _became(was: bool, is_listed: bool, outcome: Outcome) -> str:
    if was is is_listed:
        return "as-listed"
    if outcome is Outcome.NOT_NEWER:
        return "newer-known"  # CPR delivered something newer, which says otherwise
    return "subscribed" if is_listed else "unsubscribed"


def _read(path: Path) -> set[str]:
    listed = set()
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            for line, text in enumerate(file, start=1):
                if text.strip():
                    listed.add(_number(path, line, text))
    except OSError as error:
        raise AdoptionRefused(path.name, error.strerror or "it cannot be read") from None
    if not listed:
        raise AdoptionRefused(path.name, "it holds no number")
    return listed


def _number(path: Path, line: int, text: str) -> str:
    try:
        return CprNumber.parse(text).value
    except InvalidCprNumber as error:
        raise AdoptionRefused(path.name, f"line {line} is {error}; nothing was changed") from None
