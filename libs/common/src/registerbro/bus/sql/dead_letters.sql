-- name: store_dead_letter(consumer, event_id, event_day, type, routing_key, body, reason, attempts)!
-- Keeps a message that was given up; the same message again, while it is still open, changes only its reason.
insert into dead_letter (consumer, event_id, event_day, type, routing_key, body, reason, attempts)
values (:consumer, :event_id, :event_day, :type, :routing_key, :body, :reason, :attempts)
on conflict (consumer, sha256(body)) where replayed_at is null and discarded_at is null
do update set reason = excluded.reason, attempts = excluded.attempts, arrived_at = excluded.arrived_at,
              replay_requested_at = null, replay_requested_by = null

-- name: list_dead_letters(ids, consumer, type, reason, states, below, page)
-- Newest first, below an id (for the next page), each with what became of it.
select letter.dead_letter_id, letter.consumer, letter.event_id, letter.event_day, letter.type, letter.routing_key,
       letter.body, letter.reason, letter.attempts, letter.arrived_at, letter.replay_requested_at,
       letter.replay_requested_by, letter.replayed_at, letter.discarded_at, letter.discarded_by, letter.discard_reason,
       became.handled_at, became.came_back_as, told.state
from dead_letter as letter
cross join lateral (
    select case when letter.replayed_at is not null then (
               select inbox.handled_at from inbox
               where inbox.event_day = letter.event_day and inbox.consumer = letter.consumer
                 and inbox.event_id = letter.event_id) end as handled_at,
           case when letter.replayed_at is not null then (
               select min(later.dead_letter_id) from dead_letter as later
               where later.consumer = letter.consumer and sha256(later.body) = sha256(letter.body)
                 and later.dead_letter_id > letter.dead_letter_id) end as came_back_as
) as became
cross join lateral (
    select case when letter.discarded_at is not null then 'discarded'
                when letter.replayed_at is null and letter.replay_requested_at is null then 'open'
                when letter.replayed_at is null then 'replay-requested'
                when became.handled_at is not null then 'handled'
                when became.came_back_as is not null then 'came-back'
                else 'replayed' end as state
) as told
where (:ids::bigint[] is null or letter.dead_letter_id = any(:ids))
  and (:consumer::text is null or letter.consumer = :consumer)
  and (:type::text is null or letter.type = :type)
  and (:reason::text is null or strpos(letter.reason, :reason) > 0)
  and (:states::text[] is null or told.state = any(:states))
  and (:below::bigint is null or letter.dead_letter_id < :below)
order by letter.dead_letter_id desc
limit :page

-- name: open_dead_letters()
-- How many each consumer has open.
select consumer, count(*) as open
from dead_letter
where replayed_at is null and discarded_at is null
group by consumer

-- name: choose_open(ids, consumer, type, reason, most)
-- Holds those that wait for a decision until the transaction ends, the oldest first.
select dead_letter_id
from dead_letter
where replayed_at is null and discarded_at is null and replay_requested_at is null
  and (:ids::bigint[] is null or dead_letter_id = any(:ids))
  and (:consumer::text is null or consumer = :consumer)
  and (:type::text is null or type = :type)
  and (:reason::text is null or strpos(reason, :reason) > 0)
order by dead_letter_id
limit :most
for update skip locked

-- name: request_replay(by, ids)$
-- Asks the consumers' buses to deliver them again, as far as they are open; returns how many are.
with asked as (
    update dead_letter
    set replay_requested_at = clock_timestamp(), replay_requested_by = :by
    where dead_letter_id = any(:ids::bigint[]) and replayed_at is null and discarded_at is null
    returning 1
)
select count(*) from asked

-- name: discard(reason, by, ids)$
-- Closes them without another delivery, as far as they are open; returns how many are.
with discarded as (
    update dead_letter
    set discarded_at = clock_timestamp(), discard_reason = :reason, discarded_by = :by
    where dead_letter_id = any(:ids::bigint[]) and replayed_at is null and discarded_at is null
    returning 1
)
select count(*) from discarded

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
