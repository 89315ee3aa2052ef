-- name: lock_parent(run_id)$
-- Whether the run may still get parts: it is under way and nobody asked it to stop. Holds it for the transaction.
select state = 'running' and stop_requested_at is null from cpr_run where run_id = :run_id for update;

-- name: enqueue(file_ids, parent_id, initial_load)
-- An import for each file that is not imported and has none, in the order given.
insert into cpr_run (run_id, parent_id, file_id, kind, state, initial_load, queued_at, due_at)
select gen_random_uuid(), :parent_id, file_id, 'import', 'waiting', :initial_load, clock_timestamp(), now()
from (
    select wanted.file_id
    from unnest(:file_ids::bigint[]) with ordinality as wanted (file_id, place) join cpr_file using (file_id)
    where cpr_file.state <> 'imported'
    order by wanted.place
    for share of cpr_file
) as wanted
on conflict (file_id) where kind = 'import' and state in ('waiting', 'running') do nothing
returning run_id;

-- name: adopt(parent_id, initial_load, file_ids)!
-- Imports that wait, whose own run has ended, belong to this one; one that is wanted as an initial load becomes one.
update cpr_run part
set parent_id = case when exists (select from cpr_run parent where parent.run_id = part.parent_id and parent.state = 'running')
                     then part.parent_id else :parent_id end,
    initial_load = part.initial_load or :initial_load
where part.kind = 'import' and part.state = 'waiting' and part.file_id = any(:file_ids::bigint[]);

-- name: claim(file_ids)^
-- Takes the import that has waited longest, of these files or of all.
update cpr_run set state = 'running', started_at = now(), heartbeat_at = now()
where run_id = (
    select run_id from cpr_run
    where kind = 'import' and state = 'waiting' and due_at <= now()
      and (:file_ids::bigint[] is null or file_id = any(:file_ids::bigint[]))
    order by queued_at, run_id
    limit 1
    for update skip locked
)
returning run_id, file_id, initial_load;

-- name: put_back(pause, run_id)!
-- For an import that could not begin: it waits again, for a moment.
update cpr_run set state = 'waiting', due_at = now() + :pause::interval where run_id = :run_id and state = 'running';

-- name: requeue(run_id)
-- The import of a process that ended in order waits anew, unless somebody asked it to stop.
insert into cpr_run
    (run_id, parent_id, file_id, kind, state, initial_load, queued_at, due_at, attempt, retry_of)
select gen_random_uuid(), parent_id, file_id, kind, 'waiting', initial_load, queued_at, now(), attempt, run_id
from cpr_run
where run_id = :run_id and state = 'stopped' and stop_requested_at is null
on conflict (file_id) where kind = 'import' and state in ('waiting', 'running') do nothing
returning run_id;

-- name: abandon_stale(patience)
-- Runs whose process is gone: nobody has vouched for them for a while.
update cpr_run
set state = case when stop_requested_at is null then 'abandoned' else 'stopped' end,
    finished_at = now(),
    failure = coalesce(failure, 'its process is gone')
where state = 'running' and heartbeat_at < now() - :patience::interval
returning run_id;

-- name: replace_abandoned(run_ids, attempts)
-- Abandoned imports of the queue wait anew, a limited number of times.
insert into cpr_run
    (run_id, parent_id, file_id, kind, state, initial_load, queued_at, due_at, attempt, retry_of)
select gen_random_uuid(), parent_id, file_id, kind, 'waiting', initial_load, queued_at, now(), attempt + 1, run_id
from cpr_run
where run_id = any(:run_ids::uuid[]) and state = 'abandoned' and kind = 'import' and queued_at is not null
  and attempt < :attempts
on conflict (file_id) where kind = 'import' and state in ('waiting', 'running') do nothing
returning run_id;

-- name: waiting()$
-- How many imports wait and are due.
select count(*) from cpr_run where kind = 'import' and state = 'waiting' and due_at <= now();

-- name: waits_since(run_id)$
-- How long the import has waited; null where it does not wait.
select now() - queued_at from cpr_run where run_id = :run_id and state = 'waiting';

-- name: note_outcome(outcome, run_id)!
update cpr_run set outcome = :outcome where run_id = :run_id;

-- name: active(file_ids)$
-- How many of these files have an import that waits or runs.
select count(*) from cpr_run
where kind = 'import' and state in ('waiting', 'running') and file_id = any(:file_ids::bigint[]);

-- name: latest(file_ids)
-- The latest import of each of these files.
select distinct on (run.file_id) run.*, file.name as file_name
from cpr_run run join cpr_file file using (file_id)
where run.kind = 'import' and run.file_id = any(:file_ids::bigint[])
order by run.file_id, run.started_at desc, run.attempt desc;
