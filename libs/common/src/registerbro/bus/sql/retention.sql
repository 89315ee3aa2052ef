-- name: partitions(parent)
-- The partitions of a table by day, oldest first; their names end in their day.
select child.relname as name, to_date(right(child.relname, 8), 'YYYYMMDD') as day
from pg_inherits
join pg_class as child on child.oid = inhrelid
where inhparent = :parent::text::regclass
order by day

-- name: oldest_unpublished()$
-- The day of the oldest event that still has to leave.
select min(event_day) from outbox where published_at is null

-- name: oldest_deliverable()$
-- The day of the oldest event that can still be delivered from our tables: sent, retried or replayed.
select least(
    (select min(event_day) from outbox),
    (select min(event_day) from delivery),
    (select min(event_day) from dead_letter where replayed_at is null and discarded_at is null)
)

-- name: forget_dead_letters(before)!
-- Dead letters that somebody dealt with long ago.
delete from dead_letter where coalesce(replayed_at, discarded_at) < :before
