-- name: page(after, size)
-- Clients by id.
select client_id, name, enabled, grant_type, allows_browser, allows_offline, requires_pkce, scopes, acts_as,
       secret_changed_at, previous_secret_until, created_at, changed_at, changed_by,
       (select max(origin.succeeded_at) from oauth2_origin as origin where origin.client_id = client.client_id) as last_token_at
from oauth2_client as client
where client_id > :after
order by client_id
limit :size;

-- name: find(client_id)^
-- One client.
select client_id, name, enabled, grant_type, allows_browser, allows_offline, requires_pkce, scopes, acts_as,
       secret_changed_at, previous_secret_until, created_at, changed_at, changed_by,
       (select max(origin.succeeded_at) from oauth2_origin as origin where origin.client_id = client.client_id) as last_token_at
from oauth2_client as client
where client_id = :client_id;

-- name: hashes(client_id, now)^
-- What a client's secret is compared with.
select secret_hash, case when previous_secret_until > :now then previous_secret_hash end as previous_secret_hash
from oauth2_client
where client_id = :client_id;

-- name: lock(client_id)$
-- Holds a client until the transaction ends.
select client_id from oauth2_client where client_id = :client_id for update;

-- name: add(client_id, name, enabled, grant_type, allows_browser, allows_offline, requires_pkce, scopes, acts_as, secret_hash, now, by)$
-- Adds a client; null where there is one of that id.
insert into oauth2_client (
    client_id, name, enabled, grant_type, allows_browser, allows_offline, requires_pkce, scopes, acts_as,
    secret_hash, secret_changed_at, created_at, changed_at, changed_by
) values (
    :client_id, :name, :enabled, :grant_type, :allows_browser, :allows_offline, :requires_pkce, :scopes, :acts_as,
    :secret_hash, :now, :now, :now, :by
)
on conflict (client_id) do nothing
returning client_id;

-- name: change(name, enabled, grant_type, allows_browser, allows_offline, requires_pkce, scopes, acts_as, now, by, client_id)!
-- Everything of a client but its secret.
update oauth2_client
set name = :name, enabled = :enabled, grant_type = :grant_type, allows_browser = :allows_browser,
    allows_offline = :allows_offline, requires_pkce = :requires_pkce, scopes = :scopes, acts_as = :acts_as,
    changed_at = :now, changed_by = :by
where client_id = :client_id;

-- name: change_secret(secret_hash, previous_until, now, by, client_id)!
-- A new secret; the present one is accepted beside it until previous_until, where that is not null.
update oauth2_client
set previous_secret_hash = case when :previous_until::timestamptz is not null then secret_hash end,
    previous_secret_until = case when secret_hash is not null then :previous_until::timestamptz end,
    secret_hash = :secret_hash, secret_changed_at = :now, changed_at = :now, changed_by = :by
where client_id = :client_id;

-- name: remove(client_id)!
delete from oauth2_client where client_id = :client_id;

-- name: forget_previous(now)$
-- Drops secrets whose overlap has passed; returns how many.
with dropped as (
    update oauth2_client set previous_secret_hash = null, previous_secret_until = null
    where previous_secret_until <= :now
    returning 1
)
select count(*) from dropped;
