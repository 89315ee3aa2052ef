-- name: load(source)^
-- A source as it is configured.
select parameters, record_types from external_source where source = :source;

-- name: save(source, parameters, record_types, changed_by)$
-- Changes a source; null where it stood so already.
update external_source
set parameters = :parameters, record_types = :record_types, changed_at = now(), changed_by = :changed_by
where source = :source and (parameters, record_types) is distinct from (:parameters::text, :record_types::text[])
returning true;

-- name: name_types()
-- The contact types that exist.
select name_type from contact_type;
