-- name: add_access(audit_id, audit_day, stage, at, client, acting_user, service, action, purpose, case_reference, number_hash, contact_ids, fields)!
-- One row of the log.
insert into audit_log (
    audit_id, audit_day, stage, at, client, acting_user, service, action, purpose, case_reference, number_hash, contact_ids, fields
) values (
    :audit_id, :audit_day, :stage, :at, :client, :acting_user, :service, :action, :purpose, :case_reference, :number_hash,
    :contact_ids, :fields
);

-- name: accesses(number_hash, contact_ids)
-- What is recorded about a person, by number or by contact, oldest first.
select at, stage, client, action, purpose, case_reference, fields
from audit_log
where number_hash = :number_hash or contact_ids && :contact_ids::bigint[]
order by at, audit_id, stage;

-- name: audit_partitions()
-- The days of the log.
select inhrelid::regclass::text as name
from pg_inherits
where inhparent = 'audit_log'::regclass
order by 1;
