-- name: subjects(contact_ids)
-- Contacts as they are now; one that is gone is not among them.
select contact_id, name_type, name_code, is_placeholder or merged_into is not null as is_out_of_reach
from contact
where contact_id = any(:contact_ids::bigint[]);

-- name: versions(contact_ids)
select contact_id, version from contact where contact_id = any(:contact_ids::bigint[]);

-- name: note_updated(contact_ids, logic_ids, now)!
-- It went well. A contact that was erased meanwhile gets no row.
insert into cvrupdate_import as known (contact_id, logic_id, updated_at, changed_at)
select contact_id, told.logic_id, :now, :now
from unnest(:contact_ids::bigint[], :logic_ids::text[]) as told (contact_id, logic_id)
join contact using (contact_id)
order by contact_id
on conflict (contact_id) do update
set logic_id = coalesce(excluded.logic_id, known.logic_id), updated_at = excluded.updated_at, changed_at = excluded.changed_at,
    failure = null, reason = null, attempts = 0, next_try = null;

-- name: note_failed(contact_ids, reason, failure, counts, next_try, now)!
insert into cvrupdate_import as known (contact_id, reason, failure, attempts, next_try, changed_at)
select contact_id, :reason, :failure, :counts::boolean::integer, :next_try::timestamptz, :now
from unnest(:contact_ids::bigint[]) as contact_id
join contact using (contact_id)
order by contact_id
on conflict (contact_id) do update
set reason = excluded.reason, failure = excluded.failure, attempts = known.attempts + excluded.attempts,
    next_try = excluded.next_try, changed_at = excluded.changed_at;

-- name: failures(after, size)
select contact_id, reason, failure, attempts, next_try, updated_at, changed_at, logic_id
from cvrupdate_import
where failure is not null and contact_id > :after
order by contact_id
limit :size;

-- name: failed_without_task(contact_ids)
-- Those whose task became obsolete after it was given up, and that an update can reach.
select contact_id from cvrupdate_import as known join contact using (contact_id)
where failure is not null and (:contact_ids::bigint[] is null or contact_id = any(:contact_ids::bigint[]))
  and not exists (select from service_queue as task where task.contact_id = known.contact_id)
  and merged_into is null and not is_placeholder and name_code is not null
order by contact_id;

-- name: failures_by_reason()
select coalesce(reason, '') as reason, count(*) as contacts from cvrupdate_import where failure is not null
group by 1 order by contacts desc, reason;

-- name: import_of(contact_id)^
select contact_id, reason, failure, attempts, next_try, updated_at, changed_at, logic_id
from cvrupdate_import
where contact_id = :contact_id;

-- name: exists(contact_id)$
select exists (select from contact where contact_id = :contact_id);
