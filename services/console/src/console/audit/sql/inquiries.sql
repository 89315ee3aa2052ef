-- name: search(first_day, last_day, since, until, client, acting_user, service, action, stage, purpose, case_reference, is_broken, before_day, before_at, before_id, size)
-- Accesses of a time, newest first, below one of them (for the next page).
select audit_day, audit_id, at, client, acting_user, service, action, purpose, case_reference, number_hash is not null as by_number,
       stages, contact_ids, fields, break_glass_reason
from audit_inquiry
where audit_day between :first_day and :last_day and at >= :since and at < :until
  and (:client::text is null or client = :client)
  and (:acting_user::text is null or acting_user = :acting_user)
  and (:service::text is null or service = :service)
  and (:action::text is null or action = :action)
  and (:stage::text is null or :stage = any(stages))
  and (:purpose::text is null or strpos(lower(purpose), lower(:purpose)) > 0)
  and (:case_reference::text is null or case_reference = :case_reference)
  and (not :is_broken or break_glass_reason is not null)
  and (:before_day::date is null or (audit_day, at, audit_id) < (:before_day, :before_at::timestamptz, :before_id::uuid))
order by audit_day desc, at desc, audit_id desc
limit :size;

-- name: search_found(first_day, last_day, number_hash, contact_ids, seeks_case, case_reference, seeks_broken, since, until, client, acting_user, service, action, stage, purpose, is_broken, before_day, before_at, before_id, size)
-- The same where an index knows which: about a person, else of a case, else with broken glass.
with found as materialized (
    select audit_day, audit_id from audit_log
    where audit_day between :first_day and :last_day and number_hash = :number_hash::bytea
    union
    select audit_day, audit_id from audit_log
    where audit_day between :first_day and :last_day and contact_ids && :contact_ids::bigint[]
    union
    select audit_day, audit_id from audit_log
    where :seeks_case and audit_day between :first_day and :last_day and case_reference = :case_reference::text
    union
    select audit_day, audit_id from audit_log
    where :seeks_broken and audit_day between :first_day and :last_day and break_glass_reason is not null
)
select inquiry.audit_day, inquiry.audit_id, at, client, acting_user, service, action, purpose, case_reference,
       number_hash is not null as by_number, stages, contact_ids, fields, break_glass_reason
from found
cross join lateral (  -- one by one, however many the planner takes them for
    select * from audit_inquiry as each where each.audit_day = found.audit_day and each.audit_id = found.audit_id offset 0
) as inquiry
where at >= :since and at < :until
  and (:client::text is null or client = :client)
  and (:acting_user::text is null or acting_user = :acting_user)
  and (:service::text is null or service = :service)
  and (:action::text is null or action = :action)
  and (:stage::text is null or :stage = any(stages))
  and (:purpose::text is null or strpos(lower(purpose), lower(:purpose)) > 0)
  and (:case_reference::text is null or case_reference = :case_reference)
  and (not :is_broken or break_glass_reason is not null)
  and (:before_day::date is null or (inquiry.audit_day, at, inquiry.audit_id) < (:before_day, :before_at::timestamptz, :before_id::uuid))
order by inquiry.audit_day desc, at desc, inquiry.audit_id desc
limit :size;
