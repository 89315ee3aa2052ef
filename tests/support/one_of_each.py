"""A store with rows in every table that OData shows: each nullable column once with a value and once without."""

from registerbro.database import Pool

PROTECTED, PERSON, RELATIVE, COMPANY, PLACEHOLDER, MERGED = range(1, 7)
STATEMENTS = (
    """insert into contact (contact_id, name_type, name_code, name1, name2, text, position, start_date, end_date, info, dates,
           protections, sort_key, is_placeholder, owner_id, owner_role, hand_edited, version, merged_into) values
       (1, 'C', '0101800001', 'Åse', 'Hemmelig', '', '', null, null, '{"Status": ["01"], "Bynavn": ["Skjulby"]}', '{}',
        '[{"kind": "0001", "start": null, "end": null}]', 'hemmelig', false, null, null, '{}', 1, null),
       (2, 'C', '0202800002', 'Bo & <Co>', 'O''Hara', 'a "text"', 'smed', '1980-02-02', '2026-01-31',
        '{"Status": ["01", "90"], "Tom": []}',
        '{"Født": [{"value": "1980-02-02", "precision": "day", "uncertain": true}],
          "Ukendt": [{"value": null, "precision": null}]}', '[]', 'ohara', false, null, null, '{name1,position}', 7, null),
       (3, 'P', null, 'Far Holm', '', '', '', null, null, '{}', '{}', '[]', 'holm', false, 1, 'Far', '{}', 1, null),
       (4, 'J', '25313763', 'Smedjen ApS', '', '', '', '2001-01-01', null, '{"Branche": ["2511", "Smedje"], "Reklamebeskyttet": ["ja"]}', '{}', '[]',
        'smedjen', false, null, null, '{}', 2, null),
       (5, 'C', '0303800003', '', '', '', '', null, null, '{}', '{}', '[]', '', true, null, null, '{}', 0, null),
       (6, 'C', null, 'Bo', 'før', '', '', null, null, '{}', '{}', '[]', 'foer', false, null, null, '{}', 3, 2)""",
    """insert into contact_number (name_type, number, contact_id, is_current) values
       ('C', '0101800001', 1, true), ('C', '0202800002', 2, true), ('C', '0202809992', 2, false), ('J', '25313763', 4, true),
       ('C', '0303800003', 5, true)""",
    """insert into address (contact_id, address_type, address1, address2, address3, postcode, post_district, municipality,
           country_code, start_date, end_date, protection, phone_no, fax, email, changed_by_hand) values
       (1, 'HA', 'Skjulvej 1', '', '', '9999', 'Skjulby', '0101', 'DK', '2020-01-01', null, '2020-01-01', '', '', '', false),
       (2, 'HA', 'Æblevej 2', '2. tv', 'c/o Ø', '1234', 'By', '0101', 'DK', '2020-01-01', null, null, '11', '22', 'bo@example.test', true),
       (2, 'CPRADR', 'Gammelvej 3', '', '', '1234', 'By', '0101', 'DK', null, '2020-01-01', null, '', '', '', false)""",
    """insert into contact_reference (contact_id, role, to_contact_id, restrictor, start_date, end_date, source) values
       (1, 'Far', 3, 'Forældre', '1980-01-01', null, 'CPR'), (2, 'Ægtefælle', 1, '', null, '2025-12-31', null),
       (2, 'Barn', 5, '', null, null, null)""",
    """insert into contact_version (contact_id, version, source, register_date, groups, before) values
       (1, 0, 'CPR', '2026-01-01', '{contact,address}', '{"contact": {"name1": "Skjult"}}'),
       (2, 6, 'hand', null, '{}', '{}')""",
    """insert into source_record (contact_id, source, src_subscribed, subscribed, delivered_number, register_date,
           last_delivered_at, last_changed_at, records) values
       (1, 'CPR', true, true, '0101800001', '2026-01-01', now(), now(), 'records of 1'),
       (4, 'CVR-J', false, null, null, null, null, null, '')""",
    "insert into case_contact (case_reference, contact_id) values ('2026/1 ''ø''', 2), ('2026/2', 1)",
    """insert into service_queue (contact_id, token, state, attempts, failure, leased_by, leased_until) values
       (4, gen_random_uuid(), 'running', 1, 'timed out', 'worker', now()), (2, gen_random_uuid(), 'waiting', 0, null, null, null)""",
    """insert into cpr_file (file_id, sha256, name, size_bytes, task_number, production_date, fetched_at, local_name) values
       (1, '\\x00', 'D260101.L1', 5000000000, '1', '2026-01-01', now(), 'local')""",
    """insert into cpr_run (run_id, parent_id, file_id, kind, finished_at, state, counts, failure, queued_at, due_at, outcome, retry_of)
       values
       ('00000000-0000-4000-8000-000000000001', null, null, 'batch', null, 'running', '{}', null, null, null, null, null),
       ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', 1, 'import', now(), 'failed',
        '{"created": 5, "rejected": 9000000000}', 'it broke', now(), now(), 'failed', '00000000-0000-4000-8000-000000000001')""",
    """insert into dead_letter (consumer, event_id, event_day, type, routing_key, body, reason, attempts, replay_requested_at,
           replayed_at, discarded_at, discard_reason) values
       ('c', gen_random_uuid(), current_date, 't', 'k', '{}', 'why', 5, now(), now(), now(), 'old'),
       ('c', null, null, null, '', 'body', 'why', 1, null, null, null, null)""",
    """insert into audit_log (audit_id, audit_day, stage, client, acting_user, service, action, purpose, case_reference,
           contact_ids, fields, break_glass_reason) values
       (gen_random_uuid(), current_date, 'delivered', 'a', 'b', 's', 'x', 'why', '2026/1', '{1,2}', '{name}', 'fire'),
       (gen_random_uuid(), current_date, 'asked', 'a', null, 's', 'x', 'why', null, '{}', '{}', null)""",
)


async def fill(pool: Pool) -> None:
    """Makes the rows."""
    async with pool.acquire() as connection, connection.transaction():
        for statement in STATEMENTS:
            await connection.execute(statement)
