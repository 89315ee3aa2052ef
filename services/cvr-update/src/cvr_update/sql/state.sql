-- name: read()^
select paused_until, pauses, pause_reason, pause_failure, held_at, let_pass_until, let_pass_by,
       counted_updates, counted_endings, run_started_at, run_ended_at, run_done, run_changed, run_failed
from cvrupdate_state;

-- name: pause(until, reason, failure)!
update cvrupdate_state
set paused_until = greatest(paused_until, :until), pauses = pauses + 1, pause_reason = :reason, pause_failure = :failure;

-- name: end_pause()!
-- The provider answers.
update cvrupdate_state
set paused_until = null, pauses = 0, pause_reason = null, pause_failure = null
where pauses > 0;

-- name: skip_pause()$
-- It is to be tried now; that it failed before is kept until it answers. Until when it would have been left alone.
with before as (select paused_until from cvrupdate_state for update)
update cvrupdate_state set paused_until = null
from before
where before.paused_until is not null
returning before.paused_until;

-- name: begin_run(now)!
update cvrupdate_state
set run_started_at = :now, run_ended_at = null, run_done = 0, run_changed = 0, run_failed = 0
where run_started_at is null or run_ended_at is not null;

-- name: end_run(now)!
-- A run ends when nothing waits but what failed before and is not due yet.
update cvrupdate_state
set run_ended_at = :now
where run_ended_at is null and run_started_at is not null
  and not exists (
      select from service_queue where state = 'running' or (state = 'waiting' and (failure is null or due_at <= :now))
  );

-- name: count(now, since, updates, endings, changed)^
-- Counts what a transaction has written; all who do so wait for each other until they commit.
update cvrupdate_state
set counted_from = case when counted_from <= :since then :now else counted_from end,
    counted_updates = case when counted_from <= :since then 0 else counted_updates end + :updates,
    counted_endings = case when counted_from <= :since then 0 else counted_endings end + :endings,
    run_done = run_done + :updates, run_changed = run_changed + :changed
returning counted_updates, counted_endings, coalesce(let_pass_until > :now, false) as is_let_pass;

-- name: count_failed(failed)!
update cvrupdate_state set run_failed = run_failed + :failed;

-- name: hold(now)!
update cvrupdate_state set held_at = coalesce(held_at, :now);

-- name: let_pass(now, until, by)$
-- Lets the brake go for a time; whether it held.
with before as (select held_at is not null as was_held from cvrupdate_state for update)
update cvrupdate_state
set held_at = null, let_pass_until = :until, let_pass_by = :by, counted_from = :now, counted_updates = 0, counted_endings = 0
from before
where before.was_held
returning true;
