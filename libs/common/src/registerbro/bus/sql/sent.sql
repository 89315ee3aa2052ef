-- name: list_sent(first_day, last_day, since, until, routing_key, contact_id, states, before_day, before_id, size)
-- Events of a time, newest first, below one of them (for the next page). Their text is looked into only where a contact is asked for.
select event_day, event_id, type, body, created_at, published_at, told.state
from outbox
cross join lateral (
    select case when published_at is null then 'waiting' when is_unrouted then 'unrouted' else 'published' end as state
) as told
where event_day between coalesce(:first_day::date, '-infinity') and :last_day
  and created_at >= coalesce(:since::timestamptz, '-infinity') and created_at < :until
  and (:before_day::date is null or (event_day, event_id) < (:before_day, :before_id::uuid))
  and (:routing_key::text is null or routing_key = :routing_key)
  and (:states::text[] is null or told.state = any(:states))
  and (:contact_id::bigint is null
       or case when strpos(body, :contact_id::text) = 0 then false
               else body::jsonb @@ format('$.data.contact_id == %1$s || $.data.merged_contact_id == %1$s',
                                          :contact_id::text)::jsonpath end)
order by event_day desc, event_id desc
limit :size

-- name: find_sent(days, event_id)^
-- One event; the days are those that the outbox has.
select event_day, event_id, type, body, created_at, published_at,
       case when published_at is null then 'waiting' when is_unrouted then 'unrouted' else 'published' end as state
from outbox
where event_day = any(:days::date[]) and event_id = :event_id
