"""The log of every important action: who did what, with which file, in which run, and how it ended.

Structured in the table ``cpr_journal``, as lines for people in ``cprbatch.log``. An action never fails because of it.
"""

import asyncio
import uuid
from typing import TypeAlias

import asyncpg
import structlog
from registerbro.database import Pool
from registerbro.privacy import mask_value, scrub

from cpr_batch import human_log
from cpr_batch.batch import Batch
from cpr_batch.journal_entries import SQL, Action, Entry

__all__ = ["Action", "note"]

PATIENCE_SECONDS = 5.0
STORE_GONE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)  # TimeoutError is an OSError
Fact: TypeAlias = str | int | float | bool | None
log = structlog.get_logger()


async def note(
    batch: Batch,
    action: Action,
    *,
    file: str | None = None,
    run_id: uuid.UUID | None = None,
    **facts: Fact,
) -> None:
    """Puts one line into the log. ``facts`` are constants, counts and ids: never a personal number, never a name of a person.

    It has a connection of its own: what the caller's transaction becomes does not matter to it. A store that cannot be had within
    some seconds loses the row, and the line is written all the same.
    """
    entry = Entry(
        at=batch.now(),
        acted_by=scrub(batch.by),
        action=action,
        file=None if file is None else scrub(file),
        run_id=run_id,
        facts=mask_value({name: _scrubbed(value) for name, value in facts.items()}),
    )
    log.info(
        "action",
        action=str(action),
        by=entry.acted_by,
        file=entry.file,
        run_id=run_id and str(run_id),
        facts=entry.facts,
    )
    if batch.log_file is not None:
        await asyncio.to_thread(human_log.append, batch.log_file, human_log.line(entry))
    await _store(batch.pool, entry)


def _scrubbed(value: Fact) -> Fact:
    return scrub(value) if isinstance(value, str) else value


async def _store(pool: Pool, entry: Entry) -> None:
    try:
        async with pool.acquire(timeout=PATIENCE_SECONDS) as connection:
            await SQL.add(
                connection,
                at=entry.at,
                acted_by=entry.acted_by,
                action=entry.action,
                file=entry.file,
                run_id=entry.run_id,
                facts=entry.facts,
            )
    except STORE_GONE as error:
        log.warning("action not recorded in the store", action=str(entry.action), reason=type(error).__name__)
