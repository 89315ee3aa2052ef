-- name: find_contact(name_type, number)$
-- Whose a number is, current or former.
select contact_id from contact_number where name_type = :name_type and number = :number;

-- name: survivor(contact_id)$
select coalesce(merged_into, contact_id) from contact where contact_id = :contact_id;

-- name: read_shown(ids, danish_day)
-- What is needed to show contacts by name, each with whether its name and address are hidden; the past of a merged one is
-- as protected as its survivor.
select contact.contact_id, contact.name_type, contact.name_code, contact.name1, contact.name2, contact.text,
       contact.is_placeholder, contact.owner_role, owner.name_code as owner_number,
       is_protected(coalesce(survivor.protections, contact.protections), coalesce(survivor.info, contact.info),
                    :danish_day::date) as is_protected
from contact
left join contact as survivor on survivor.contact_id = contact.merged_into
left join contact as owner on owner.contact_id = contact.owner_id
where contact.contact_id = any(:ids::bigint[]);

-- name: read_survivors(ids)
select contact_id, coalesce(merged_into, contact_id) as survivor from contact where contact_id = any(:ids::bigint[]);

-- name: read_versions(contact_id, first)
-- What later changes took away, the newest first.
select version, stored_at, source, register_date, groups, before, records
from contact_version where contact_id = :contact_id and version >= :first order by version desc;

-- name: version_at(contact_id, moment)$
-- The version that was current at a moment: one more than the last that had been replaced by then.
select coalesce(
    (select max(version) + 1 from contact_version where contact_id = :contact_id and stored_at <= :moment),
    (select min(version) from contact_version where contact_id = :contact_id),
    (select version from contact where contact_id = :contact_id));
