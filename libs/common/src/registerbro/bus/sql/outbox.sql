-- name: claim(batch)
-- The oldest events that wait and that no other relay has in hand; locked until the transaction ends.
select event_day, event_id, type, routing_key, body, created_at
from outbox
where published_at is null
order by sequence
limit :batch
for update skip locked

-- name: mark_published(days, ids, unrouted)!
-- Events that were taken over, and whether somebody listened.
update outbox
set published_at = clock_timestamp(), is_unrouted = done.is_unrouted
from unnest(:days::date[], :ids::uuid[], :unrouted::boolean[]) as done (event_day, event_id, is_unrouted)
where outbox.event_day = done.event_day and outbox.event_id = done.event_id

-- name: backlog()^
-- How many events wait, and since when the oldest does.
select count(*) as waiting, min(created_at) as oldest
from outbox
where published_at is null

-- name: resend_unrouted(since, routing_keys)$
-- Gives events that nobody listened to back to the relays.
with again as (
    update outbox
    set published_at = null, is_unrouted = false
    where is_unrouted and created_at >= :since and routing_key = any(:routing_keys::text[])
    returning 1
)
select count(*) from again
