-- name: add(number, reason, added_at, added_by)$
-- Null where the number is listed already.
insert into cpr_never_subscribed (number, reason, added_at, added_by) values (:number, :reason, :added_at, :added_by)
on conflict (number) do nothing
returning entry_id;

-- name: entry_of(number)$
select entry_id from cpr_never_subscribed where number = :number;

-- name: wished_or_subscribed(entry_id)
-- The contact of an entry, if the person is subscribed or should be.
select source.contact_id
from cpr_never_contact as never
join source_record as source on source.contact_id = never.contact_id and source.source = 'CPR'
where never.entry_id = :entry_id and (source.subscribed or (source.src_subscribed and source.subscribed is distinct from false));

-- name: lock_contact_of(number)
select contact.contact_id
from contact_number as number join contact using (contact_id)
where number.name_type = 'C' and number.number = :number
for no key update of contact;

-- name: remove(entry_id)$
delete from cpr_never_subscribed where entry_id = :entry_id returning entry_id;

-- name: page(below, size)
-- Newest first.
select entry.entry_id, entry.number, number.contact_id, entry.reason, entry.added_at, entry.added_by
from cpr_never_subscribed as entry
left join contact_number as number on number.name_type = 'C' and number.number = entry.number
where entry.entry_id < :below
order by entry.entry_id desc
limit :size;

-- name: listed(numbers)
-- Those of the numbers that stand in the list, or share their contact with one that does.
select asked.number
from unnest(:numbers::text[]) as asked (number)
where exists (select from cpr_never_subscribed as entry where entry.number = asked.number)
   or exists (
       select from contact_number as number join cpr_never_contact as never using (contact_id)
       where number.name_type = 'C' and number.number = asked.number);
