"""Statements about single persons, cases and pages read a few rows, however many there are."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from registerbro.database import Connection, Pool
from registerbro.subscriptions import asking, cases, never, reconciliation

from tests.support.filled_stores import fill

NOW = dt.datetime.now(dt.UTC)
MOST = 200  # rows that a statement may look at in a table
ARGUMENTS: dict[str, Any] = {
    "ids": [1, 2, 3],
    "numbers": ["0000000003", "0000000006"],
    "number": "0000000003",
    "contact_id": 3,
    "entry_id": 3,
    "case_reference": "case 3",
    "at": NOW,
    "reconciliation_id": 1,
    "difference_ids": [1, 2],
    "outcomes": ["already", "already"],
    "states": [True, False, True],
    "as_of": "2024-01-01 0 listed",
    "kind": None,
    "kinds": ["missing-here", "unknown-person"],
    "after": 40_000,
    "below": 2**62,
    "size": 10,
}
STATEMENTS = (
    (asking.SQL, ("asked_for", "history")),
    (never.SQL, ("wished_or_subscribed", "lock_contact_of", "listed", "page", "remove")),
    (cases.SQL, ("hold_parties", "open_case", "is_party_left", "remove_parties", "contacts_of", "cases_of")),
    (
        reconciliation.SQL,
        (
            "differences",
            "claim_differences",
            "take_agreements",
            "states",
            "set_states",
            "settle",
            "unknown_numbers",
            "note_ended",
        ),
    ),
)


def statements() -> Iterator[tuple[str, str, list[Any]]]:
    for queries, names in STATEMENTS:
        for name in names:
            order = queries.driver_adapter.var_sorted[name]
            yield name, getattr(queries, name).sql, [ARGUMENTS[each] for each in order]


@pytest.fixture
async def filled(pool: Pool) -> Pool:
    """A store of some size, in which everything has many rows."""
    await fill(pool, 20_000)
    await pool.execute("""
        insert into cpr_wish (contact_id, wanted, reason, asked_by, asked_at)
            select contact_id, true, 'by-hand', '', now() from contact;
        insert into cpr_never_subscribed (number, reason, added_at, added_by)
            select number, '', now(), '' from contact_number where contact_id % 5 = 0;
        insert into case_closing select case_reference, now() - interval '1 day' from case_contact;
        insert into cpr_reconciliation (name, as_of, listed, compared_at, compared_by)
            select 'list', now(), 1, now(), '' from generate_series(1, 2);
        insert into cpr_reconciliation_difference (reconciliation_id, kind, contact_id)
            select 1 + contact_id % 2, 'missing-here', contact_id from contact;
        insert into cpr_reconciliation_difference (reconciliation_id, kind, number)
            select 1 + contact_id % 2, 'unknown-person', number from contact_number;
        insert into cpr_reconciliation_agreement
            select 1 + contact_id % 2, contact_id, true from contact;
        analyze""")
    return pool


async def test_no_statement_looks_at_many_rows(filled: Pool) -> None:
    async with filled.acquire() as connection:
        found = {name: await _most_rows(connection, sql, values) for name, sql, values in statements()}
    assert {name: rows for name, rows in found.items() if rows > MOST} == {}


async def _most_rows(connection: Connection, sql: str, values: list[Any]) -> float:
    """The most rows that the statement looks at in one table; what it changes is rolled back."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        shown = await connection.fetchval(f"explain (analyze, format json) {sql}", *values)
    finally:
        await transaction.rollback()
    nodes = _nodes(json.loads(shown)[0]["Plan"])
    return max((_rows(node) for node in nodes if node["Node Type"].endswith("Scan")), default=0)


def _rows(node: dict[str, Any]) -> float:
    looked_at = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    return float(node["Actual Loops"] * sum(node.get(each, 0) for each in looked_at))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)
