-- name: stored()
-- Every stored setting.
select section, name, value, changed_at, changed_by from stored_setting order by section, name;

-- name: put(section, name, value, changed_by)!
insert into stored_setting (section, name, value, changed_by) values (:section, :name, :value, :changed_by)
on conflict (section, name) do update
set value = excluded.value, changed_by = excluded.changed_by, changed_at = now();

-- name: remove(section, name)!
delete from stored_setting where section = :section and name = :name;

-- name: fixed()
-- What services' environments fix.
select service, section, name, value, fixed_by from fixed_setting order by section, name, service;

-- name: forget_fixed(service)!
delete from fixed_setting where service = :service;

-- name: fix(service, section, name, value, fixed_by)!
insert into fixed_setting (service, section, name, value, fixed_by)
values (:service, :section, :name, :value, :fixed_by);

-- name: count_fixed(service)$
select count(*) from fixed_setting where service = :service;

-- name: forget_jobs(service)$
-- Drops the jobs of a service; returns how many.
with dropped as (delete from scheduled_job where service = :service returning 1)
select count(*) from dropped;
