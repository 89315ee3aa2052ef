-- name: lock(key)!
-- Who looks for gaps waits for others who do: two files that are imported at once see each other.
select pg_advisory_xact_lock(:key);

-- name: lost()
-- Deliveries that an imported file names as the one before it, and that were not imported, where the task's files are known
-- from before. One that is here and about to be imported is waited for, a day at most.
with imported as (
    select task_number, production_date, previous_production_date, file_id
    from cpr_file where state = 'imported' and task_number is not null
), told as (
    select distinct on (task_number, previous_production_date)
           task_number, previous_production_date as missing_date, production_date as before_date, file_id
    from imported
    where previous_production_date < production_date
    order by task_number, previous_production_date, production_date, file_id
)
select told.task_number, missing_date, nearest.production_date as after_date, before_date, file_id
from told cross join lateral (
    select max(production_date) as production_date
    from imported
    where imported.task_number = told.task_number and production_date < missing_date
) as nearest
where nearest.production_date is not null
  and not exists (select from imported
                  where imported.task_number = told.task_number and production_date = missing_date)
  and not exists (select from cpr_file waiting
                  where state in ('fetched', 'importing') and fetched_at > now() - interval '1 day'
                    and ((waiting.task_number = told.task_number and waiting.production_date = missing_date)
                         or lower(name) = 'd' || to_char(missing_date, 'YYMMDD') || '.l' || told.task_number))
order by told.task_number, missing_date;

-- name: notice(task_number, missing_date, after_date, before_date, file_id, noticed_at)^
-- A new gap; one that is known gives no row.
insert into cpr_gap (task_number, missing_date, after_date, before_date, file_id, noticed_at)
values (:task_number, :missing_date, :after_date, :before_date, :file_id, :noticed_at)
on conflict (task_number, missing_date) do nothing
returning *;

-- name: follow(task_number, missing_date, after_date, before_date, file_id)!
-- Files that came since may stand nearer to the gap.
update cpr_gap set after_date = :after_date, before_date = :before_date, file_id = :file_id
where task_number = :task_number and missing_date = :missing_date and closed_at is null
  and (after_date, before_date, file_id) is distinct from (:after_date::date, :before_date::date, :file_id::bigint);

-- name: fill(closed_at)
-- Closes the gaps whose delivery has come.
update cpr_gap gap set closed_at = :closed_at, closed_how = 'file'
where closed_at is null and exists (
    select from cpr_file file
    where file.state = 'imported' and file.task_number = gap.task_number and file.production_date = gap.missing_date)
returning gap.*;

-- name: close(gap_id, how, by, reason)^
update cpr_gap set closed_at = now(), closed_how = :how, closed_by = :by, reason = :reason
where gap_id = :gap_id and closed_at is null
returning *;

-- name: by_id(gap_id)^
select gap.*, file.name as file_name from cpr_gap gap join cpr_file file using (file_id) where gap_id = :gap_id;

-- name: page(is_open, before, size)
-- A page of gaps, newest first; only open ones, or all.
select gap.*, file.name as file_name
from cpr_gap gap join cpr_file file using (file_id)
where gap_id < :before and (closed_at is null or not :is_open::boolean)
order by gap_id desc
limit :size;

-- name: affected(gap_id)
-- Subscribed persons of whom nothing newer than the lost delivery was stored: they may have been in it.
select contact_id
from cpr_gap gap
join source_record on source = 'CPR' and src_subscribed and register_date < gap.before_date
join contact using (contact_id)
where gap_id = :gap_id and merged_into is null
order by contact_id;
