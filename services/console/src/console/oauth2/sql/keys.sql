-- name: lock()$
-- One replica or command at a time makes keys, until its transaction ends.
select pg_advisory_xact_lock(x'636f6e73'::int, 1);

-- name: published(now)
-- The keys that tokens may be signed with, now or soon, newest first.
select kid, public_key, created_at, signs_from, published_until
from oauth2_key
where published_until is null or published_until > :now
order by signs_from desc, kid;

-- name: add(kid, public_key, created_at, signs_from)!
insert into oauth2_key (kid, public_key, created_at, signs_from) values (:kid, :public_key, :created_at, :signs_from);

-- name: supersede(kid, published_until)!
-- The keys before a new one stay published until the last token that they signed has expired.
update oauth2_key set published_until = :published_until where kid <> :kid and published_until is null;

-- name: revoke_others(kid, now)
-- Nothing that other keys signed is accepted any more.
update oauth2_key set published_until = :now
where kid <> :kid and (published_until is null or published_until > :now)
returning kid;

-- name: remove_expired(now)
delete from oauth2_key where published_until <= :now returning kid;
