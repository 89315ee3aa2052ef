-- name: try_lock(lock_id)$
-- Whether the session has the job's lock now; it is lost with the session.
select pg_try_advisory_lock(:lock_id);

-- name: unlock(lock_id)$
-- Gives the lock back.
select pg_advisory_unlock(:lock_id);

-- name: begin_run(job, danish_date, now, max_attempts, failed_before)$
-- Takes a date: its attempt, or null where the date is done, has failed for good or a short while ago. A run without
-- outcome crashed.
insert into job_run as run (job, danish_date, started_at) values (:job, :danish_date, :now)
on conflict (job, danish_date) do update
set attempts = run.attempts + 1, started_at = excluded.started_at, finished_at = null
where run.outcome is null
   or (run.outcome = 'failed' and run.attempts < :max_attempts and run.finished_at <= :failed_before)
returning attempts;

-- name: end_run(now, outcome, details, job, danish_date)!
-- Says what became of it.
update job_run
set finished_at = :now, outcome = :outcome, details = :details
where job = :job and danish_date = :danish_date;

-- name: is_open(job, danish_date, max_attempts)$
-- Whether the date is neither done nor failed for good.
select not exists (
    select from job_run
    where job = :job and danish_date = :danish_date
      and (outcome = 'done' or (outcome = 'failed' and attempts >= :max_attempts))
);

-- name: latest_runs(job, size)
select danish_date, attempts, started_at, finished_at, outcome, details
from job_run
where job = :job
order by danish_date desc
limit :size;

-- name: hold_schedule(job)^
-- The job's time as it was at the last look; nobody else changes it before the transaction ends.
select at, since from job_schedule where job = :job for update;

-- name: set_schedule(job, at, since)!
insert into job_schedule as known (job, at, since) values (:job, :at, :since)
on conflict (job) do update set at = excluded.at, since = excluded.since
where known.at is distinct from excluded.at;

-- name: override(job)^
-- The time that an operator set in place of the job's own; null: off.
select at from job_override where job = :job;
