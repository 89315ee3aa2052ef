-- name: find_contact(name_type, number)$
-- Whose a number is, current or former.
select contact_id from contact_number where name_type = :name_type and number = :number;

-- name: survivor(contact_id)$
select coalesce(merged_into, contact_id) from contact where contact_id = :contact_id;

-- name: read_shown(ids, danish_day)
-- What is needed to show contacts by name, each with whether its name and address are hidden.
select contact.contact_id, contact.name_type, contact.name_code, contact.name1, contact.name2, contact.text,
       contact.is_placeholder, contact.owner_role, owner.name_code as owner_number, type.validation,
       is_advertising_protected(contact) as is_advertising_protected,
       is_contact_protected(contact, :danish_day::date) as is_protected
from contact
join contact_type as type on type.name_type = contact.name_type
left join contact as owner on owner.contact_id = contact.owner_id
where contact.contact_id = any(:ids::bigint[]);

-- name: read_survivors(ids)
select contact_id, coalesce(merged_into, contact_id) as survivor from contact where contact_id = any(:ids::bigint[]);

-- name: read_versions(contact_id, first)
-- What later changes took away, the newest first.
select version, stored_at, source, register_date, groups, before, records
from contact_version where contact_id = :contact_id and version >= :first order by version desc;

-- name: register_of_any(contact_id)$
select register_of(name_type) from contact where contact_id = :contact_id;

-- name: register_of(name_type)$
select register_of(:name_type);

-- name: name_type_of(contact_id)$
select name_type from contact where contact_id = :contact_id and merged_into is null;

-- name: version_at(contact_id, moment)$
-- The version that was current at a moment: one more than the last that had been replaced by then. Null before the first.
select coalesce(
    (select max(version) + 1 from contact_version where contact_id = :contact_id and stored_at <= :moment),
    (select min(version) from contact_version where contact_id = :contact_id),
    version)
from contact where contact_id = :contact_id and coalesce(first_stored_at, created_at) <= :moment;

-- name: version_said_by(contact_id, day)$
-- The version that the first later change replaced: later by the register's date, or by the Danish day of a change by hand.
select coalesce(
    (select min(version) from contact_version
     where contact_id = :contact_id
       and coalesce(register_date, (stored_at at time zone 'Europe/Copenhagen')::date) > :day::date),
    version)
from contact
where contact_id = :contact_id
  and coalesce(first_register_date, (coalesce(first_stored_at, created_at) at time zone 'Europe/Copenhagen')::date) <= :day;
