-- name: asked_for(ids)
-- Each contact that is asked for, as the one that it is now, with its state, its wish, and whether nobody may subscribe it.
select asked.contact_id as asked_id, present.contact_id, present.version, source.src_subscribed, source.subscribed as wish,
       exists (select from cpr_never_contact as never where never.contact_id = present.contact_id) as is_never
from unnest(:ids::bigint[]) with ordinality as asked (contact_id, place)
left join contact as past on past.contact_id = asked.contact_id
left join contact as present on present.contact_id = coalesce(past.merged_into, past.contact_id)
left join source_record as source on source.contact_id = present.contact_id and source.source = 'CPR'
order by asked.place;

-- name: note(ids, wishes, reason, asked_by, now)!
insert into cpr_wish (contact_id, wanted, reason, asked_by, asked_at)
select wished.contact_id, wished.wanted, :reason, :asked_by, :now
from unnest(:ids::bigint[], :wishes::boolean[]) as wished (contact_id, wanted)
order by wished.contact_id;

-- name: history(contact_id, below, size)
-- Newest first; of those also that were merged into the contact.
select wish.wish_id, wish.contact_id, wish.wanted, wish.reason, wish.asked_by, wish.asked_at
from (
    select :contact_id::bigint as contact_id
    union all
    select contact_id from contact where merged_into = :contact_id
) as one_person
join cpr_wish as wish using (contact_id)
where wish.wish_id < :below
order by wish.wish_id desc
limit :size;

-- name: forget(before)$
with forgotten as (delete from cpr_wish where asked_at < :before returning 1)
select count(*) from forgotten;
