-- name: find_type(name_type)^
select name_type, title, auto_id, length, validation from contact_type where name_type = :name_type;

-- name: missing_type(name_types)$
select wanted.name_type from unnest(:name_types::text[]) as wanted (name_type)
where not exists (select from contact_type as known where known.name_type = wanted.name_type)
order by wanted.name_type limit 1;

-- name: count_number(name_type)$
-- The next number of a type that counts its own.
insert into contact_type_counter as counter (name_type, counted) values (:name_type, 1)
on conflict (name_type) do update set counted = counter.counted + 1
returning counted;
