-- name: try_lock(lock_id)$
-- Whether the session has the job's lock now; it is lost with the session.
select pg_try_advisory_lock(:lock_id);

-- name: unlock(lock_id)$
-- Gives the lock back.
select pg_advisory_unlock(:lock_id);

-- name: begin_run(job, danish_date, max_attempts)$
-- Takes a date: its attempt, or null where the date is done or has failed for good. A run without outcome crashed.
insert into job_run as run (job, danish_date) values (:job, :danish_date)
on conflict (job, danish_date) do update
set attempts = run.attempts + 1, started_at = now(), finished_at = null
where run.outcome is null or (run.outcome = 'failed' and run.attempts < :max_attempts)
returning attempts;

-- name: end_run(job, danish_date, outcome, details)!
-- Says what became of it.
update job_run
set finished_at = now(), outcome = :outcome, details = :details
where job = :job and danish_date = :danish_date;
