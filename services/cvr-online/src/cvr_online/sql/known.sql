-- name: known(name_types, numbers)
-- The contacts that have these numbers, and whether CVR delivered them; in place of a merged one its survivor.
select number.name_type, number.number, survivor.contact_id, source.contact_id is not null as is_imported
from unnest(:name_types::text[], :numbers::text[]) as wanted (name_type, number)
join contact_number as number using (name_type, number)
join contact as found on found.contact_id = number.contact_id
join contact as survivor on survivor.contact_id = coalesce(found.merged_into, found.contact_id)
left join source_record as source on source.contact_id = survivor.contact_id and source.source = 'CVR-J';
