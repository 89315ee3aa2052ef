-- name: bind(consumer, patterns)!
-- The consumer gets events of these patterns from now on, and no longer those of its former ones.
insert into delivery_binding (consumer, patterns)
values (:consumer, :patterns)
on conflict (consumer) do update set patterns = excluded.patterns, bound_at = now()
where delivery_binding.patterns <> excluded.patterns

-- name: bindings()
-- Who gets what.
select consumer, patterns from delivery_binding order by consumer

-- name: bindings_with_backlog()
-- Who gets what, since when, and how much of it still waits.
select consumer, patterns, bound_at,
       (select count(*) from delivery where delivery.consumer = delivery_binding.consumer) as waiting
from delivery_binding
order by consumer

-- name: lock_bindings()!
-- Waits for relays that have read the bindings, so that none of them makes deliveries for what goes now.
lock table delivery_binding in access exclusive mode

-- name: unbind(consumer)$
-- The consumer gets nothing more; null where it got nothing.
delete from delivery_binding where consumer = :consumer returning consumer

-- name: drop_deliveries(consumer)$
-- What waited for the consumer goes with it.
with dropped as (delete from delivery where consumer = :consumer returning 1)
select count(*) from dropped
