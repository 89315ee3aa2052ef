"""A store of many contacts with names, addresses and numbers, made by a few statements: for plans and speed of queries."""

from registerbro.database import Pool

_NAME = (
    "initcap(({first})[1 + each % 23] || ({second})[1 + each / 23 % 29] || ({third})[1 + each / 667 % 31])"
)
_BEGINNINGS = "array['an','be','ca','da','el','fre','gu','han','ib','jen','kar','lau','mag','nie','ol','pe','ras','sø','tho','ul','vib','wil','åg']"
_MIDDLES = "array['ba','de','fi','go','hu','ka','le','mi','no','pu','ra','se','ti','vo','xu','za','be','di','fo','gu','ha','ke','li','mo','nu','pa','re','si','to']"
_ENDINGS = "array['berg','borg','by','dal','gaard','have','holm','holt','høj','kjær','krog','lund','mark','mose','ne','nd','rup','sen','sig','skov','sted','strand','toft','torp','trup','vad','vang','ved','vig','å','ås']"
_SURNAME = _NAME.format(first=_BEGINNINGS, second=_MIDDLES, third=_ENDINGS)
STATEMENTS = (
    f"""insert into contact (contact_id, name_type, name_code, name1, name2, text, sort_key, info, protections, updated_at)
        select each, 'C', lpad((3 * each)::text, 10, '0'), initcap(({_BEGINNINGS})[1 + each % 19] || 'a'), {_SURNAME}, '',
               lower({_SURNAME}), '{{"Status": ["01"]}}',
               case when each % 100 = 0 then '[{{"kind": "0001", "start": null, "end": null}}]'::jsonb else '[]' end,
               timestamptz '2026-01-01 00:00Z' + each * interval '1 second'
        from generate_series(1, {{count}}) as each""",
    """insert into contact_number (name_type, number, contact_id, is_current)
       select 'C', lpad((3 * each)::text, 10, '0'), each, true from generate_series(1, {count}) as each""",
    """insert into contact_number (name_type, number, contact_id, is_current)
       select 'C', lpad((3 * each + 1)::text, 10, '0'), each, false from generate_series(10, {count}, 10) as each""",
    f"""insert into address (contact_id, address_type, address1, postcode, post_district)
        select each, 'HA', {_SURNAME} || 'vej ' || each % 99, lpad((1000 + each % 8999)::text, 4, '0'), 'By'
        from generate_series(1, {{count}}) as each""",
    "select setval(pg_get_serial_sequence('contact', 'contact_id'), {count})",
    "select gin_clean_pending_list(name) from unnest(array['contact_search', 'address_search']::regclass[]) as name",
    "analyze contact, contact_number, address, contact_type",
)


async def fill(pool: Pool, count: int) -> None:
    """Persons with an address each, every hundredth protected, every tenth with a former number."""
    async with pool.acquire() as connection, connection.transaction():
        for statement in STATEMENTS:
            await connection.execute(statement.replace("{count}", str(count)), timeout=600)
