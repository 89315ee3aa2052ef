-- name: count_persons(client, acting_user, since, most)$
-- Different persons that a caller has asked for since then, counted up to ``most`` (null: all). The order keeps to the index.
select count(*)
from (
    select from recently_asked
    where client = :client and acting_user = coalesce(:acting_user::text, '') and asked_at > :since
    order by asked_at desc
    limit :most::bigint
) as persons;

-- name: is_alerted(client, acting_user, since)$
-- Whether an alert was raised on the caller since then.
select exists (
    select from access_alert
    where client = :client and acting_user is not distinct from :acting_user and raised_at > :since
      and kind = 'harvesting'
);

-- name: lock_caller(client, acting_user)!
-- Who raises an alert on a caller waits for others who do.
select pg_advisory_xact_lock(hashtextextended(jsonb_build_array('harvesting', :client::text, :acting_user::text)::text, 0));

-- name: forget(before)$
-- Drops what no look back reaches any more; returns how many persons.
with dropped as (delete from recently_asked where asked_at <= :before returning 1)
select count(*) from dropped;
