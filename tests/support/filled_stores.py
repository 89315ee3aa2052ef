"""Stores of many persons from CPR, made by a few statements: for what depends on how many there are."""

from registerbro.database import Pool

STATEMENTS = (
    """insert into contact (contact_id, name_type, name_code, name1)
       select each, 'C', lpad((3 * each)::text, 10, '0'), 'Person ' || each from generate_series(1, {count}) as each""",
    """insert into contact_number (name_type, number, contact_id, is_current)
       select 'C', lpad((3 * each)::text, 10, '0'), each, true from generate_series(1, {count}) as each""",
    """insert into contact_number (name_type, number, contact_id, is_current)
       select 'C', lpad((3 * each + 1)::text, 10, '0'), each, false from generate_series(1, {count}) as each
       where each % 10 = 0""",
    """insert into source_record (contact_id, source, src_subscribed, subscribed, last_delivered_at, records)
       select each, 'CPR', each % 4 > 0, case when each % 4 > 0 then true end, now() - each % 30 * interval '1 day',
              repeat('x', 200)
       from generate_series(1, {count}) as each""",
    "insert into case_contact (case_reference, contact_id) select 'case ' || each, each from generate_series(1, {count}, 2) as each",
    "select setval(pg_get_serial_sequence('contact', 'contact_id'), {count})",
    "analyze",
)


async def fill(pool: Pool, count: int) -> None:
    """Persons, every fourth not subscribed, every tenth with a former number, every second party to a case."""
    async with pool.acquire() as connection, connection.transaction():
        for statement in STATEMENTS:
            await connection.execute(statement.format(count=count))


async def numbers_of(pool: Pool) -> tuple[dict[str, int], dict[str, int]]:
    """Whose each number is, current and former: of those who are subscribed, and of the others."""
    rows = await pool.fetch(
        "select number, contact_id, src_subscribed from contact_number join source_record using (contact_id)"
    )
    return (
        {row["number"]: row["contact_id"] for row in rows if row["src_subscribed"]},
        {row["number"]: row["contact_id"] for row in rows if not row["src_subscribed"]},
    )
