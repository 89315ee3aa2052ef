-- name: hold_case(case_reference)!
-- Events of one case wait for each other until the transaction ends: what opens it, and what closes it.
select pg_advisory_xact_lock(hashtextextended(:case_reference, 0));

-- name: hold_parties(ids)
-- In the order of their ids, with those that they were merged into; nobody merges them before the transaction ends.
select contact_id, merged_into from contact
where contact_id in (
    select unnest(:ids::bigint[])
    union
    select merged_into from contact where contact_id = any(:ids::bigint[]) and merged_into is not null)
order by contact_id
for key share;

-- name: erased(ids)
select contact_id from erased_contact where contact_id = any(:ids::bigint[]);

-- name: open_case(case_reference, ids, at)
-- Gives those who are party to the case now and were not; none if it was closed at the time or later.
with named as (
    insert into case_contact as party (case_reference, contact_id, opened_at)
    select :case_reference, contact_id, :at
    from unnest(:ids::bigint[]) as asked (contact_id)
    where not exists (
        select from case_closing where case_reference = :case_reference and closed_at >= :at)
    on conflict (case_reference, contact_id) do update
        set opened_at = excluded.opened_at where party.opened_at < excluded.opened_at
    returning contact_id, (xmax = 0) as is_new
)
select contact_id from named where is_new order by contact_id;

-- name: note_closing(case_reference, at)!
insert into case_closing as closing (case_reference, closed_at) values (:case_reference, :at)
on conflict (case_reference) do update set closed_at = excluded.closed_at where closing.closed_at < excluded.closed_at;

-- name: is_party_left(case_reference, at)$
select exists (select from case_contact where case_reference = :case_reference and opened_at <= :at);

-- name: remove_parties(case_reference, at)
delete from case_contact where case_reference = :case_reference and opened_at <= :at returning contact_id;

-- name: contacts_of(case_reference)
select contact_id, opened_at from case_contact where case_reference = :case_reference order by contact_id;

-- name: cases_of(contact_id)
-- A merged contact's are those of the one that it was merged into.
select party.case_reference, party.opened_at
from contact as past
join case_contact as party on party.contact_id = coalesce(past.merged_into, past.contact_id)
where past.contact_id = :contact_id
order by party.opened_at, party.case_reference;

-- name: forget(before)$
with forgotten as (delete from case_closing where closed_at < :before returning 1)
select count(*) from forgotten;
