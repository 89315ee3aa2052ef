-- name: start(run_id, parent_id, file_id, kind, initial_load)!
insert into cpr_run (run_id, parent_id, file_id, kind, initial_load)
values (:run_id, :parent_id, :file_id, :kind, :initial_load);

-- name: beat(run_id)!
update cpr_run set heartbeat_at = now() where run_id = :run_id and state = 'running';

-- name: progress(counts, run_id)!
update cpr_run set counts = :counts, heartbeat_at = now() where run_id = :run_id and state = 'running';

-- name: finish(state, failure, counts, run_id)!
update cpr_run set state = :state, finished_at = now(), failure = :failure, counts = :counts
where run_id = :run_id and state = 'running';

-- name: complete(counts, run_id)!
update cpr_run set state = 'finished', finished_at = now(), failure = null, counts = :counts
where run_id = :run_id and state <> 'finished';

-- name: abandon_stale(patience)!
-- Runs whose process is gone: nobody has vouched for them for a while.
update cpr_run set state = 'abandoned', finished_at = now()
where state = 'running' and heartbeat_at < now() - :patience::interval;

-- name: abandon_imports(file_id)!
-- Called by the owner of the file's lock: no other run of it can be alive.
update cpr_run set state = 'abandoned', finished_at = now() where state = 'running' and file_id = :file_id;

-- name: by_id(run_id)^
select run.*, file.name as file_name
from cpr_run run left join cpr_file file using (file_id)
where run.run_id = :run_id;

-- name: parts(run_id)
-- The runs that are a part of this one, in the order of their start.
select run.*, file.name as file_name
from cpr_run run left join cpr_file file using (file_id)
where run.parent_id = :run_id
order by run.started_at, run.run_id;

-- name: page(before_start, before_run, size)
-- A page of runs that are a part of no other, newest first.
select run.*, file.name as file_name
from cpr_run run left join cpr_file file using (file_id)
where run.parent_id is null
  and (:before_start::timestamptz is null or (run.started_at, run.run_id) < (:before_start, :before_run::uuid))
order by run.started_at desc, run.run_id desc
limit :size;
