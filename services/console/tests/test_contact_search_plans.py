"""The search reads indexes only, and few rows of them, whatever is typed on a store of 30,000 contacts, for every caller."""

import asyncio
import datetime as dt
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from asyncpg.connection import LoggedQuery
from console.finding import finding
from console.finding.finding import Wanted
from registerbro.database import Connection, open_connection, open_pool

from tests.support.large_store import fill
from tests.support.postgres import temporary_database

COUNT, MOST = 30_000, 300
DAY = dt.date(2026, 11, 25)
SEARCHES = {
    "0000000031": {"contact_number_pkey"},
    "jensen": {"contact_sort_key", "contact_search"},
    "anne jensen": {"contact_sort_key", "contact_search"},
    "an": {"contact_sort_key", "contact_search"},
    "nygade 15": {"contact_search", "address_search"},
    "københavn": {"contact_search", "address_search"},
    "jensen nygade": {"contact_search", "address_search", "contact_pkey"},
    "anne kolding": {"contact_search", "address_search", "contact_pkey"},
}


@pytest.fixture(scope="module")
def store(postgres_url: str, template_database: str) -> Iterator[str]:
    """A filled store that nobody changes."""

    async def filled(url: str) -> None:
        async with open_pool(url) as pool:
            await fill(pool, COUNT)

    with temporary_database(postgres_url, template_database) as url:
        asyncio.run(filled(url))
        yield url


@pytest.mark.parametrize(
    "wanted",
    [Wanted(DAY, sees_protected=False), Wanted(DAY, sees_protected=True, name_types=["C"], is_ended=False, is_subscribed=True)],
    ids=["reader", "trusted, with filters"],
)  # fmt: skip
async def test_each_search_uses_its_indexes_and_looks_at_few_rows(
    store: str, monkeypatch: pytest.MonkeyPatch, wanted: Wanted
) -> None:
    monkeypatch.setattr(finding, "MOST_LOOKED_AT", MOST)
    async with open_connection(store) as connection:
        for text, indexes in SEARCHES.items():
            nodes = await _looked_up(connection, text, wanted)
            assert indexes <= {node.get("Index Name") for node in nodes}, (text, nodes)
            assert not [
                node
                for node in nodes
                if node["Node Type"] == "Seq Scan" and node["Relation Name"] != "contact_type"
            ], text
            looked_at = [
                (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
                for node in nodes
                if node["Node Type"] != "Bitmap Index Scan"  # which notes places and reads no rows
            ]
            assert max(looked_at) <= MOST, (text, nodes)  # fmt: skip


async def _looked_up(connection: Connection, text: str, wanted: Wanted) -> list[dict[str, Any]]:
    """What the statements of a search did, and that of its page."""
    asked: list[tuple[str, Sequence[Any]]] = []

    def note(query: LoggedQuery) -> None:
        asked.append((query.query, query.args))

    async with connection.transaction(readonly=True):
        with connection.query_logger(note):
            found = await finding.find(connection, text, wanted)
            await finding.shown(connection, [*found.by_id][:25], wanted)
        assert found.by_id or text.isdigit(), text
        plans = [
            json.loads(await connection.fetchval(f"explain (analyze, format json) {query}", *values))
            for query, values in asked
            if "set_config" not in query
        ]
    return [node for plan in plans for node in _nodes(plan[0]["Plan"])]


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)
