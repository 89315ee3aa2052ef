-- name: add(session_hash, user_name, display_name, issuer, roles, must_change_password, now, expires_at, tokens)!
insert into login_session (
    session_hash, user_name, display_name, issuer, roles, must_change_password, created_at, last_seen_at, expires_at, tokens
) values (
    :session_hash, :user_name, :display_name, :issuer, :roles, :must_change_password, :now, :now, :expires_at, :tokens
);

-- name: find(session_hash, issuer, now, idle_since)^
-- A session that has neither ended nor been left alone for too long, and was begun where people log in now.
select session_hash, user_name, display_name, issuer, roles, must_change_password, created_at, last_seen_at, expires_at
from login_session
where session_hash = :session_hash and expires_at > :now and last_seen_at > :idle_since
  and issuer is not distinct from :issuer;

-- name: seen(session_hash, now, seen_before)!
-- Not written down at every call.
update login_session set last_seen_at = :now where session_hash = :session_hash and last_seen_at < :seen_before;

-- name: lock_tokens(session_hash)^
-- What the issuer gave, held so that it is renewed by one replica at a time.
select tokens from login_session where session_hash = :session_hash for update;

-- name: keep_tokens(session_hash, tokens)!
update login_session set tokens = :tokens where session_hash = :session_hash;

-- name: end(session_hash)^
-- Ends one; gives what is needed to log out at the issuer.
delete from login_session where session_hash = :session_hash returning user_name, issuer, tokens;

-- name: end_of_user(user_name)!
-- Ends every session of a local user.
delete from login_session where user_name = :user_name and issuer is null;

-- name: end_of_person(user_name)$
-- Ends every session under a name, wherever it was begun; returns how many.
with ended as (
    delete from login_session where user_name = :user_name returning 1
)
select count(*) from ended;

-- name: forget(now, idle_since)$
-- Drops sessions that have ended; returns how many.
with dropped as (
    delete from login_session where expires_at <= :now or last_seen_at <= :idle_since returning 1
)
select count(*) from dropped;
