-- name: add_deliveries(consumers, ids, days, routing_keys, bodies)!
-- Events for their consumers; an event that already waits for one is not doubled.
insert into delivery (consumer, event_id, event_day, routing_key, body)
select * from unnest(:consumers::text[], :ids::uuid[], :days::date[], :routing_keys::text[], :bodies::bytea[])
on conflict do nothing

-- name: claim_due(lease, consumer, batch)
-- Deliveries that are due and in nobody's hand, leased to the caller.
update delivery
set leased_until = now() + :lease::interval, claims = delivery.claims + 1
from (
    select consumer, event_id
    from delivery
    where consumer = :consumer and due_at <= now()
      and (leased_until is null or leased_until <= now())
    order by due_at
    limit :batch
    for update skip locked
) as due
where delivery.consumer = due.consumer and delivery.event_id = due.event_id
returning delivery.event_id, delivery.event_day, delivery.routing_key, delivery.body, delivery.attempt, delivery.claims

-- name: delay_delivery(attempt, delay, consumer, event_id)!
-- Another attempt, later.
update delivery
set attempt = :attempt, due_at = now() + :delay::interval, leased_until = null, claims = 0
where consumer = :consumer and event_id = :event_id

-- name: remove_delivery(consumer, event_id)!
-- An event that is done with, as far as its consumer is concerned.
delete from delivery where consumer = :consumer and event_id = :event_id

-- name: release_delivery(consumer, event_id)!
-- Gives up a lease early, at shutdown; the claim does not count.
update delivery
set leased_until = null, claims = greatest(claims - 1, 0)
where consumer = :consumer and event_id = :event_id

-- name: next_due(consumer)$
-- The time until a delivery is due or a lease runs out, null where none waits.
select min(greatest(due_at, coalesce(leased_until, due_at))) - now()
from delivery
where consumer = :consumer
