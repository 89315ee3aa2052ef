-- name: store_dead_letter(consumer, event_id, event_day, type, routing_key, body, reason, attempts)!
-- Keeps a message that was given up; the same message again, while it is still open, changes only its reason.
insert into dead_letter (consumer, event_id, event_day, type, routing_key, body, reason, attempts)
values (:consumer, :event_id, :event_day, :type, :routing_key, :body, :reason, :attempts)
on conflict (consumer, sha256(body)) where replayed_at is null and discarded_at is null
do update set reason = excluded.reason, attempts = excluded.attempts, arrived_at = excluded.arrived_at,
              replay_requested_at = null

-- name: list_dead_letters(consumer, only_open, below, page)
-- Newest first, below an id (for the next page).
select dead_letter_id, consumer, event_id, event_day, type, routing_key, body, reason, attempts, arrived_at,
       replay_requested_at, replayed_at, discarded_at, discard_reason
from dead_letter
where (:consumer::text is null or consumer = :consumer)
  and (not :only_open or (replayed_at is null and discarded_at is null))
  and (:below::bigint is null or dead_letter_id < :below)
order by dead_letter_id desc
limit :page

-- name: open_dead_letters()
-- How many each consumer has open.
select consumer, count(*) as open
from dead_letter
where replayed_at is null and discarded_at is null
group by consumer

-- name: request_replay(dead_letter_id)$
-- Asks the consumer's bus to deliver it again; null where it is not open.
update dead_letter
set replay_requested_at = clock_timestamp()
where dead_letter_id = :dead_letter_id and replayed_at is null and discarded_at is null
returning dead_letter_id

-- name: discard(reason, dead_letter_id)$
-- Closes it without another delivery; null where it is not open.
update dead_letter
set discarded_at = clock_timestamp(), discard_reason = :reason
where dead_letter_id = :dead_letter_id and replayed_at is null and discarded_at is null
returning dead_letter_id

-- name: claim_replays(consumers, batch)
-- What somebody asked to have delivered again and nobody has in hand.
select dead_letter_id, consumer, event_id, event_day, routing_key, body
from dead_letter
where consumer = any(:consumers::text[])
  and replay_requested_at is not null and replayed_at is null and discarded_at is null
order by replay_requested_at
limit :batch
for update skip locked

-- name: mark_replayed(ids)!
-- They are with their consumer again.
update dead_letter set replayed_at = clock_timestamp() where dead_letter_id = any(:ids::bigint[])

-- name: count_open()
-- Open dead letters of each consumer.
select consumer, count(*) as waiting
from dead_letter
where replayed_at is null and discarded_at is null
group by consumer
