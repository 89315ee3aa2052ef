-- name: new_contact_ids(count)
select nextval(pg_get_serial_sequence('contact', 'contact_id')) from generate_series(1, :count::integer);

-- name: new_address_ids(count)
select nextval(pg_get_serial_sequence('address', 'address_id')) from generate_series(1, :count::integer);

-- name: reserve_numbers(name_types, numbers, contact_ids, are_current)
-- In the order of the numbers, so that two who bring the same new ones wait for each other and never both for ever.
insert into contact_number (name_type, number, contact_id, is_current)
select name_type, number, contact_id, is_current
from unnest(:name_types::text[], :numbers::text[], :contact_ids::bigint[], :are_current::boolean[])
     as new (name_type, number, contact_id, is_current)
order by name_type collate "C", number collate "C"
on conflict do nothing
returning name_type, number;

-- name: set_numbers(name_types, numbers, contact_ids, are_current)!
update contact_number as stored set contact_id = new.contact_id, is_current = new.is_current
from unnest(:name_types::text[], :numbers::text[], :contact_ids::bigint[], :are_current::boolean[])
     as new (name_type, number, contact_id, is_current)
where stored.name_type = new.name_type and stored.number = new.number
  and (stored.contact_id, stored.is_current) is distinct from (new.contact_id, new.is_current);

-- name: lock_tombstones(ids)
-- Against those who are about to refer to them.
select contact_id from contact where contact_id = any(:ids::bigint[]) order by contact_id for update;

-- name: lock_targets(ids)
-- Stored contacts that get a new reference: nobody makes them tombstones before this transaction ends.
select contact_id, merged_into from contact where contact_id = any(:ids::bigint[]) order by contact_id for key share;

-- name: move_references(tombstones, survivors)!
with moved as (
    delete from contact_reference as old
    using unnest(:tombstones::bigint[], :survivors::bigint[]) as merged (tombstone, survivor)
    where old.to_contact_id = merged.tombstone
    returning old.contact_id, old.role, merged.survivor, old.restrictor, old.start_date, old.end_date, old.source
)
insert into contact_reference (contact_id, role, to_contact_id, restrictor, start_date, end_date, source)
select distinct on (contact_id, role, survivor) contact_id, role, survivor, restrictor, start_date, end_date, source
from moved where contact_id <> survivor
order by contact_id, role, survivor, source nulls last
on conflict do nothing;

-- name: move_cases(tombstones, survivors)!
with moved as (
    delete from case_contact as old
    using unnest(:tombstones::bigint[], :survivors::bigint[]) as merged (tombstone, survivor)
    where old.contact_id = merged.tombstone
    returning old.case_reference, merged.survivor, old.opened_at
)
insert into case_contact as party (case_reference, contact_id, opened_at)
select case_reference, survivor, max(opened_at) from moved group by case_reference, survivor
on conflict (case_reference, contact_id) do update
    set opened_at = excluded.opened_at where party.opened_at < excluded.opened_at;

-- name: make_tombstones(tombstones, survivors, versions, now)!
-- Former tombstones of a new one point straight to the survivor.
update contact set
    merged_into = merged.survivor, updated_at = :now,
    version = case when contact_id = merged.tombstone then merged.version else contact.version end,
    name_code = null, name1 = '', name2 = '', text = '', position = '', start_date = null, end_date = null,
    info = '{}', dates = '{}', protections = '[]', sort_key = '', hand_edited = '{}', is_placeholder = false
from unnest(:tombstones::bigint[], :survivors::bigint[], :versions::integer[])
     as merged (tombstone, survivor, version)
where contact_id = merged.tombstone or merged_into = merged.tombstone;

-- name: merge_unnumbered(twins, survivors, now)!
update contact set merged_into = merged.survivor, updated_at = :now
from unnest(:twins::bigint[], :survivors::bigint[]) as merged (twin, survivor)
where contact_id = merged.twin;

-- name: move_unnumbered(tombstones, survivors)!
update contact set owner_id = merged.survivor
from unnest(:tombstones::bigint[], :survivors::bigint[]) as merged (tombstone, survivor)
where owner_id = merged.tombstone and merged_into is null;

-- name: delete_source_records(ids)!
delete from source_record where contact_id = any(:ids::bigint[]);

-- name: prepare_changed_contacts()#
-- Changed rows are copied into a table of the session, and from there over the stored ones: arrays cost the driver more.
create temp table if not exists changed_contact (like contact) on commit delete rows;
delete from changed_contact;

-- name: update_contacts(now)!
update contact set
    name_code = new.name_code, name1 = new.name1, name2 = new.name2, text = new.text, position = new.position,
    start_date = new.start_date, end_date = new.end_date, info = new.info, dates = new.dates,
    protections = new.protections, sort_key = new.sort_key, hand_edited = new.hand_edited,
    version = new.version, is_placeholder = false, updated_at = :now,
    first_stored_at = coalesce(contact.first_stored_at, new.first_stored_at),
    first_register_date = coalesce(contact.first_register_date, new.first_register_date)
from changed_contact as new
where contact.contact_id = new.contact_id;

-- name: prepare_changed_addresses()#
create temp table if not exists changed_address (like address) on commit delete rows;
delete from changed_address;

-- name: update_addresses()!
update address set
    address_type = new.address_type, address1 = new.address1, address2 = new.address2, address3 = new.address3,
    postcode = new.postcode, post_district = new.post_district, municipality = new.municipality,
    country_code = new.country_code, start_date = new.start_date, end_date = new.end_date,
    protection = new.protection, phone_no = new.phone_no, fax = new.fax, email = new.email,
    changed_by_hand = new.changed_by_hand, source = new.source
from changed_address as new
where address.address_id = new.address_id;

-- name: delete_addresses(ids)!
delete from address where address_id = any(:ids::bigint[]);

-- name: delete_references(contact_ids, roles, to_contact_ids)!
delete from contact_reference as stored
using unnest(:contact_ids::bigint[], :roles::text[], :to_contact_ids::bigint[])
      as gone (contact_id, role, to_contact_id)
where stored.contact_id = gone.contact_id and stored.role = gone.role
  and stored.to_contact_id = gone.to_contact_id;

-- name: add_scopes(ids, keys)!
insert into delivery_scope (scope_id, keys)
select scope_id, string_to_array(keys, e'\n')
from unnest(:ids::bigint[], :keys::text[]) as new (scope_id, keys)
where not exists (select from delivery_scope as stored where stored.scope_id = new.scope_id)
on conflict do nothing;

-- name: prepare_changed_source_records()#
create temp table if not exists changed_source_record (like source_record) on commit delete rows;
delete from changed_source_record;

-- name: update_source_records()!
update source_record as stored set
    src_subscribed = new.src_subscribed, delivered_number = new.delivered_number, is_full = new.is_full,
    register_date = new.register_date, register_channel = new.register_channel,
    register_task = new.register_task, register_fetched = new.register_fetched,
    last_delivered_at = new.last_delivered_at, last_changed_at = new.last_changed_at, records = new.records,
    digest = new.digest, scope_id = new.scope_id, older = new.older, numbered_as_of = new.numbered_as_of,
    subscription_as_of = new.subscription_as_of
from changed_source_record as new
where stored.contact_id = new.contact_id and stored.source = new.source;
