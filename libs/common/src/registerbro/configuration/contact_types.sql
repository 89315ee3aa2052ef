-- name: types()
-- Every contact type.
select name_type, title, auto_id, length, validation, text, is_preset, changed_at, changed_by
from contact_type order by name_type;

-- name: find(name_type)^
select name_type, title, auto_id, length, validation, text, is_preset, changed_at, changed_by
from contact_type where name_type = :name_type;

-- name: add(name_type, title, auto_id, length, validation, text, changed_by)$
-- A new type; null where there is one.
insert into contact_type (name_type, title, auto_id, length, validation, text, changed_by)
values (:name_type, :title, :auto_id, :length, :validation, :text, :changed_by)
on conflict do nothing
returning true;

-- name: change(name_type, title, auto_id, length, validation, text, changed_by)!
update contact_type
set title = :title, auto_id = :auto_id, length = :length, validation = :validation, text = :text,
    changed_at = now(), changed_by = :changed_by
where name_type = :name_type;

-- name: lock(name_type)!
-- No contact gets the type until the transaction ends.
select from contact_type where name_type = :name_type for update;

-- name: remove(name_type)!
delete from contact_type where name_type = :name_type;

-- name: contacts(name_type)$
-- How many contacts have it, those that were merged or closed among them.
select count(*) from contact where name_type = :name_type;

-- name: numbers(name_type)
-- The numbers of its contacts, former ones too.
select number from contact_number where name_type = :name_type;
