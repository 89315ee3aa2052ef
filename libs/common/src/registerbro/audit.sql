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

-- name: whole_person(contact_ids, number)^
-- All contacts that are one person with these or with the CPR number's, and all numbers that they have or had.
with named as (
    select unnest(:contact_ids::bigint[]) as contact_id
    union
    select contact_id from contact_number where name_type = 'C' and number = :number::text
), survivor as (
    select coalesce(contact.merged_into, contact.contact_id) as contact_id from contact join named using (contact_id)
), one as (
    select contact_id from named
    union
    select contact_id from survivor
    union
    select contact.contact_id from contact join survivor on contact.merged_into = survivor.contact_id
)
select array(select contact_id from one) as contact_ids,
       array(select array[name_type, number] from contact_number join one using (contact_id)) as numbers;

-- name: accesses(number_hashes, contact_ids, but)
-- What is recorded about a person, by number or by contact, oldest first.
with found as materialized (
    select audit_day, audit_id from audit_log where number_hash = any(:number_hashes::bytea[])
    union
    select audit_day, audit_id from audit_log where contact_ids && :contact_ids::bigint[]
)
select inquiry.at, inquiry.stages, inquiry.client, client.name as client_name, inquiry.service, inquiry.action,
       inquiry.purpose, inquiry.case_reference, inquiry.fields, inquiry.break_glass_reason
from found
cross join lateral (  -- one by one, however many the planner takes them for
    select * from audit_inquiry as each where each.audit_day = found.audit_day and each.audit_id = found.audit_id offset 0
) as inquiry
left join oauth2_client as client on client.client_id = inquiry.client
where found.audit_id is distinct from :but::uuid
order by inquiry.at, found.audit_id;

-- name: forget_drawn(before)!
-- Spot checks show nothing that the log has forgotten.
delete from audit_spot_check_inquiry where audit_day < :before;

-- name: forget_spot_checks(before)!
delete from audit_spot_check where last_day < :before;

-- name: audit_partitions()
-- The days of the log.
select inhrelid::regclass::text as name
from pg_inherits
where inhparent = 'audit_log'::regclass
order by 1;
