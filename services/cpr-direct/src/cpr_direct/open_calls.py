"""Calls that change a subscription at CPR, kept in the store before they are made, so that a crash leaves none unknown.

Where a contact is known, its wish says what CPR is to be told. A person who is being imported has no contact yet, and a number
may be subscribed that no contact has: for these the call itself is kept until what came of it is stored.
"""

import dataclasses
import datetime as dt
import enum
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiosql
from registerbro.audit import Purpose
from registerbro.auth import Caller
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Connection, Pool
from registerbro.privacy import mask

SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "open_calls.sql", "asyncpg")
LEASE = dt.timedelta(minutes=5)  # more than a call with all its tries and time limits takes


class CallKind(enum.StrEnum):
    """What the call does."""

    IMPORT = "import"  # subscribes, and makes the contact
    UNSUBSCRIBE = "unsubscribe"


@dataclasses.dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that stayed behind and was taken to be done again."""

    call_id: int
    number: CprNumber
    kind: CallKind
    caller: Caller
    purpose: Purpose
    attempts: int


async def keep(
    store: "Connection | Pool",
    number: CprNumber,
    kind: CallKind,
    caller: Caller,
    purpose: Purpose,
    *,
    due_at: dt.datetime,
) -> int:
    """Keeps a call, which the worker makes from ``due_at`` on if it is not dropped before; its id."""
    call_id: int = await SQL.keep(
        store,
        number=number.value,
        kind=kind,
        client=caller.client,
        acting_user=caller.user,
        purpose=mask(purpose.purpose),
        case_reference=purpose.case_reference,
        due_at=due_at,
    )
    return call_id


async def keep_many(
    connection: Connection,
    numbers: Sequence[CprNumber],
    kind: CallKind,
    caller: Caller,
    purpose: Purpose,
    *,
    due_at: dt.datetime,
) -> None:
    """Keeps a call for each number."""
    await SQL.keep_many(
        connection,
        numbers=[number.value for number in numbers],
        kind=kind,
        client=caller.client,
        acting_user=caller.user,
        purpose=mask(purpose.purpose),
        due_at=due_at,
    )


async def drop(store: "Connection | Pool", call_id: int) -> None:
    """The call is done, or certain not to have reached CPR."""
    await SQL.drop_call(store, call_id=call_id)


async def drop_left_behind(connection: Connection, number: CprNumber, now: dt.datetime) -> None:
    """The number is imported and subscribed: its imports that failed before, or died, are not to be done again."""
    await SQL.drop_left_behind(connection, number=number.value, now=now)


async def end_instead(pool: Pool, call_id: int, now: dt.datetime) -> None:
    """An import that can never be done becomes the end of the subscription that it began."""
    await SQL.end_instead(pool, call_id=call_id, now=now)


async def is_being_imported(pool: Pool, number: CprNumber) -> bool:
    """Whether an import of the number is under way, or will be done again."""
    return bool(await SQL.is_being_imported(pool, number=number.value))


async def is_of_use(pool: Pool, number: CprNumber) -> bool:
    """Whether the number's subscription is a contact's, or wished for one, and so not to be ended as a stranger's."""
    return bool(await SQL.is_of_use(pool, number=number.value))


async def claim(pool: Pool, now: dt.datetime, size: int) -> list[OpenCall]:
    """Takes calls that stayed behind."""
    rows = SQL.claim(pool, now=now, due_at=now + LEASE, size=size)
    return [_open_call(row) async for row in rows]


async def put_off(pool: Pool, call_id: int, due_at: dt.datetime, failure: str) -> None:
    """The call failed; it is tried again later."""
    await SQL.put_off(pool, call_id=call_id, due_at=due_at, failure=failure)


def _open_call(row: Any) -> OpenCall:
    caller = Caller(row["client"], row["acting_user"], frozenset())
    purpose = Purpose(purpose=row["purpose"], case_reference=row["case_reference"])
    return OpenCall(
        row["call_id"], CprNumber(row["number"]), CallKind(row["kind"]), caller, purpose, row["attempts"]
    )
