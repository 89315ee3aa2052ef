-- name: switches()
-- All switches, with who turned them last.
select feature, enabled, changed_at, changed_by from feature_setting order by feature;
