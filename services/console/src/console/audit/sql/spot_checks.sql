-- name: draw(seed, client, acting_user, first_day, last_day, per_user, size, most)
-- A random sample: each access has a lot, by which they are put in order; the first of all, or of each user, are drawn.
with access as materialized (
    select audit_day, audit_id, client, acting_user
    from audit_log
    where audit_day between :first_day and :last_day
      and (:client::text is null or client = :client)
      and (:acting_user::text is null or acting_user = :acting_user)
    group by audit_day, audit_id, client, acting_user
), drawn as (
    select audit_day, audit_id, lot,
           row_number() over (partition by case when :per_user then client end, case when :per_user then acting_user end
                              order by lot) as place
    from (select access.*, sha256(convert_to(:seed::bigint || ' ' || audit_id, 'UTF8')) as lot from access) as with_lots
)
select audit_day, audit_id, (select count(*) from access) as population
from drawn where place <= :size order by lot limit :most;

-- name: add(drawn_by, first_day, last_day, client, acting_user, per_user, size, seed, population)$
insert into audit_spot_check (drawn_by, first_day, last_day, client, acting_user, per_user, size, seed, population)
values (:drawn_by, :first_day, :last_day, :client, :acting_user, :per_user, :size, :seed, :population)
returning check_id;

-- name: add_drawn(check_id, days, ids)!
insert into audit_spot_check_inquiry (check_id, ordinal, audit_day, audit_id)
select :check_id, ordinal, audit_day, audit_id
from unnest(:days::date[], :ids::uuid[]) with ordinality as drawn (audit_day, audit_id, ordinal);

-- name: page(check_id, is_open, before, size)
-- Spot checks, newest first, and how far each has come.
select spot.check_id, spot.drawn_at, spot.drawn_by, spot.first_day, spot.last_day, spot.client, spot.acting_user, spot.per_user,
       spot.size, spot.seed, spot.population, spot.closed_at, spot.closed_by, spot.conclusion,
       (select count(*) from audit_spot_check_inquiry as drawn where drawn.check_id = spot.check_id) as drawn,
       (select count(*) from audit_spot_check_inquiry as drawn
        where drawn.check_id = spot.check_id and verdict is not null) as judged,
       (select count(*) from audit_spot_check_inquiry as drawn
        where drawn.check_id = spot.check_id and verdict = 'look-into') as to_look_into
from audit_spot_check as spot
where (:check_id::bigint is null or spot.check_id = :check_id) and spot.check_id < :before
  and (spot.closed_at is null or not :is_open::boolean)
order by spot.check_id desc
limit :size;

-- name: drawn(check_id)
-- What was drawn, in that order, with the verdicts.
select drawn.ordinal, drawn.verdict, drawn.note, drawn.judged_at, drawn.judged_by,
       inquiry.audit_day, inquiry.audit_id, inquiry.at, inquiry.client, inquiry.acting_user, inquiry.service, inquiry.action,
       inquiry.purpose, inquiry.case_reference, inquiry.number_hash is not null as by_number, inquiry.stages,
       inquiry.contact_ids, inquiry.fields, inquiry.break_glass_reason
from audit_spot_check_inquiry as drawn
cross join lateral (  -- one by one, however many the planner takes them for
    select * from audit_inquiry as each where each.audit_day = drawn.audit_day and each.audit_id = drawn.audit_id offset 0
) as inquiry
where drawn.check_id = :check_id
order by drawn.ordinal;

-- name: hold(check_id)^
-- Holds a check until the transaction ends.
select closed_at is not null as is_closed from audit_spot_check where check_id = :check_id for update;

-- name: judge(verdict, note, by, check_id, audit_id)$
update audit_spot_check_inquiry
set verdict = :verdict, note = :note, judged_at = now(), judged_by = :by
where check_id = :check_id and audit_id = :audit_id
returning ordinal;

-- name: remaining(check_id)$
-- How many have no verdict.
select count(*) from audit_spot_check_inquiry where check_id = :check_id and verdict is null;

-- name: close(by, conclusion, check_id)!
update audit_spot_check set closed_at = now(), closed_by = :by, conclusion = :conclusion where check_id = :check_id;
