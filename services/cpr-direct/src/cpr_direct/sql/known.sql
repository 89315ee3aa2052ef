-- name: find_known(numbers)^
-- The contact that has one of the numbers, and what is known of its subscription; its survivor where it was merged.
select survivor.contact_id, source.src_subscribed, source.last_delivered_at, survivor.name_code,
       source.contact_id is not null as is_imported
from contact_number as number
join contact as found on found.contact_id = number.contact_id
join contact as survivor on survivor.contact_id = coalesce(found.merged_into, found.contact_id)
left join source_record as source on source.contact_id = survivor.contact_id and source.source = 'CPR'
where number.name_type = 'C' and number.number = any(:numbers::text[])
limit 1;

-- name: delivered_at(contact_id)$
select last_delivered_at from source_record where contact_id = :contact_id and source = 'CPR';

-- name: said_on(numbers)$
-- The date of what was last said of the subscription of the contact with one of the numbers; its register time begins with it.
select max(split_part(source.subscription_as_of, ' ', 1))::date
from contact_number as number
join contact as found on found.contact_id = number.contact_id
join source_record as source on source.contact_id = coalesce(found.merged_into, found.contact_id) and source.source = 'CPR'
where number.name_type = 'C' and number.number = any(:numbers::text[]) and source.subscription_as_of <> '';
