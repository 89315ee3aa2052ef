-- name: find_numbers(name_types, numbers)
-- Whose each number is; numbers that are not stored are missing.
select number.name_type, number.number, number.contact_id
from unnest(:name_types::text[], :numbers::text[]) as wanted (name_type, number)
join contact_number as number using (name_type, number);

-- name: lock_contacts(ids)
-- In the order of their ids, so that two who lock the same ones wait for each other and never both for ever.
-- It lets pass those who only make sure that a contact exists, as a reference to it does.
select contact_id from contact where contact_id = any(:ids::bigint[]) order by contact_id for no key update;

-- name: read_contacts(ids)
select contact_id, name_type, name_code, version, is_placeholder, merged_into,
       name1, name2, text, position, start_date, end_date, info, dates, protections, hand_edited
from contact where contact_id = any(:ids::bigint[]);

-- name: read_addresses(ids, with_former_ids)
-- Main and contact addresses; former ones only of some.
select address_id, contact_id, address_type, address1, address2, address3, postcode, post_district, municipality,
       country_code, start_date, end_date, protection, phone_no, fax, email, changed_by_hand, source
from address
where contact_id = any(:ids::bigint[]) and (address_type <> 'CPRADR' or contact_id = any(:with_former_ids::bigint[]))
order by address_id;

-- name: read_references(ids)
select contact_id, role, to_contact_id, restrictor, start_date, end_date, source
from contact_reference where contact_id = any(:ids::bigint[]);

-- name: read_source_records(ids, source)
select contact_id, src_subscribed, subscribed, delivered_number, is_full, register_date, register_channel,
       register_task, register_fetched, last_delivered_at, last_changed_at, records, digest, older,
       numbered_as_of, subscription_as_of, scope_id
from source_record where contact_id = any(:ids::bigint[]) and source = :source;

-- name: read_scopes(ids)
select scope_id, keys from delivery_scope where scope_id = any(:ids::bigint[]);

-- name: read_former_numbers(ids)
select contact_id, number from contact_number where contact_id = any(:ids::bigint[]) and not is_current;

-- name: read_unnumbered(owner_ids)
-- Persons without a number, by whose what they are.
select owner_id, owner_role, name1, contact_id
from contact where owner_id = any(:owner_ids::bigint[]) and merged_into is null;
