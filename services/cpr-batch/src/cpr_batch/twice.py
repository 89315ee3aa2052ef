"""Persons who stand in one file twice, with different content: the first is used, the second gets a remark."""

from collections.abc import Sequence
from pathlib import Path

import aiosql
from registerbro.contacts.model import SOURCE_CPR, Outcome, Result
from registerbro.cpr.mapping import MappingContext
from registerbro.cpr.reader import Problem, Severity
from registerbro.database import Connection

from cpr_batch.chunks import Chunk

SQL = aiosql.from_path(Path(__file__).parent / "sql" / "twice.sql", "asyncpg")
REASON = "this person stands in the file before, with different content: that is used, this is not"


async def remarks(
    connection: Connection, chunk: Chunk, results: Sequence[Result], context: MappingContext
) -> list[Problem]:
    """Asked after the chunk is merged: whoever was not newer although the store got something else of this very file."""
    if chunk.are_receipts:
        return []
    places = [place for place, result in enumerate(results) if result.outcome is Outcome.NOT_NEWER]
    if not places:
        return []
    time = context.register_time
    rows = SQL.different(
        connection,
        places=places,
        contact_ids=[results[place].contact_id for place in places],
        numbers=[chunk.mapped[place].number for place in places],
        digests=[chunk.mapped[place].digest for place in places],
        source=SOURCE_CPR,
        date=time.date,
        channel=time.channel,
        task=time.task,
        fetched=time.fetched,
    )
    found = sorted([chunk.lines[row["place"]] async for row in rows])
    return [Problem(Severity.REMARK, line, None, "001", None, REASON) for line in found]


def faults(chunk: Chunk, remarks: Sequence[Problem]) -> list[tuple[int, int]]:
    """The lines of the remarks, and whose they are."""
    lines = {problem.line for problem in remarks}
    return [
        (line, ordinal) for line, ordinal in zip(chunk.lines, chunk.ordinals, strict=True) if line in lines
    ]
