-- name: put(name, ciphertext)!
-- Stores a secret, or replaces it.
insert into stored_secret (name, ciphertext) values (:name, :ciphertext)
on conflict (name) do update set ciphertext = excluded.ciphertext, changed_at = now();

-- name: get(name)$
-- One secret, still encrypted.
select ciphertext from stored_secret where name = :name;

-- name: lock_all()
-- All of them, locked against changes until the transaction ends.
select name, ciphertext from stored_secret order by name for update;

-- name: encrypt_anew(name, ciphertext)!
-- The same secret under another key: not a change of the secret.
update stored_secret set ciphertext = :ciphertext where name = :name;

-- name: remove(name)!
-- Forgets a secret.
delete from stored_secret where name = :name;
