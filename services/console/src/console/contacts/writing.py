"""Writes a contact and the audit log's row in one transaction, and does it again where others were in the way."""

import datetime as dt
from collections.abc import Awaitable, Callable, Collection
from typing import NamedTuple, TypeAlias

import asyncpg
import structlog
from registerbro.audit import Auditor, Purpose
from registerbro.auth import Caller
from registerbro.contacts import merge
from registerbro.contacts.refusals import NumberTaken
from registerbro.contacts.writing import Overtaken
from registerbro.database import Connection, Pool
from registerbro.problems import AuditUnavailable

from console.contacts.problems import ContactContended

log = structlog.get_logger()


class Written(NamedTuple):
    """What was written."""

    contact_id: int
    version: int


Write: TypeAlias = Callable[[Connection, dt.datetime], Awaitable[Written]]


class Desk:
    """Where contacts are written by hand: who does it, and why."""

    def __init__(self, pool: Pool, audit: Auditor, caller: Caller, purpose: Purpose) -> None:
        self._pool = pool
        self._audit = audit
        self._caller = caller
        self._purpose = purpose

    async def write(self, action: str, write: Write, fields: Collection[str]) -> Written:
        """Writes. Raises what ``write`` raises, ``AuditUnavailable``, ``ContactContended``."""
        try:
            async for attempt in merge.attempts():
                with attempt:
                    return await self._once(action, write, fields)
        except NumberTaken as error:  # the answer tells that the person is in the store
            await self._audit.read(
                self._caller, action, self._purpose, contact_ids=[error.contact_id], fields=()
            )
            raise
        except (Overtaken, asyncpg.ForeignKeyViolationError, *merge.COLLISIONS):
            pass  # outside the handler: the driver's text, which may name a number, is not carried along
        raise ContactContended

    async def _once(self, action: str, write: Write, fields: Collection[str]) -> Written:
        async with self._pool.acquire() as connection, connection.transaction():
            written = await write(connection, dt.datetime.now(dt.UTC))
            try:
                await self._audit.imported(
                    connection, self._caller, action, self._purpose,
                    contact_ids=[written.contact_id], fields=sorted(fields),
                )  # fmt: skip
            except asyncpg.PostgresError:
                log.error("audit row not written", action=action)
                raise AuditUnavailable from None
            return written
