-- name: sample(provider, size)
-- Subscribed contacts chosen at random; all of them where no size is given.
select contact_id
from (
    select contact_id
    from cvrupdate_subscription
    where provider = :provider and state = 'subscribed'
    order by case when :size::integer is null then contact_id else random() end
    limit :size::integer
) as chosen
order by contact_id;

-- name: contacts(contact_ids)
-- What they are asked for by, and whether an update waits that is to be done anyhow.
select contact_id, name_type, name_code,
       exists (select from service_queue as task
               where task.contact_id = contact.contact_id and task.state <> 'failed'
                 and task.token = (select agent_active_tasks_token from cvrupdate_setting)) as is_waiting
from contact
where contact_id = any(:contact_ids::bigint[]) and name_code is not null and merged_into is null
order by contact_id;

-- name: start(now, is_complete)$
insert into cvrupdate_drift (started_at, is_complete) values (:now, :is_complete) returning drift_id;

-- name: note(drift_id, compared, differing, missed, unknown, failed, queued, groups, failures)!
update cvrupdate_drift
set compared = :compared, differing = :differing, missed = :missed, unknown = :unknown, failed = :failed, queued = :queued,
    groups = :groups, failures = :failures
where drift_id = :drift_id;

-- name: finish(drift_id, now, failure)^
update cvrupdate_drift set finished_at = :now, failure = :failure where drift_id = :drift_id
returning drift_id, started_at, finished_at, is_complete, compared, differing, missed, unknown, failed, queued, groups,
          failures, failure;

-- name: latest(size)
select drift_id, started_at, finished_at, is_complete, compared, differing, missed, unknown, failed, queued, groups, failures,
       failure
from cvrupdate_drift
order by drift_id desc
limit :size;

-- name: forget(before)!
delete from cvrupdate_drift where started_at < :before;
