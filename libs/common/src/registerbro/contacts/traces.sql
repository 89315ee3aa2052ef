-- name: records_with(patterns)
-- Contacts whose records, present or past, hold one of the texts.
select contact_id from source_record where source = 'CPR' and records like any(:patterns::text[])
union
select contact_id from contact_version where records like any(:patterns::text[]);

-- name: versions_naming(ids)
-- Contacts that once referred to one of these.
select distinct contact_id from contact_version
where before ? 'references'
  and exists (select from jsonb_array_elements(before -> 'references') as reference
              where (reference ->> 'to_contact_id')::bigint = any(:ids::bigint[]));

-- name: all_records()
-- Present and past records of all contacts.
select contact_id, records from source_record where source = 'CPR' and records <> ''
union all
select contact_id, records from contact_version where records <> '';

-- name: erased_ids()
select contact_id from erased_contact;

-- name: source_records(ids)
select contact_id, records from source_record where source = 'CPR' and contact_id = any(:ids::bigint[]);

-- name: versions(ids)
select contact_id, version, stored_at, before, records from contact_version
where contact_id = any(:ids::bigint[]) and (records is not null or before ? 'references');

-- name: replace_records(contact_id, records, digest)!
update source_record set records = :records, digest = :digest where source = 'CPR' and contact_id = :contact_id;

-- name: replace_version(contact_id, version, stored_at, before, records)!
update contact_version set before = :before, records = :records
where contact_id = :contact_id and version = :version and stored_at = :stored_at;

-- name: renew(ids, now)
-- Their records are others now, and were so before.
with history as (
    insert into contact_version (contact_id, version, stored_at, source, groups, before, records)
    select contact_id, version, :now, 'erasure', array['records'], '{}', source_record.records
    from contact join source_record using (contact_id)
    where contact_id = any(:ids::bigint[]) and source_record.source = 'CPR'
)
update contact set version = version + 1, updated_at = :now where contact_id = any(:ids::bigint[])
returning contact_id, version;

-- name: erased_hashes()
select number_hash from erased_number;
