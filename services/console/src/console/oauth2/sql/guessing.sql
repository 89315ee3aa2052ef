-- name: count(client_id, network, now, began_before, known_since)^
-- Counts a secret that is about to be compared. Networks from which the client has got tokens are counted apart, all
-- others together.
insert into oauth2_origin as origin (client_id, network, wrong, wrong_since)
values (
    :client_id,
    coalesce((
        select known.network
        from oauth2_origin as known
        where known.client_id = :client_id and known.network = :network and known.succeeded_at > :known_since
    ), ''),
    1,
    :now
)
on conflict (client_id, network) do update
set wrong = case when origin.wrong_since <= :began_before then 1 else origin.wrong + 1 end,
    wrong_since = case when origin.wrong_since <= :began_before then excluded.wrong_since else origin.wrong_since end
returning network, wrong, wrong_since;

-- name: is_known(client_id, network, known_since)$
-- Whether the client got tokens from this network lately.
select exists (
    select from oauth2_origin
    where client_id = :client_id and network = :network and succeeded_at > :known_since
);

-- name: uncount(client_id, network)!
-- It was right.
update oauth2_origin set wrong = greatest(wrong - 1, 0) where client_id = :client_id and network = :network;

-- name: remember(client_id, network, now)!
-- The client is at home in this network; nothing where it was removed in the meantime.
insert into oauth2_origin (client_id, network, succeeded_at, wrong_since)
select client_id, :network, :now, :now from oauth2_client where client_id = :client_id
on conflict (client_id, network) do update set succeeded_at = excluded.succeeded_at;

-- name: forget(known_since)$
-- Drops networks from which no token was got for long; returns how many.
with dropped as (
    delete from oauth2_origin where network <> '' and succeeded_at <= :known_since returning 1
)
select count(*) from dropped;
