"""The queries that clients live by use an index each on a store of 50,000 contacts, for every caller, and look at few rows."""

import asyncio
import datetime as dt
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from console.odata import options, resources, statement
from console.odata.binding import Binder, Row
from console.odata.statement import Window
from registerbro.database import open_connection, open_pool

from tests.support.odata_store import fill
from tests.support.postgres import temporary_database

COUNT = 50_000
BIG = frozenset({"contact", "contact_number", "address"})
MOMENT = "2026-01-01T13:40:00Z"
QUERIES: dict[str, tuple[str, dict[str, str], Sequence[Any] | None, str]] = {
    "name": ("Contacts", {"$filter": "startswith(Name2,'Jendeb')"}, None, "contact_name2_prefix"),
    "name in any case": ("Contacts", {"$filter": "startswith(tolower(Name2),'jendeb')"}, None, "contact_name2_folded"),
    "whole name": ("Contacts", {"$filter": "Name2 eq 'Jendeberg' and Version ge 0"}, None, "contact_name2_prefix"),
    "one of several names": ("Contacts", {"$filter": "Name2 in ('Jendeberg','Jendeborg')"}, None, "contact_name2_prefix"),
    "number": ("Contacts", {"$filter": "NameCode eq '0000000033'"}, None, "contact_number_pkey"),
    "numbers": ("Contacts", {"$filter": "NameCode in ('0000000033','0000000036')"}, None, "contact_number_pkey"),
    "former number": ("Contacts", {"$filter": "PreviousNameCodes/any(n: n eq '0000000031')"}, None, "contact_number_pkey"),
    "changed since": ("Contacts", {"$filter": f"UpdatedAt gt {MOMENT}"}, None, "contact_updated_at"),
    "changed since, next page": ("Contacts", {"$filter": f"UpdatedAt gt {MOMENT}"}, ["2026-01-01T13:45:00+00:00", 49000], "contact_updated_at"),
    "last changed": ("Contacts", {"$orderby": "UpdatedAt desc"}, None, "contact_updated_at"),
    "postcode": ("Addresses", {"$filter": "Postcode eq '2750'"}, None, "address_postcode"),
    "address": ("Contacts", {"$filter": "Addresses/any(a: a/Postcode eq '2750' and startswith(a/Address1,'J'))"}, None, "address_postcode"),
    "words of a name": ("Contacts", {"$search": "jende"}, None, "contact_search"),
    "words of an address": ("Contacts", {"$search": "jende 2750"}, None, "address_search"),
    "any number": ("Contacts", {"$search": "0000000031"}, None, "contact_number_pkey"),
    "next page": ("Contacts", {}, [40000], "contact_pkey"),
    "with addresses": ("Contacts", {"$filter": "ContactId in (7,8)", "$expand": "Addresses,References($expand=ToContact)"}, None, "address_contact"),
}  # fmt: skip


@pytest.fixture(scope="module")
def store(postgres_url: str, template_database: str) -> Iterator[str]:
    """A filled store that nobody changes."""

    async def filled(url: str) -> None:
        async with open_pool(url) as pool:
            await fill(pool, COUNT)

    with temporary_database(postgres_url, template_database) as url:
        asyncio.run(filled(url))
        yield url


@pytest.mark.parametrize("sees_protected", [False, True], ids=["reader", "trusted"])
async def test_each_query_uses_its_index(store: str, sees_protected: bool) -> None:
    async with open_connection(store) as connection:
        await connection.execute("set plan_cache_mode = force_custom_plan")
        for name, (path, raw, after, index) in QUERIES.items():
            row = Row.of(
                resources.read(path).entity, Binder(sees_protected=sees_protected, day=dt.date(2026, 11, 25))
            )
            sql = statement.rows(
                row, options.read(raw), Window(51, after=after), *resources.read(path).conditions(row)
            )
            plan = json.loads(
                await connection.fetchval(f"explain (analyze, format json) {sql}", *row.binder.values)
            )
            nodes = list(_nodes(plan[0]["Plan"]))
            assert index in {node.get("Index Name") for node in nodes}, (name, nodes)
            assert not [
                node for node in nodes if node["Node Type"] == "Seq Scan" and node["Relation Name"] in BIG
            ], name
            looked_at = [
                (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
                for node in nodes
            ]
            assert max(looked_at) < COUNT / 50, (name, nodes)


async def test_names_are_ordered_in_danish_by_an_index_for_who_sees_them_all(store: str) -> None:
    row = Row.of(resources.read("Contacts").entity, Binder(sees_protected=True, day=dt.date(2026, 11, 25)))
    sql = statement.rows(row, options.read({"$orderby": "SortName"}), Window(51, after=["jendeberg", 7]))
    async with open_connection(store) as connection:
        plan = json.loads(await connection.fetchval(f"explain (format json) {sql}", *row.binder.values))
    assert "contact_sort_key" in {node.get("Index Name") for node in _nodes(plan[0]["Plan"])}


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)
