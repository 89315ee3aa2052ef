-- name: is_known(user_key, network, known_since)$
-- Whether the user logged in from this network lately.
select exists (
    select from login_origin
    where user_key = :user_key and network = :network and succeeded_at > :known_since
);

-- name: count(user_key, network, now, known_since, forgotten_before, most, pause, longest)^
-- Counts a password before it is compared, but none during a pause: is_paused says so. Networks that the user is known from
-- are counted apart, all others together. From the most-th one in a row each begins a pause, twice as long as the one before.
insert into login_origin as origin (user_key, network, failed, failed_at)
values (
    :user_key,
    coalesce((
        select known.network
        from login_origin as known
        where known.user_key = :user_key and known.network = :network and known.succeeded_at > :known_since
    ), ''),
    1,
    :now::timestamptz
)
on conflict (user_key, network) do update
set (failed, failed_at, paused_until) = (
    select wrong.number, :now::timestamptz,
        case when wrong.number >= :most::int
        then :now::timestamptz + least(:pause::interval * power(2, least(wrong.number - :most::int, 30)), :longest::interval) end
    from (
        select case when origin.failed_at is null or origin.failed_at <= :forgotten_before::timestamptz then 1
            else origin.failed + 1 end as number
    ) as wrong
)
where origin.paused_until is null or origin.paused_until <= :now::timestamptz
returning network, failed, paused_until;

-- name: paused_until(user_key, network, known_since)$
-- Until when no password of the user is looked at in this network.
select paused_until from login_origin
where user_key = :user_key and network = coalesce((
    select known.network
    from login_origin as known
    where known.user_key = :user_key and known.network = :network and known.succeeded_at > :known_since
), '');

-- name: was_right(user_key, network, now)!
-- The user is at home in this network.
insert into login_origin (user_key, network, succeeded_at) values (:user_key, :network, :now)
on conflict (user_key, network) do update set succeeded_at = excluded.succeeded_at;

-- name: clear(user_key, network)!
-- Nothing wrong is counted any more.
update login_origin set failed = 0, failed_at = null, paused_until = null
where user_key = :user_key and network = :network;

-- name: clear_all(user_key)!
-- In no network.
update login_origin set failed = 0, failed_at = null, paused_until = null where user_key = :user_key;

-- name: forget_user(user_key)!
delete from login_origin where user_key = :user_key;

-- name: forget(known_since, forgotten_before)$
-- Drops what tells nothing any more; returns how many.
with dropped as (
    delete from login_origin
    where (succeeded_at is null or succeeded_at <= :known_since) and (failed_at is null or failed_at <= :forgotten_before)
    returning 1
)
select count(*) from dropped;
