-- name: who(source)^
-- Who changed a source last.
select changed_at, changed_by from external_source where source = :source;
