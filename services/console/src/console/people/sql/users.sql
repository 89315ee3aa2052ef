-- name: page(after, now, size)
-- Local users by name.
select user_name, display_name, roles, enabled, must_change_password, password_until, password_changed_at, last_login_at,
       created_at, changed_at, changed_by,
       (select max(paused_until) from login_origin where user_key = user_name and paused_until > :now) as paused_until
from local_user
where user_name > :after
order by user_name
limit :size;

-- name: find(user_name, now)^
-- One of them.
select user_name, display_name, roles, enabled, must_change_password, password_until, password_changed_at, last_login_at,
       created_at, changed_at, changed_by,
       (select max(paused_until) from login_origin where user_key = user_name and paused_until > :now) as paused_until
from local_user
where user_name = :user_name;

-- name: credentials(user_name)^
-- What a log-in is checked with.
select password_hash, enabled, password_until from local_user where user_name = :user_name;

-- name: lock(user_name)$
-- Holds a user until the transaction ends.
select user_name from local_user where user_name = :user_name for update;

-- name: add(user_name, display_name, roles, enabled, password_hash, must_change_password, password_until, now, by)$
-- Adds a user; null where there is one of that name.
insert into local_user (
    user_name, display_name, roles, enabled, password_hash, password_changed_at, must_change_password, password_until,
    created_at, changed_at, changed_by
) values (
    :user_name, :display_name, :roles, :enabled, :password_hash, :now, :must_change_password, :password_until,
    :now, :now, :by
)
on conflict (user_name) do nothing
returning user_name;

-- name: change(display_name, roles, enabled, now, by, user_name)!
update local_user
set display_name = :display_name, roles = :roles, enabled = :enabled, changed_at = :now, changed_by = :by
where user_name = :user_name;

-- name: change_password(password_hash, must_change_password, password_until, now, by, user_name)!
update local_user
set password_hash = :password_hash, password_changed_at = :now, must_change_password = :must_change_password,
    password_until = :password_until, changed_at = :now, changed_by = :by
where user_name = :user_name;

-- name: renew_hash(new, old, user_name)!
-- The same password, hashed with other parameters; unless it was changed in the meantime.
update local_user set password_hash = :new where user_name = :user_name and password_hash = :old;

-- name: logged_in(now, user_name, password_hash)$
-- Holds the user until the transaction ends; null if it was disabled or the password changed in the meantime.
update local_user set last_login_at = :now
where user_name = :user_name and enabled and password_hash = :password_hash
returning user_name;

-- name: remove(user_name)!
delete from local_user where user_name = :user_name;
