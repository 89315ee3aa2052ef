-- name: add_access(audit_id, audit_day, stage, at, client, acting_user, service, action, purpose, case_reference, number_hash, contact_ids, fields, break_glass_reason)*!
-- Rows of the log.
insert into audit_log (
    audit_id, audit_day, stage, at, client, acting_user, service, action, purpose, case_reference, number_hash, contact_ids,
    fields, break_glass_reason
) values (
    :audit_id, :audit_day, :stage, :at, :client, :acting_user, :service, :action, :purpose, :case_reference, :number_hash,
    :contact_ids, :fields, :break_glass_reason
);

-- name: add_asked(audit_id, audit_day, stage, at, client, acting_user, service, action, purpose, case_reference, number_hash, contact_ids, fields, break_glass_reason)*!
-- Rows of the log about persons that are asked for by number, and whom the caller has asked for of late.
with noted as (
    insert into recently_asked (client, acting_user, number_hash, asked_at)
    values (:client, coalesce(:acting_user, ''), :number_hash, :at)
    on conflict (client, acting_user, number_hash)
    do update set asked_at = greatest(recently_asked.asked_at, excluded.asked_at)
)
insert into audit_log (
    audit_id, audit_day, stage, at, client, acting_user, service, action, purpose, case_reference, number_hash, contact_ids,
    fields, break_glass_reason
) values (
    :audit_id, :audit_day, :stage, :at, :client, :acting_user, :service, :action, :purpose, :case_reference, :number_hash,
    :contact_ids, :fields, :break_glass_reason
);

-- name: accesses(number_hash, contact_ids)
-- What is recorded about a person, by number or by contact, oldest first.
select at, stage, client, action, purpose, case_reference, fields, break_glass_reason
from audit_log
where number_hash = :number_hash or contact_ids && :contact_ids::bigint[]
order by at, audit_id, stage;

-- name: audit_partitions()
-- The days of the log.
select inhrelid::regclass::text as name
from pg_inherits
where inhparent = 'audit_log'::regclass
order by 1;
