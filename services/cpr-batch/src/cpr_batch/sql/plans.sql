-- name: begin(run_id, sha256, name, initial_load)$
insert into cpr_plan (run_id, sha256, name, initial_load)
values (:run_id, :sha256, :name, :initial_load)
returning plan_id;

-- name: end(plan_id, state, failure, counts, would_hold)!
update cpr_plan set state = :state, failure = :failure, counts = :counts, would_hold = :would_hold
where plan_id = :plan_id;

-- name: replace(plan_id)!
-- Earlier plans of the same content, but for those that are still being made, and what broken off dry runs left.
delete from cpr_plan earlier
using cpr_plan made
where made.plan_id = :plan_id and earlier.sha256 = made.sha256 and earlier.plan_id < made.plan_id
  and (earlier.state <> 'planning'
       or not exists (select from cpr_run run where run.run_id = earlier.run_id and run.state = 'running'));

-- name: of_run(run_id)
-- The plans that a dry run made, in its order; those of files that were planned again since are gone.
select plan.*, file.state as file_state
from cpr_plan plan left join cpr_file file using (sha256)
where plan.run_id = :run_id
order by plan_id;

-- name: planned_page(run_id, plan_id, ordinal, size, only_endings)
-- A page of the persons of a run's plans, after a place in their order.
select plan_id, plan.name, planned.ordinal, contact_id, outcome, groups, is_ending
from cpr_plan plan join cpr_planned planned using (plan_id)
where plan.run_id = :run_id and (plan_id, planned.ordinal) > (:plan_id::bigint, :ordinal::integer)
  and (is_ending or not :only_endings::boolean)
order by plan_id, planned.ordinal
limit :size;

-- name: of_plan(plan_id, ordinal, size)
select plan_id, plan.name, planned.ordinal, contact_id, outcome, groups, is_ending
from cpr_plan plan join cpr_planned planned using (plan_id)
where plan_id = :plan_id and planned.ordinal > :ordinal
order by planned.ordinal
limit :size;
