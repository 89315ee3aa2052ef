-- name: try_lock(lock_id)$
-- Whether the session has the lock now; it is lost with the session.
select pg_try_advisory_lock(:lock_id);

-- name: unlock(lock_id)$
select pg_advisory_unlock(:lock_id);

-- name: is_locked(lock_id)$
-- Whether a session has the lock.
select exists (
    select from pg_locks
    where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
      and objsubid = 1 and (classid::bigint << 32 | objid::bigint) = :lock_id);
