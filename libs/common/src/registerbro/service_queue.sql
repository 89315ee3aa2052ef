-- name: active_token()$
-- The token of the latest full synchronisation. It stays so until the transaction ends.
select agent_active_tasks_token from cvrupdate_setting for share;

-- name: set_token(token)!
update cvrupdate_setting set agent_active_tasks_token = :token;

-- name: hold_contacts(contact_ids)
-- Those that an update can reach, kept from being erased until the transaction ends; in the order in which all lock them.
select contact_id, version
from contact
where contact_id = any(:contact_ids::bigint[]) and merged_into is null and not is_placeholder and name_code is not null
order by contact_id
for key share;

-- name: enqueue(contact_ids, token, due_at)
-- One task for each contact. Which of them nobody waited for before.
insert into service_queue as task (contact_id, token, due_at)
select contact_id, :token::uuid, coalesce(:due_at::timestamptz, now())
from unnest(:contact_ids::bigint[]) as contact_id
order by contact_id
on conflict (contact_id) do update
set generation = task.generation + 1,
    token = excluded.token,
    state = case task.state when 'failed' then 'waiting' else task.state end,
    attempts = case task.state when 'failed' then 0 else task.attempts end,
    failure = case task.state when 'failed' then null else task.failure end,
    queued_at = case task.state when 'failed' then excluded.queued_at else task.queued_at end,
    due_at = case task.state when 'failed' then excluded.due_at else least(task.due_at, excluded.due_at) end
returning contact_id, queued_at = now() as is_new;

-- name: remember(contact_ids, days)!
insert into cvrupdate_due (contact_id, due_on)
select contact_id, due_on
from unnest(:contact_ids::bigint[], :days::date[]) as coming (contact_id, due_on)
order by contact_id, due_on
on conflict do nothing;

-- name: contacts_due(today, size)
select contact_id from cvrupdate_due where due_on <= :today order by due_on, contact_id limit :size;

-- name: take_due_days(today, contact_ids)
delete from cvrupdate_due
where (contact_id, due_on) in (
    select contact_id, due_on from cvrupdate_due
    where due_on <= :today and contact_id = any(:contact_ids::bigint[])
    for update skip locked
)
returning contact_id;

-- name: claim(now, size, lease, leased_until)
-- Takes tasks of the active token that are due, and those whose worker is gone.
with taken as (
    select task_id
    from service_queue
    where state <> 'failed' and due_at <= :now
      and (state = 'waiting' or leased_until <= :now)
      and token = (select agent_active_tasks_token from cvrupdate_setting)
    order by due_at, task_id
    limit :size
    for update skip locked
)
update service_queue as task
set state = 'running', leased_by = :lease, leased_until = :leased_until
from taken
where task.task_id = taken.task_id
returning task.task_id, task.contact_id, task.token, task.generation, task.attempts, task.leased_by as lease, task.due_at;

-- name: extend(task_ids, lease, leased_until)!
with held as (
    select task_id from service_queue
    where task_id = any(:task_ids::bigint[]) and leased_by = :lease
    order by contact_id
    for update
)
update service_queue set leased_until = :leased_until where task_id in (select task_id from held);

-- name: done(task_ids, generations, tokens, leases)
-- Removes those that are as they were claimed; those that somebody asked for again meanwhile wait, due at once.
with finished (task_id, generation, token, lease) as (
    select * from unnest(:task_ids::bigint[], :generations::bigint[], :tokens::uuid[], :leases::text[])
), held as (
    select task.task_id, (task.generation, task.token) = (finished.generation, finished.token) as is_same
    from service_queue as task join finished using (task_id)
    where task.leased_by = finished.lease
    order by task.contact_id
    for update of task
), gone as (
    delete from service_queue where task_id in (select task_id from held where is_same) returning task_id
), again as (
    update service_queue set state = 'waiting', attempts = 0, failure = null, leased_by = null, leased_until = null
    where task_id in (select task_id from held where not is_same)
)
select task_id from gone;

-- name: failed(task_id, lease, failure, next_try, counts)!
update service_queue
set state = 'waiting', leased_by = null, leased_until = null, due_at = :next_try,
    failure = :failure, attempts = attempts + :counts::boolean::integer
where task_id = :task_id and leased_by = :lease;

-- name: give_up(task_id, lease, generation, token, failure)$
-- Whether it was given up; not where somebody asked for it again meanwhile.
update service_queue
set state = case when (generation, token) = (:generation, :token::uuid) then 'failed' else 'waiting' end,
    attempts = case when (generation, token) = (:generation, :token::uuid) then attempts + 1 else 0 end,
    failure = :failure, leased_by = null, leased_until = null
where task_id = :task_id and leased_by = :lease
returning state = 'failed';

-- name: release(task_ids, lease, due_at)!
with held as (
    select task_id from service_queue
    where task_id = any(:task_ids::bigint[]) and leased_by = :lease
    order by contact_id
    for update
)
update service_queue
set state = 'waiting', leased_by = null, leased_until = null, due_at = coalesce(:due_at::timestamptz, due_at)
where task_id in (select task_id from held);

-- name: hasten(until, now)!
-- Leaves out what somebody else has in hand: who queues it anew makes it due at once.
with held as (
    select task_id from service_queue
    where state = 'waiting' and failure is not null and due_at > :now and due_at <= :until
    for update skip locked
)
update service_queue set due_at = :now where task_id in (select task_id from held);

-- name: remove_obsolete(token, now)$
-- Those that a worker has in hand end with it; those that somebody is just changing, at the next look. The index on tokens finds them:
-- less or greater than the active one, or than none.
with obsolete as (
    select task_id from service_queue
    where (token < coalesce(:token::uuid, '00000000-0000-0000-0000-000000000000')
           or token > coalesce(:token::uuid, '00000000-0000-0000-0000-000000000000'))
      and (state <> 'running' or leased_until <= :now)
    for update skip locked
), gone as (
    delete from service_queue where task_id in (select task_id from obsolete) returning 1
)
select count(*) from gone;

-- name: retriable(contact_ids)
select contact_id from service_queue
where (state = 'failed' or (state = 'waiting' and failure is not null))
  and (:contact_ids::bigint[] is null or contact_id = any(:contact_ids::bigint[]));

-- name: retry(contact_ids, token, now)
with held as (
    select task_id from service_queue
    where (state = 'failed' or (state = 'waiting' and failure is not null)) and contact_id = any(:contact_ids::bigint[])
    order by contact_id
    for update
)
update service_queue
set state = 'waiting', generation = generation + 1, token = :token::uuid, attempts = 0, failure = null, due_at = :now, queued_at = :now
where task_id in (select task_id from held)
returning contact_id;

-- name: figures(now)^
select count(*) filter (where state = 'waiting') as waiting,
       count(*) filter (where state = 'waiting' and due_at <= :now) as due,
       count(*) filter (where state = 'waiting' and failure is not null) as failing,
       count(*) filter (where state = 'running') as running,
       count(*) filter (where state = 'failed') as given_up,
       count(*) filter (where queue.token is distinct from active.token) as obsolete,
       min(due_at) filter (where state <> 'failed' and due_at <= :now) as oldest_due_at,
       (select count(*) from cvrupdate_due) as on_later_days
from service_queue as queue
cross join (select agent_active_tasks_token as token from cvrupdate_setting) as active;

-- name: page(state, after, size)
select task_id, contact_id, state, attempts, failure, queued_at, due_at, leased_by, leased_until
from service_queue
where task_id > :after and (:state::text is null or state = :state::text)
order by task_id
limit :size;

-- name: task_of(contact_id)^
select task_id, contact_id, state, attempts, failure, queued_at, due_at, leased_by, leased_until
from service_queue
where contact_id = :contact_id;

-- name: days_of(contact_id)
select due_on from cvrupdate_due where contact_id = :contact_id order by due_on;

-- name: wake()$
-- All workers look at the queue when the transaction ends.
select pg_notify('service_queue', '');
