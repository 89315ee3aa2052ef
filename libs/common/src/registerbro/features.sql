-- name: states()
-- All switches.
select feature, enabled from feature_setting order by feature;

-- name: switch(feature, enabled, changed_by)$
-- Changes a switch; null where it stood so already.
update feature_setting
set enabled = :enabled, changed_at = now(), changed_by = :changed_by
where feature = :feature and enabled <> :enabled
returning true;
