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

-- name: count_sent(first_day, since)
-- How many events of each type there were since a time, and how many of them nobody listened to.
select routing_key as type, count(*) as sent, count(*) filter (where is_unrouted) as unrouted
from outbox
where event_day >= :first_day and created_at >= :since
group by routing_key
order by sent desc, type

-- name: deliveries(event_day, event_id)
-- Consumers that handled an event, gave it up, or have it still before them; the last is in the store only where the bus is.
select consumer, 'handled' as state, handled_at as at, null::bigint as dead_letter_id
from inbox
where event_day = :event_day and event_id = :event_id
union all
select consumer, 'given-up', arrived_at, dead_letter_id
from dead_letter
where event_id = :event_id
union all
select consumer, 'waiting', due_at, null
from delivery
where event_id = :event_id
order by consumer, at
