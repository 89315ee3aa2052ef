-- Each statement gives the kinds that one right shows: how many, and since when.

-- name: events()
select 'dead-letters' as kind, count(*) as count, min(arrived_at) as since
from dead_letter
where replayed_at is null and discarded_at is null and replay_requested_at is null;

-- name: batch(recently)
select 'files-refused' as kind, count(*) as count, min(fetched_at) as since
from cpr_file
where state = 'refused' and purged_at is null and fetched_at > :recently::timestamptz
union all
select 'imports-failed', count(*), min(latest.finished_at)
from cpr_file as file
cross join lateral (
    select state, finished_at from cpr_run as run
    where run.file_id = file.file_id and kind = 'import'
    order by started_at desc limit 1
) as latest
where file.state in ('fetched', 'importing') and file.purged_at is null and latest.state in ('failed', 'abandoned')
union all
select 'transfers-failed', count(*), min(finished_at)
from cpr_run
where kind = 'transfer' and state = 'failed'
  and finished_at > coalesce((select max(finished_at) from cpr_run where kind = 'transfer' and state = 'finished'), :recently)
  and finished_at > :recently
union all
select 'approvals', count(*), min(asked_at) from cpr_approval where state = 'asked'
union all
select 'gaps', count(*), min(noticed_at) from cpr_gap where closed_at is null;

-- name: updates(attempts)
select 'cvr-updates-failed' as kind, count(*) as count, min(changed_at) as since
from cvrupdate_import
where failure is not null and next_try is null
union all
select 'cvr-brake', count(*), min(held_at) from cvrupdate_state where held_at is not null
union all
select 'cvr-subscriptions-failing', count(*), min(failed_at)
from cvrupdate_subscription
where state <> 'subscribed' and failure is not null and attempts >= :attempts
union all
select 'cvr-synchronisation-failed', count(*), min(finished_at)
from (select outcome, finished_at from cvrupdate_synchronisation order by run_id desc limit 1) as latest
where outcome = 'failed'
union all
select 'cvr-drift', coalesce(max(missed), 0), min(finished_at)
from (select missed, finished_at from cvrupdate_drift where finished_at is not null order by drift_id desc limit 1) as latest
where missed > 0;

-- name: subscriptions(attempts)
select 'cpr-subscriptions-failing' as kind, count(*) as count, min(failed_at) as since
from cpr_subscription_attempt as attempt
join source_record as source using (contact_id)
where source.source = 'CPR' and source.subscribed <> source.src_subscribed
  and attempt.failure is not null and attempt.attempts >= :attempts;

-- name: alerts()
select 'alert-' || kind as kind, count(*) as count, min(raised_at) as since
from access_alert
where acknowledged_at is null
group by access_alert.kind;

-- name: failed_jobs(first)
-- Jobs whose latest run failed.
select job, finished_at as since
from (
    select distinct on (job) job, outcome, finished_at from job_run
    where danish_date >= :first
    order by job, danish_date desc
) as latest
where outcome = 'failed'
union all
select job, finished_at from job_beat where outcome = 'failed'
order by job;

-- name: idle_modules()
-- Modules that are off although somebody set up the way to their register.
select feature, changed_at as since
from feature_setting
where not enabled and case feature
    when 'CPR' then exists (select from cpr_logon where last_accepted_at is not null)
                    or exists (select from cpr_file)
                    or exists (select from external_source where source = 'CPR' and parameters <> '')
    when 'CVR' then exists (select from external_source where source = 'CVR-J' and parameters <> '')
                    or exists (select from stored_secret where name = 'CVR-J password')
    else false end
order by feature;
