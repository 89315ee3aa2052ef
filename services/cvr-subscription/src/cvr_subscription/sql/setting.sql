-- name: read()^
select agent_active_tasks_token as token, provider, position, events_synchronised_at, fully_synchronised_at, reread_at
from cvrupdate_setting;

-- name: hold()^
-- As it is, and nobody else changes it before the transaction ends.
select agent_active_tasks_token as token, provider, position, events_synchronised_at, fully_synchronised_at, reread_at
from cvrupdate_setting for update;

-- name: adopt(provider)!
-- Another provider, or another configuration of it, is in use: nothing that was read or subscribed counts any more.
update cvrupdate_setting set provider = :provider, position = null, agent_active_tasks_token = null, reread_at = null;

-- name: end_former(provider)!
-- Subscriptions of an earlier time at the same provider: made anew where they are wanted, else cancelled.
update cvrupdate_subscription
set state = 'ending', attempts = 0, failure = null, failed_at = null, due_at = now()
where provider = :provider and state <> 'ending';

-- name: forget_position()!
update cvrupdate_setting set position = null, reread_at = null;

-- name: begin(position, now)!
update cvrupdate_setting
set position = :position, events_synchronised_at = :now, fully_synchronised_at = :now, reread_at = :now;

-- name: advance(position, until)!
update cvrupdate_setting
set position = :position, events_synchronised_at = greatest(events_synchronised_at, :until);

-- name: note_reread(now)!
update cvrupdate_setting set reread_at = :now;
