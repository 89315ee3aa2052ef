-- name: remember_event(event_day, consumer, event_id)$
-- True the first time; waits for another delivery of the same event that is being handled.
insert into inbox (event_day, consumer, event_id)
values (:event_day, :consumer, :event_id)
on conflict do nothing
returning true
