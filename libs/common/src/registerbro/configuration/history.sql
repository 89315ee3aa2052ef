-- name: add(topic, name, action, client, acting_user, changes)!
-- Writes a change down.
insert into configuration_change (topic, name, action, client, acting_user, changes)
values (:topic, :name, :action, :client, :acting_user, :changes);

-- name: page(topic, name, before, size)
-- Changes of everything, of a topic or of one thing of it, newest first.
select change_id, at, topic, name, action, client, acting_user, changes
from configuration_change
where topic = coalesce(:topic::text, topic) and name = coalesce(:name::text, name) and change_id < :before
order by change_id desc
limit :size;

-- name: latest(topic, name)$
-- The latest change of one thing; 0 where it stands as it was installed.
select coalesce(max(change_id), 0) from configuration_change where topic = :topic and name = :name;

-- name: lock()!
-- Nobody else changes the configuration until the transaction ends.
select from configuration_version for update;

-- name: count()!
-- Lets running services notice that something changed.
update configuration_version set version = version + 1;

-- name: version()$
-- How often anything was changed.
select version from configuration_version;
