-- name: logon(credentials_hash)^
-- What is known of these credentials.
select first_accepted_at, last_accepted_at, refused_at, refused_number
from cpr_logon
where credentials_hash = :credentials_hash;

-- name: accepted(credentials_hash, at)!
-- CPR took the logon.
insert into cpr_logon (credentials_hash, first_accepted_at, last_accepted_at)
values (:credentials_hash, :at, :at)
on conflict (credentials_hash) do update
set first_accepted_at = coalesce(cpr_logon.first_accepted_at, excluded.first_accepted_at),
    last_accepted_at = excluded.last_accepted_at,
    refused_at = null,
    refused_number = null;

-- name: refused(credentials_hash, at, number)!
-- CPR refused the logon.
insert into cpr_logon (credentials_hash, refused_at, refused_number)
values (:credentials_hash, :at, :number)
on conflict (credentials_hash) do update
set refused_at = excluded.refused_at, refused_number = excluded.refused_number;

-- name: lift(at, by)
-- Allows every refused set of credentials to be tried again.
update cpr_logon
set refused_at = null, refused_number = null, lifted_at = :at, lifted_by = :by
where refused_at is not null
returning 1;

-- name: known_password()^
-- The account that the stored password belongs to, and since when it is in force.
select account_hash, ended_at
from cpr_password_change
where outcome in ('changed', 'found-changed', 'stored')
order by change_id desc
limit 1;

-- name: open_change()^
-- The change that has not ended.
select change_id, account_hash, prepared_at, sent_at from cpr_password_change where ended_at is null;

-- name: prepare_change(account_hash, at, by)!
insert into cpr_password_change (account_hash, prepared_at, prepared_by) values (:account_hash, :at, :by);

-- name: change_sent(at)!
update cpr_password_change set sent_at = :at where ended_at is null;

-- name: end_change(at, outcome)!
update cpr_password_change set ended_at = :at, outcome = :outcome where ended_at is null;

-- name: password_stored(account_hash, at, by)!
-- A password that was changed elsewhere.
insert into cpr_password_change (account_hash, prepared_at, prepared_by, ended_at, outcome)
values (:account_hash, :at, :by, :at, 'stored');
