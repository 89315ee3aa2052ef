"""The contact store as comparable values: without the ids, stamps and orders that differ from run to run."""

import collections
from typing import Any

import orjson
from registerbro.database import Pool

TABLES = {
    "contact": """
        select key.key, name_type, name_code, name1, name2, text, position, start_date, end_date, info, dates, protections,
               sort_key, is_placeholder, owner_role, hand_edited, version, into_key.key as merged_into
        from contact join key using (contact_id) left join key into_key on into_key.contact_id = merged_into""",
    "contact_number": "select key.key, name_type, number, is_current from contact_number join key using (contact_id)",
    "address": """
        select key.key, address_type, address1, address2, address3, postcode, post_district, municipality, country_code,
               start_date, end_date, protection, phone_no, fax, email, changed_by_hand, source
        from address join key using (contact_id)""",
    "contact_reference": """
        select key.key, role, to_key.key as to_key, restrictor, start_date, end_date, source
        from contact_reference join key using (contact_id) join key to_key on to_key.contact_id = to_contact_id""",
    "contact_version": """
        select key.key, version, source, register_date, groups
        from contact_version join key using (contact_id)""",
    "source_record": """
        select key.key, source, src_subscribed, subscribed, delivered_number, is_full, register_date, register_channel,
               register_task, records, encode(digest, 'hex') as digest
        from source_record join key using (contact_id)""",
}
KEYS = """
with key as (
    select contact.contact_id,
           coalesce(contact.name_type || contact.name_code,
                    'of ' || owner.name_code || ' ' || contact.owner_role || ' ' || contact.name1,
                    'merged ' || (select string_agg(number, ',' order by number) from contact_number as former
                                  where former.contact_id = contact.contact_id),
                    'merged into ' || kept.name_code) as key
    from contact
    left join contact owner on owner.contact_id = contact.owner_id
    left join contact kept on kept.contact_id = contact.merged_into
)
"""
PHYSICAL = (
    "contact",
    "contact_number",
    "address",
    "contact_reference",
    "contact_version",
    "source_record",
    "outbox",
)
Rows = collections.Counter[str]


async def store(pool: Pool) -> dict[str, Rows]:
    """Every table of the contact store as a multiset of rows, contacts named by their numbers."""
    return {name: _rows(await pool.fetch(f"{KEYS} {query}")) for name, query in TABLES.items()}


async def events(pool: Pool) -> Rows:
    """The events of the outbox as a multiset: type and data, contacts named by their numbers."""
    keys = {
        row["contact_id"]: row["key"] for row in await pool.fetch(f"{KEYS} select contact_id, key from key")
    }
    found: list[dict[str, Any]] = []
    for row in await pool.fetch("select body from outbox"):
        event = orjson.loads(row["body"])
        data = event["data"]
        found.append(
            {"type": event["type"]}
            | {name: value for name, value in data.items() if name not in ("run_id", "file_id")}
            | {name: keys[data[name]] for name in ("contact_id", "merged_contact_id") if name in data}
        )
    return _rows(found)


async def physical(pool: Pool) -> dict[str, set[str]]:
    """Every row with the transaction that wrote it: equal only if nothing was written in between, not even the same."""
    return {
        table: {row[0] for row in await pool.fetch(f"select xmin::text || t::text from {table} t")}
        for table in PHYSICAL
    }


def without(row: str, *columns: str) -> dict[str, str]:
    """A row of ``store`` with some columns left out; values as JSON texts, so that they can be hashed."""
    found: dict[str, Any] = orjson.loads(row)
    return {
        name: orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
        for name, value in found.items()
        if name not in columns
    }


def _rows(rows: Any) -> Rows:
    return collections.Counter(orjson.dumps(dict(row), option=orjson.OPT_SORT_KEYS).decode() for row in rows)
