-- name: start(run_id, parent_id, file_id, kind, initial_load, retry_of, names)!
-- A run that was taken from the queue has its row already.
insert into cpr_run (run_id, parent_id, file_id, kind, initial_load, retry_of, names)
values (:run_id, :parent_id, :file_id, :kind, :initial_load, :retry_of, :names)
on conflict (run_id) do update set file_id = excluded.file_id, heartbeat_at = now();

-- name: beat(progress, run_id)$
-- Whether the run was asked to stop; null where it is recorded as ended.
update cpr_run set heartbeat_at = now(), progress = coalesce(:progress, progress)
where run_id = :run_id and state = 'running'
returning stop_requested_at is not null;

-- name: progress(counts, run_id)!
update cpr_run set counts = :counts, heartbeat_at = now() where run_id = :run_id and state = 'running';

-- name: finish(state, failure, counts, progress, run_id)!
update cpr_run
set state = :state, finished_at = now(), failure = :failure, counts = :counts, progress = coalesce(:progress, progress)
where run_id = :run_id and state = 'running';

-- name: complete(counts, run_id)!
update cpr_run set state = 'finished', finished_at = now(), failure = null, counts = :counts
where run_id = :run_id and state <> 'finished';

-- name: abandon_imports(file_id, run_id)!
-- Called by the owner of the file's lock: no other run of it can be alive, and one that waits has nothing left to do.
update cpr_run
set state = 'abandoned', finished_at = now(), failure = coalesce(failure, 'another run took the file over')
where state in ('waiting', 'running') and kind = 'import' and file_id = :file_id and run_id <> :run_id;

-- name: hold(run_id)^
-- The run, kept from changing until the transaction ends.
select state from cpr_run where run_id = :run_id for update;

-- name: request_stop(run_id)
-- Asks a run and its parts to stop; what only waits is taken off at once.
with recursive tree as (
    select run_id from cpr_run where run_id = :run_id
    union all
    select part.run_id from cpr_run part join tree on part.parent_id = tree.run_id
)
update cpr_run
set stop_requested_at = coalesce(stop_requested_at, now()),
    state = case state when 'waiting' then 'stopped' else state end,
    finished_at = case state when 'waiting' then now() end,
    failure = case state when 'waiting' then 'stopped on request' else failure end
where run_id in (select run_id from tree) and state in ('waiting', 'running')
returning run_id;

-- name: is_stop_requested(run_id)$
select stop_requested_at is not null from cpr_run where run_id = :run_id;

-- name: by_id(run_id)^
select run.*, file.name as file_name
from cpr_run run left join cpr_file file using (file_id)
where run.run_id = :run_id;

-- name: parts(run_id)
-- The runs that are a part of this one, in the order of their start.
select run.*, file.name as file_name
from cpr_run run left join cpr_file file using (file_id)
where run.parent_id = :run_id
order by coalesce(run.queued_at, run.started_at), run.started_at, run.run_id;

-- name: page(before_start, before_run, size)
-- A page of runs that are a part of no other, newest first.
select run.*, file.name as file_name
from cpr_run run left join cpr_file file using (file_id)
where run.parent_id is null
  and (:before_start::timestamptz is null or (run.started_at, run.run_id) < (:before_start, :before_run::uuid))
order by run.started_at desc, run.run_id desc
limit :size;
