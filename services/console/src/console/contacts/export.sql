-- Everything that is held on one contact: each statement is a section of the export. ``ids`` are the contact and those that were
-- merged into it. Employees are left out: a person learns which organisation's system did something, not who worked there.

-- name: same_person(contact_id)
select contact_id from contact
where contact_id = (select coalesce(merged_into, contact_id) from contact where contact_id = :contact_id)
   or merged_into = (select coalesce(merged_into, contact_id) from contact where contact_id = :contact_id)
order by merged_into nulls first, contact_id;

-- name: contact(ids)
select contact.contact_id, contact.name_type, type.title as name_type_title, contact.name_code, contact.name1, contact.name2,
       contact.text, contact.position, contact.start_date, contact.end_date, contact.info, contact.dates, contact.protections,
       is_advertising_protected(contact) as is_advertising_protected, contact.hand_edited, contact.is_placeholder, contact.owner_role, contact.version, contact.merged_into,
       contact.created_at, contact.updated_at, contact.first_stored_at, contact.first_register_date
from contact join contact_type as type on type.name_type = contact.name_type
where contact.contact_id = any(:ids::bigint[]) order by contact.merged_into nulls first, contact.contact_id;

-- name: numbers(ids)
select name_type, number, is_current from contact_number where contact_id = any(:ids::bigint[])
order by is_current desc, number;

-- name: addresses(ids)
select address_type, address1, address2, address3, postcode, post_district, municipality, country_code, start_date, end_date,
       protection, phone_no, fax, email, changed_by_hand, source
from address where contact_id = any(:ids::bigint[]) order by address_type = 'HA' desc, start_date desc nulls last, address_id;

-- name: relations(ids)
-- Whom the record names. Of a protected person no name is told, and of nobody a number.
select reference.role, reference.restrictor, reference.start_date, reference.end_date, reference.source,
       other.name_type as other_type, protection.is_hidden as other_is_protected,
       case when not protection.is_hidden then concat_ws(' ', nullif(other.name1, ''), nullif(other.name2, '')) end as other_name
from contact_reference as reference join contact as other on other.contact_id = reference.to_contact_id,
     lateral (select is_contact_protected(other, (now() at time zone 'Europe/Copenhagen')::date)) as protection (is_hidden)
where reference.contact_id = any(:ids::bigint[]) order by reference.role, reference.to_contact_id;

-- name: relations_of_others(ids)
-- In whose record the contact is named: only as what, because the record is that other person's.
select reference.role, reference.restrictor, reference.start_date, reference.end_date, reference.source,
       other.name_type as other_type
from contact_reference as reference join contact as other on other.contact_id = reference.contact_id
where reference.to_contact_id = any(:ids::bigint[]) order by reference.role, reference.contact_id;

-- name: sources(ids)
select source, src_subscribed, subscribed, delivered_number, is_full, register_date, register_channel, register_task,
       register_fetched, last_delivered_at, last_changed_at, records
from source_record where contact_id = any(:ids::bigint[]) order by source;

-- name: wishes(ids)
select asked_at, wanted, reason from cpr_wish where contact_id = any(:ids::bigint[]) order by wish_id;

-- name: attempts(ids)
select wanted, attempts, next_try_at, failure, failed_at from cpr_subscription_attempt where contact_id = any(:ids::bigint[]);

-- name: orders(ids)
select kind, state, number, key_constant, from_wish, requested_at, answer_due_at, answered_at, answer_number, answer_text
from cpr_order where contact_id = any(:ids::bigint[]) order by order_id;

-- name: open_calls(ids)
select call.kind, call.client, call.purpose, call.case_reference, call.asked_at, call.attempts, call.due_at, call.failure
from cpr_open_call as call join contact_number as number on number.name_type = 'C' and number.number = call.number
where number.contact_id = any(:ids::bigint[]) order by call.call_id;

-- name: never_subscribed(ids)
select never.reason, never.added_at
from cpr_never_subscribed as never join contact_number as number on number.name_type = 'C' and number.number = never.number
where number.contact_id = any(:ids::bigint[]) order by never.entry_id;

-- name: cases(ids)
select case_reference, opened_at from case_contact where contact_id = any(:ids::bigint[]) order by opened_at, case_reference;

-- name: imports(ids)
select file.name as file, file.production_date, file.imported_at, outcome.outcome, outcome.groups,
       array(select concat_ws(' ', problem.severity, problem.record_type, problem.field) || ': ' || problem.reason
             from cpr_problem as problem
             where problem.file_id = outcome.file_id and problem.ordinal = outcome.ordinal order by problem.problem_id) as problems
from cpr_outcome as outcome join cpr_file as file using (file_id)
where outcome.contact_id = any(:ids::bigint[]) order by outcome.file_id, outcome.ordinal;

-- name: dry_runs(ids)
select plan.name as file, planned.outcome, planned.groups, planned.is_ending
from cpr_planned as planned join cpr_plan as plan using (plan_id)
where planned.contact_id = any(:ids::bigint[]) order by planned.plan_id, planned.ordinal;

-- name: approvals(ids)
select file.name as file, approval.asked_at, approval.state, approval.decided_at, approval.reason
from cpr_approval_person as person join cpr_approval as approval using (approval_id) join cpr_file as file using (file_id)
where person.contact_id = any(:ids::bigint[]) order by approval.approval_id;

-- name: comparisons(ids)
select list.name as list, list.as_of, list.compared_at, agreed.is_subscribed, null as difference, null as outcome
from cpr_reconciliation_agreement as agreed join cpr_reconciliation as list using (reconciliation_id)
where agreed.contact_id = any(:ids::bigint[])
union all
select list.name, list.as_of, list.compared_at, null, differed.kind, differed.outcome
from cpr_reconciliation_difference as differed join cpr_reconciliation as list using (reconciliation_id)
where differed.contact_id = any(:ids::bigint[]) order by compared_at;

-- name: queued(ids)
select state, attempts, failure, queued_at, due_at from service_queue where contact_id = any(:ids::bigint[]) order by task_id;

-- name: updates(ids)
select logic_id, failure, reason, attempts, next_try, updated_at, changed_at from cvrupdate_import
where contact_id = any(:ids::bigint[]) order by contact_id;

-- name: coming(ids)
select due_on from cvrupdate_due where contact_id = any(:ids::bigint[]) order by due_on;

-- name: unit_subscriptions(ids)
select provider, object_id, state, attempts, failure, failed_at, subscribed_at from cvrupdate_subscription
where contact_id = any(:ids::bigint[]) order by provider;

-- name: history(ids)
select contact_id, version, stored_at as replaced_at, source, register_date, groups, before, records
from contact_version where contact_id = any(:ids::bigint[]) order by stored_at, contact_id, version;
