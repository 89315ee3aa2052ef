-- name: stored()
-- Every stored setting with the version of them all; one row without a name where nothing is stored.
select version, name, value from cpr_setting_version left join cpr_setting on true;

-- name: lock_version()$
-- The version, which nobody else changes until the transaction ends.
select version from cpr_setting_version for update;

-- name: raise_version()$
update cpr_setting_version set version = version + 1 returning version;

-- name: version()$
select version from cpr_setting_version;

-- name: put(name, value, changed_by)!
insert into cpr_setting (name, value, changed_by) values (:name, :value, :changed_by)
on conflict (name) do update
set value = excluded.value, changed_by = excluded.changed_by, changed_at = now();

-- name: remove(name)!
delete from cpr_setting where name = :name;

-- name: add_change(changed_by, name, is_secret, old_value, new_value)!
insert into cpr_setting_change (changed_by, name, is_secret, old_value, new_value)
values (:changed_by, :name, :is_secret, :old_value, :new_value);

-- name: changes(before, size)
-- A page of the history, newest first.
select change_id, changed_at, changed_by, name, is_secret, old_value, new_value
from cpr_setting_change
where change_id < :before
order by change_id desc
limit :size;

-- name: names()$
-- Interim directory, pattern and prefix that the waiting files were fetched under.
select names from cpr_setting_version;

-- name: remember_names(names)!
update cpr_setting_version set names = :names;
