"""What the CVR services ask the store again and again looks at a few rows, however many contacts, tasks and subscriptions there are."""

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiosql
import pytest
from cvr_subscription import drift, subscriptions
from cvr_update import contacts
from registerbro import service_queue
from registerbro.database import Connection, Pool

QUEUE: Any = aiosql.from_path(Path(service_queue.__file__).with_suffix(".sql"), "asyncpg")
NOW = dt.datetime.now(dt.UTC)
TOKEN = uuid.UUID(int=1)
MOST = 200  # rows that a statement may look at in a table
COMPANIES = 100  # of the 100,000 contacts
FILL = f"""
    set session_replication_role = replica;
    insert into contact (contact_id, name_type, name_code)
        select each, case when each % 1000 = 0 then 'J' else 'C' end, lpad(each::text, 8, '0') from generate_series(1, 100000) as each;
    insert into contact_number (name_type, number, contact_id, is_current)
        select name_type, name_code, contact_id, true from contact;
    insert into cvrupdate_subscription (contact_id, provider, object_id, state, due_at)
        select contact_id, 'one', 'unit ' || contact_id, 'subscribed', now() from contact
        where name_type = 'J' and contact_id % 5000 > 0 or contact_id < 30000 and name_type = 'C';
    update cvrupdate_subscription set state = 'wanted' where contact_id % 300 = 0;
    update cvrupdate_setting set agent_active_tasks_token = '{TOKEN}', provider = 'one';
    insert into service_queue (contact_id, token, due_at, state, leased_by, leased_until)
        select contact_id, '{TOKEN}', now() + (contact_id - 100) * interval '1 minute', 'waiting', null, null from contact
        where contact_id < 30000;
    update service_queue set token = '{uuid.UUID(int=2)}' where contact_id % 1000 = 7;
    update service_queue set state = 'failed', failure = 'x' where contact_id % 1000 = 8;
    insert into cvrupdate_import (contact_id, failure, reason)
        select contact_id, case when contact_id % 1000 = 8 then 'x' end, 'x' from contact where contact_id < 30000;
    insert into cvrupdate_due (contact_id, due_on)
        select contact_id, current_date + (contact_id - 20)::integer % 1000 from contact where contact_id < 30000;
    set session_replication_role = origin;
    analyze contact, contact_number, cvrupdate_subscription, service_queue, cvrupdate_import, cvrupdate_due;
"""
SOME = [3, 4, 5]
ARGUMENTS: dict[str, Any] = {
    "contact_ids": SOME,
    "contact_id": 3,
    "task_ids": SOME,
    "task_id": 3,
    "object_ids": ["unit 3", "unit 4", "unit 5"],
    "generations": [1, 1, 1],
    "generation": 1,
    "tokens": [TOKEN] * 3,
    "token": TOKEN,
    "leases": ["me"] * 3,
    "lease": "me",
    "leased_by": uuid.UUID(int=3),
    "leased_until": NOW,
    "days": [NOW.date()] * 3,
    "today": NOW.date(),
    "due_at": None,
    "next_try": NOW,
    "until": NOW,
    "now": NOW,
    "counts": True,
    "failure": "x",
    "failures": ["x"] * 3,
    "reason": "x",
    "logic_ids": ["x"] * 3,
    "provider": "one",
    "name_types": ["J", "V"],
    "state": None,
    "is_failing": None,
    "after": 20_000,
    "size": 50,
}
STATEMENTS = (
    (
        QUEUE,
        (
            "hold_contacts", "enqueue", "remember", "take_due_days", "claim", "extend", "done", "failed", "give_up", "release",
            "remove_obsolete", "retry", "page", "task_of", "days_of",
        ),
    ),
    (contacts.SQL, ("subjects", "versions", "note_updated", "note_failed", "failures", "failures_by_reason", "import_of")),
    (
        subscriptions.SQL,
        (
            "want_missing", "want_again", "end_unwanted", "claim", "identify", "hold_contacts", "subscribed", "cancelled", "release",
            "note_failures", "try_again", "page", "about",
        ),
    ),
    (drift.SQL, ("contacts",)),
)  # fmt: skip
CHANGES = {
    ("claim", "state"): "wanted",
    ("note_failures", "state"): "wanted",
    ("note_failures", "due_at"): [NOW] * 3,
    ("retry", "contact_ids"): SOME,
}


def statements() -> Iterator[tuple[str, str, list[Any]]]:
    """Each with its text and arguments."""
    for queries, names in STATEMENTS:
        for name in names:
            order = queries.driver_adapter.var_sorted.get(name, [])
            values = [CHANGES.get((name, each), ARGUMENTS[each]) for each in order]
            yield name, getattr(queries, name).sql, values


@pytest.fixture
async def filled(pool: Pool) -> Pool:
    """A store of 100,000 contacts, few of them companies."""
    await pool.execute(FILL)
    return pool


async def test_what_is_asked_again_and_again_looks_at_few_rows(filled: Pool) -> None:
    async with filled.acquire() as connection:
        found = {name: await most_rows(connection, sql, values) for name, sql, values in statements()}
        everyone = [
            ARGUMENTS[each] if each != "contact_ids" else None
            for each in subscriptions.SQL.driver_adapter.var_sorted["want_missing"]
        ]
        scanned = await most_rows(connection, subscriptions.SQL.want_missing.sql, everyone)
    assert {name: rows for name, rows in found.items() if rows > MOST} == {}
    assert scanned <= 2 * COMPANIES


async def most_rows(connection: Connection, sql: str, values: list[Any]) -> float:
    """The most rows that the statement looks at in one table; what it changes is rolled back."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        shown = await connection.fetchval(f"explain (analyze, format json) {sql}", *values)
    finally:
        await transaction.rollback()
    scans = (node for node in nodes(json.loads(shown)[0]["Plan"]) if node["Node Type"].endswith("Scan"))
    return max(map(rows_of, scans), default=0)


def rows_of(node: dict[str, Any]) -> float:
    """How many rows a scan looked at."""
    looked_at = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    return float(node["Actual Loops"] * sum(node.get(each, 0) for each in looked_at))


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's nodes."""
    yield node
    for child in node.get("Plans", ()):
        yield from nodes(child)
