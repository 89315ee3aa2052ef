-- name: add(topic, name, action, client, acting_user, changes)!
-- Writes a change down.
insert into configuration_change (topic, name, action, client, acting_user, changes)
values (:topic, :name, :action, :client, :acting_user, :changes);

-- name: page(topic, name, before, size)
-- The changes of one thing, newest first.
select change_id, at, name, action, client, acting_user, changes
from configuration_change
where topic = :topic and name = :name and change_id < :before
order by change_id desc
limit :size;
