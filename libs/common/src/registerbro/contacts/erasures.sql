-- name: all_tombstones()
select contact_id, version, erased_at, erased_by, acting_user, reason, case_reference, finished_at, lifted_at, lifted_by,
       lifted_for, array(select number_hash from erased_number as number where number.contact_id = erased.contact_id
                         order by number_hash) as hashes
from erased_contact as erased order by contact_id;

-- name: take_over(contact_id, version, erased_at, erased_by, acting_user, reason, case_reference, lifted_at, lifted_by, lifted_for, hashes)!
-- What the file says of a tombstone is newer than what was restored: a lifted one has no numbers any more.
with taken as (
    insert into erased_contact as stored (contact_id, version, erased_at, erased_by, acting_user, reason, case_reference,
                                          lifted_at, lifted_by, lifted_for)
    values (:contact_id, :version, :erased_at, :erased_by, :acting_user, :reason, :case_reference,
            :lifted_at, :lifted_by, :lifted_for)
    on conflict (contact_id) do update
    set lifted_at = coalesce(stored.lifted_at, excluded.lifted_at),
        lifted_by = coalesce(stored.lifted_by, excluded.lifted_by),
        lifted_for = coalesce(stored.lifted_for, excluded.lifted_for),
        finished_at = null
    returning contact_id, lifted_at
), lifted as (
    delete from erased_number using taken
    where erased_number.contact_id = taken.contact_id and taken.lifted_at is not null
)
insert into erased_number (number_hash, contact_id)
select unnest(:hashes::bytea[]), contact_id from taken where lifted_at is null
on conflict (number_hash) do update set contact_id = excluded.contact_id;

-- name: keep_ids()!
-- No new contact gets the id of an erased one, though a restore has set the counter back.
select setval(pg_get_serial_sequence('contact', 'contact_id'), erased.most)
from (select max(contact_id) as most from erased_contact) as erased
where erased.most >= (select last_value from contact_contact_id_seq);

-- name: hashes()
select number_hash from erased_number;

-- name: all_numbers()
select name_type, number, contact_id from contact_number;

-- name: present_by_id()
-- Contacts of an erased one's id that are as old as it was: one that is younger was made after a restore.
select contact.contact_id from contact join erased_contact as erased using (contact_id)
where contact.created_at < erased.erased_at and contact.merged_into is null and contact.owner_id is null;

-- name: unfinished()$
select count(*) from erased_contact where finished_at is null;

-- name: erased()$
select count(*) from erased_contact;

-- name: finish_all(now)!
update erased_contact set finished_at = :now where finished_at is null;
