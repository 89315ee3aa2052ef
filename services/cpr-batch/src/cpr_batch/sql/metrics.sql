-- name: files_by_state()
select state, count(*) as files from cpr_file group by state;

-- name: oldest_waiting_seconds()$
select coalesce(extract(epoch from now() - min(fetched_at)), 0)::float8
from cpr_file
where state in ('fetched', 'importing');

-- name: latest_ends()
-- When the latest run of each kind ended well, and when it did not.
select kind, state, extract(epoch from max(finished_at))::float8 as ended
from cpr_run
where finished_at is not null
group by kind, state;

-- name: totals()
-- Of imports that were brought to their end: their counts are the file's, whatever attempts went before.
select count.key as name, sum(count.value::bigint)::float8 as total
from cpr_run run, jsonb_each_text(run.counts) count
where run.file_id is not null and run.state = 'finished' and count.key <> 'persons'
group by count.key;

-- name: orders_by_state()
select state, count(*) as orders from cpr_order group by state;

-- name: orders_overdue()$
select count(*) from cpr_order where state = 'uploaded' and answer_due_at < now();

-- name: gaps_open()$
select count(*) from cpr_gap where closed_at is null;

-- name: approvals_asked()$
select count(*) from cpr_approval where state = 'asked';
