-- name: begin(job, now, every, retry_pause, at_once)$
-- Takes the job, whose lock is held, if it is due: asked for, never run, broken off, an interval old, or failed and the pause over.
insert into job_beat as beat (job, started_at)
select :job::text, :now::timestamptz
where :at_once::boolean or :every::interval is not null or exists (select from job_beat where job = :job::text and asked_at is not null)
on conflict (job) do update
set started_at = excluded.started_at, finished_at = null, outcome = null, asked_at = null
where :at_once::boolean
   or beat.started_at is null
   or beat.finished_at is null
   or beat.started_at + :every::interval <= excluded.started_at
   or (beat.outcome = 'failed' and beat.finished_at + least(:every::interval, :retry_pause::interval) <= excluded.started_at)
   or beat.asked_at is not null
returning true;

-- name: end(now, outcome, details, job)!
-- Says what became of it.
update job_beat
set finished_at = :now, outcome = :outcome::text, details = :details, done_at = case :outcome::text when 'done' then started_at else done_at end
where job = :job;

-- name: ask(job, now)!
insert into job_beat (job, asked_at) values (:job, :now)
on conflict (job) do update set asked_at = excluded.asked_at;

-- name: beat(job)^
select started_at, finished_at, outcome, details, done_at, asked_at from job_beat where job = :job;

-- name: override(job)^
-- The interval that an operator set in place of the job's own; null: off.
select every from job_override where job = :job;
