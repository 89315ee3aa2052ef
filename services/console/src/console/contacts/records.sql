-- name: delivered(contact_id, day)
-- What registers delivered of a contact; whether the contact, or somebody whom it refers to, is protected.
select source.source, source.src_subscribed, source.subscribed, source.delivered_number, source.register_date, source.last_delivered_at,
       source.last_changed_at, source.records, is_contact_protected(contact, :day) as is_protected,
       exists (select from contact_reference as reference join contact as relative on relative.contact_id = reference.to_contact_id
               where reference.contact_id = contact.contact_id and is_contact_protected(relative, :day)) as has_protected_relative
from contact join source_record as source on source.contact_id = contact.contact_id
where contact.contact_id = :contact_id
order by source.source;

-- name: exists(contact_id)$
select exists (select from contact where contact_id = :contact_id);
