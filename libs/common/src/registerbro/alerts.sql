-- name: raise_alert(kind, service, client, acting_user, facts)^
insert into access_alert (kind, service, client, acting_user, facts)
values (:kind, :service, :client, :acting_user, :facts)
returning *;

-- name: page(is_open, before, size)
-- A page of alerts, newest first; only open ones, or all.
select *
from access_alert
where alert_id < :before and (acknowledged_at is null or not :is_open::boolean)
order by alert_id desc
limit :size;

-- name: acknowledge(alert_id, by, note)^
-- Closes an open alert; no row where there is none.
update access_alert
set acknowledged_at = now(), acknowledged_by = :by, note = :note
where alert_id = :alert_id and acknowledged_at is null
returning *;

-- name: is_known(alert_id)$
select exists (select from access_alert where alert_id = :alert_id);

-- name: drop_expired(before)$
-- Forgets alerts as old as the accesses they tell of; returns how many.
with dropped as (delete from access_alert where raised_at < :before returning 1)
select count(*) from dropped;
