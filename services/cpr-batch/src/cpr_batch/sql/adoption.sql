-- name: sourced(source, after, size)
-- Contacts that the source delivers, with every number that each has or had, and whether it is subscribed.
select record.contact_id, contact.name_code, record.src_subscribed,
       array(select number from contact_number where contact_number.contact_id = record.contact_id) as numbers
from source_record as record join contact using (contact_id)
where record.source = :source and contact.name_type = 'C' and contact.name_code is not null
  and contact.merged_into is null and record.contact_id > :after
order by record.contact_id
limit :size;
