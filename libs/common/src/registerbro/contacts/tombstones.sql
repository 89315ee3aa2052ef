-- name: hold()!
-- Many may hold it at once; who erases waits for all of them ("eras").
select pg_advisory_xact_lock_shared(x'65726173'::int, 0);

-- name: hold_alone()!
select pg_advisory_xact_lock(x'65726173'::int, 0);

-- name: are_there()$
select exists (select from erased_number);

-- name: find(hashes)
select number_hash, contact_id from erased_number where number_hash = any(:hashes::bytea[]);

-- name: extend(hashes, contact_ids)!
insert into erased_number (number_hash, contact_id)
select number_hash, contact_id
from unnest(:hashes::bytea[], :contact_ids::bigint[]) as new (number_hash, contact_id)
order by number_hash
on conflict do nothing;
