"""A large store as a municipality's looks: persons, companies and production units, with the names, towns and roads that are
common in Denmark as common as they are, and with all that hangs on a contact. Made by a few statements, for plans and speed.

Contacts whose id ends with 7, 8 and 9 are companies (7, 8) and production units (9, of the company before); of persons every
hundredth is protected, every tenth has a former number.
"""

from collections.abc import Sequence

from registerbro.database import Pool

from tests.support.cpr_files import simple_person

SURNAMES = (
    *("Jensen", "Nielsen") * 9, *("Hansen",) * 7, *("Pedersen", "Andersen") * 5, *("Christensen", "Larsen", "Sørensen") * 4,
    *("Rasmussen", "Jørgensen", "Petersen", "Madsen", "Kristensen") * 3, *("Olsen", "Thomsen", "Møller", "Østergaard") * 2,
)  # fmt: skip
FIRST_NAMES = (
    *("Anne", "Peter", "Kirsten", "Jens", "Lars", "Hanne", "Mette", "Michael", "Søren", "Henrik") * 2,
    "Anna", "Helle", "Susanne", "Lene", "Marianne", "Inge", "Karen", "Maria", "Bente", "Inger", "Thomas", "Jan", "Niels", "Christian",
    "Martin", "Hans", "Jørgen", "Ole", "Morten", "Erik", "Åse", "Ægir", "Øjvind", "Emma", "Ida", "William", "Noah", "Oscar",
)  # fmt: skip
TOWNS = (
    *("2100 København Ø", "2200 København N", "2300 København S", "2450 København SV", "8000 Aarhus C", "8200 Aarhus N") * 4,
    *("5000 Odense C", "9000 Aalborg", "6700 Esbjerg", "8900 Randers C", "6000 Kolding", "8700 Horsens", "7100 Vejle") * 3,
    "2750 Ballerup", "4000 Roskilde", "3400 Hillerød", "4700 Næstved", "7400 Herning", "8600 Silkeborg", "9800 Hjørring", "3700 Rønne",
)  # fmt: skip
ROADS = (
    *("Nygade", "Vestergade", "Østergade", "Skolevej", "Møllevej", "Kirkevej", "Bøgevej", "Lærkevej", "Engvej", "Ringvej"),
    *("Ny Munkegade", "Gammel Kongevej", "H.C. Andersens Boulevard", "Store Kongensgade", "Strandvejen", "Søndergade", "Åboulevarden"),
)  # fmt: skip
BEGINNINGS = (
    *("an", "be", "ca", "da", "el", "fre", "gu", "han", "ib", "jen", "kar", "lau", "mag", "nie", "ol", "pe", "ras", "sø", "tho", "ul"),
    *("vib", "wil", "åg"),
)  # fmt: skip
MIDDLES = (
    "ba",
    "de",
    "fi",
    "go",
    "hu",
    "ka",
    "le",
    "mi",
    "no",
    "pu",
    "ra",
    "se",
    "ti",
    "vo",
    "xu",
    "za",
    "di",
    "fo",
    "gu",
    "ha",
)
ENDINGS = (
    "berg",
    "borg",
    "by",
    "dal",
    "gaard",
    "holm",
    "høj",
    "kjær",
    "lund",
    "mark",
    "rup",
    "skov",
    "strand",
    "toft",
    "vang",
    "ås",
)
TRADES = (
    "Byg",
    "Tømrer",
    "Transport",
    "Revision",
    "Holding",
    "Ejendomme",
    "Consult",
    "Auto",
    "Murer",
    "El",
    "VVS",
    "Rengøring",
)
SOMEBODY = "0101701996"
RECORDS = "\n".join(simple_person(SOMEBODY))
ANSWER = '{"cvrNumber": "26911745", "companyName": "Byg ApS", "cvrAddress": {"streetName": "Nygade", "postCode": "2750"}}'
FORMS = ("ApS", "A/S", "I/S", "Holding ApS")


def _dice(salt: int, sides: int) -> str:
    return f"((hashint8(each + {salt}000000007) & 2147483647) % {sides})"


def _pick(words: Sequence[str], salt: int) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"(array[{listed}])[1 + {_dice(salt, len(words))}]"


def _rare(salt: int) -> str:
    return f"initcap({_pick(BEGINNINGS, salt)} || {_pick(MIDDLES, salt + 1)} || {_pick(ENDINGS, salt + 2)})"


_KIND = "case when each % 10 in (7, 8) then 'J' when each % 10 = 9 then 'V' else 'C' end"
_NUMBER = "lpad((3 * each)::text, case when each % 10 in (7, 8) then 8 else 10 end, '0')"
_SURNAME = f"case when {_dice(1, 2)} = 0 then {_pick(SURNAMES, 2)} else {_rare(3)} end"
_GIVEN = f"{_pick(FIRST_NAMES, 6)} || case when {_dice(7, 3)} = 0 then ' ' || {_rare(8)} else '' end"
_FIRM = f"{_rare(11)} || ' ' || {_pick(TRADES, 14)} || ' ' || {_pick(FORMS, 15)}"
_ROAD = f"case when {_dice(16, 3)} = 0 then {_pick(ROADS, 17)} else {_rare(18)} || 'vej' end"
STATEMENTS = (
    f"""insert into contact (contact_id, name_type, name_code, name1, name2, sort_key, info, protections, end_date, updated_at)
        select each, kind, number, case when kind = 'C' then given else '' end, case when kind = 'C' then surname else firm end,
               translate(lower(case when kind = 'C' then surname || ' ' || given else firm end), 'æøå', '{{|}}') , info, protections,
               ended, timestamptz '2026-01-01 00:00Z' + each * interval '1 second'
        from (select each, {_KIND} as kind, {_NUMBER} as number, {_GIVEN} as given, {_SURNAME} as surname, {_FIRM} as firm,
                     case when each % 10 < 7 then '{{"Status": ["01"]}}'::jsonb else '{{"Branche": ["620100"]}}' end as info,
                     case when each % 100 = 0 then '[{{"kind": "0001", "start": null, "end": null}}]'::jsonb else '[]' end as protections,
                     case when each % 20 in (3, 17) then date '2024-05-01' end as ended
              from generate_series(1, {{count}}) as each) as made""",
    f"""insert into contact_number (name_type, number, contact_id, is_current)
        select {_KIND}, {_NUMBER}, each, true from generate_series(1, {{count}}) as each""",
    """insert into contact_number (name_type, number, contact_id, is_current)
       select 'C', lpad((3 * each + 1)::text, 10, '0'), each, false from generate_series(10, {count}, 10) as each""",
    f"""insert into address (contact_id, address_type, address1, address2, postcode, post_district, country_code, start_date)
        select each, 'HA', road || ' ' || 1 + {_dice(21, 120)}, case when {_dice(22, 3)} = 0 then '2. th.' else '' end,
               split_part(town, ' ', 1), substr(town, 6), 'DK', date '2010-01-01' + {_dice(23, 5000)}
        from (select each, {_ROAD} as road, {_pick(TOWNS, 24)} as town from generate_series(1, {{count}}) as each) as made""",
    f"""insert into address (contact_id, address_type, address1, postcode, post_district, country_code, start_date, end_date)
        select each, 'CPRADR', {_ROAD.replace("each +", "each + 5 +")} || ' ' || {_dice(25, 90)} + 1, '2750', 'Ballerup', 'DK',
               date '2001-01-01', date '2009-12-31'
        from generate_series(1, {{count}}, 2) as each where each % 10 < 7""",
    """insert into contact_reference (contact_id, role, to_contact_id, restrictor, start_date)
       select each, role, each + step, case when role in ('Far', 'Mor') then 'Forældre' else '' end, date '2011-06-01'
       from generate_series(1, {count} - 7) as each
       cross join (values ('Ægtefælle', 1), ('Mor', 2), ('Far', 3), ('Barn', 4)) as family (role, step)
       where each % 10 < 2""",
    """insert into contact_reference (contact_id, role, to_contact_id)
       select each, 'Virksomhed', each - 1 from generate_series(9, {count}, 10) as each""",
    "insert into delivery_scope (scope_id, keys) values (1, '{address:HA,name1,name2}')",
    f"""insert into source_record (contact_id, source, src_subscribed, subscribed, delivered_number, register_date, register_channel,
                                   register_task, register_fetched, last_delivered_at, last_changed_at, scope_id, records)
        select each, case when each % 10 < 7 then 'CPR' else 'CVR-J' end, each % 4 > 0, each % 4 > 0, {_NUMBER}, date '2026-10-01', 1,
               '463003', now(), now(), now(), 1,
               case when each % 10 < 7 then replace('{RECORDS}', '{SOMEBODY}', {_NUMBER}) else '{ANSWER}' end
        from generate_series(1, {{count}}) as each""",
    "insert into case_contact (case_reference, contact_id) select 'case ' || each, each from generate_series(1, {count}, 2) as each",
    "select ensure_partitions('contact_version', interval '1 month', current_date - 400, current_date + 31)",
    """insert into contact_version (contact_id, version, stored_at, source, register_date, groups, before)
       select each, 4 - step, now() - step * interval '30 days', 'CPR', current_date - 30 * step, '{name}',
              jsonb_build_object('name', jsonb_build_object('text', '', 'name1', 'Ane', 'name2', 'Tidligere ' || step))
       from generate_series(1, {count}, 3) as each cross join generate_series(1, 3) as step""",
    "update contact set version = 4 where contact_id % 3 = 1",
    "select ensure_partitions('audit_log', interval '1 day', current_date - 60, current_date + 14)",
    """insert into audit_log (audit_day, audit_id, at, stage, client, acting_user, service, action, purpose, contact_ids, fields)
       select day, gen_random_uuid(), day::timestamp at time zone 'UTC' + each % 80000 * interval '1 second', 'delivered', 'console', 'anna',
              'console', 'odata.read', 'child support', array[1 + each * 7 % {count}], '{Name1,Name2}'
       from generate_series(1, {count}) as each cross join lateral (select current_date - (each % 60)::int as day) as days""",
    "select setval(pg_get_serial_sequence('contact', 'contact_id'), {count})",
    "select gin_clean_pending_list(name) from unnest(array['contact_search', 'address_search']::regclass[]) as name",
)  # fmt: skip


async def fill(pool: Pool, count: int) -> None:
    """Contacts with addresses, references, what the registers delivered, cases, history, and who looked at them."""
    async with pool.acquire() as connection:
        for statement in STATEMENTS:
            await connection.execute(statement.replace("{count}", str(count)), timeout=3600)
        await connection.execute("vacuum analyze", timeout=3600)
