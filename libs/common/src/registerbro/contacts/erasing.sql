-- name: found(contact_id)^
select version, name_type, merged_into, owner_id from contact where contact_id = :contact_id;

-- name: current_number(contact_id)$
select name_code from contact where contact_id = :contact_id and name_type = 'C';

-- name: tombstone(contact_id)^
select contact_id, version, erased_at, erased_by, acting_user, reason, case_reference, finished_at, lifted_at, lifted_by,
       lifted_for
from erased_contact where contact_id = :contact_id;

-- name: one_with_it(contact_id)
-- The contact, those that were merged into it, and persons without a number that are known as its father, guardian and so on.
with recursive one as (
    select :contact_id::bigint as contact_id
    union
    select contact.contact_id from contact join one on contact.merged_into = one.contact_id or contact.owner_id = one.contact_id
)
select contact_id from one join contact using (contact_id) order by contact_id;

-- name: relatives(ids)
select distinct contact_id from contact_reference
where to_contact_id = any(:ids::bigint[]) and contact_id <> all(:ids::bigint[]);

-- name: lock(ids)
-- In the order of their ids, as the merge does.
select contact_id from contact where contact_id = any(:ids::bigint[]) order by contact_id for update;

-- name: numbers(ids)
select name_type, number from contact_number where contact_id = any(:ids::bigint[]) order by name_type, number;

-- name: open_cases(ids)$
select count(*) from case_contact where contact_id = any(:ids::bigint[]);

-- name: ties_to_register(ids, numbers)
-- Why the register may still deliver the person, or is about to be told to.
select 'subscribed' as tie where exists (
    select from source_record where contact_id = any(:ids::bigint[]) and src_subscribed)
union all
select 'wished' where exists (select from source_record where contact_id = any(:ids::bigint[]) and subscribed)
union all
select 'ordered' where exists (
    select from cpr_order where contact_id = any(:ids::bigint[])
                            and (state = 'written' or (state = 'uploaded' and kind = 'subscribe')))
union all
select 'called' where exists (select from cpr_open_call where number = any(:numbers::text[]));

-- name: add_tombstone(contact_id, version, now, erased_by, acting_user, reason, case_reference)!
insert into erased_contact as stored (contact_id, version, erased_at, erased_by, acting_user, reason, case_reference)
values (:contact_id, :version, :now, :erased_by, :acting_user, :reason, :case_reference)
on conflict (contact_id) do update set finished_at = null;

-- name: add_hashes(contact_id, hashes)!
-- Where some of the numbers are another tombstone's, all that are become this one's: it is the same person.
with same as (
    update erased_number set contact_id = :contact_id
    where contact_id in (select contact_id from erased_number where number_hash = any(:hashes::bytea[]))
)
insert into erased_number (number_hash, contact_id)
select unnest(:hashes::bytea[]), :contact_id
on conflict do nothing;

-- name: renew_relatives(ids, now)
-- Whoever names the contact changes, and tells of it; what they named stands in no history.
with relative as (
    select distinct contact_id from contact_reference
    where to_contact_id = any(:ids::bigint[]) and contact_id <> all(:ids::bigint[])
), history as (
    insert into contact_version (contact_id, version, stored_at, source, groups, before)
    select contact_id, version, :now, 'erasure', array['references'], '{}' from contact join relative using (contact_id)
)
update contact set version = version + 1, updated_at = :now
from relative where contact.contact_id = relative.contact_id
returning contact.contact_id, contact.version;

-- name: orphans(ids)
-- Persons who are known by number only, because the contact named them: nothing else holds them.
select contact.contact_id
from contact_reference as reference join contact on contact.contact_id = reference.to_contact_id
where reference.contact_id = any(:ids::bigint[]) and contact.contact_id <> all(:ids::bigint[])
  and contact.is_placeholder and contact.version = 0 and contact.merged_into is null
  and not exists (select from contact_reference as other
                  where other.to_contact_id = contact.contact_id and other.contact_id <> all(:ids::bigint[]))
  and not exists (select from contact_reference as own where own.contact_id = contact.contact_id)
  and not exists (select from case_contact as party where party.contact_id = contact.contact_id)
  and not exists (select from source_record as source where source.contact_id = contact.contact_id)
  and not exists (select from contact as past where past.merged_into = contact.contact_id or past.owner_id = contact.contact_id)
group by contact.contact_id order by contact.contact_id;

-- name: case_contact(ids)!
delete from case_contact where contact_id = any(:ids::bigint[]);

-- name: cpr_wish(ids)!
delete from cpr_wish where contact_id = any(:ids::bigint[]);

-- name: cpr_subscription_attempt(ids)!
delete from cpr_subscription_attempt where contact_id = any(:ids::bigint[]);

-- name: cpr_order(ids)!
delete from cpr_order where contact_id = any(:ids::bigint[]);

-- name: cpr_open_call(numbers)!
-- Ends of subscriptions that are under way stay: they vanish once CPR is told.
delete from cpr_open_call where number = any(:numbers::text[]) and kind = 'import';

-- name: cpr_never_subscribed(numbers)!
delete from cpr_never_subscribed where number = any(:numbers::text[]);

-- name: cpr_reconciliation_difference(ids, numbers)!
delete from cpr_reconciliation_difference where contact_id = any(:ids::bigint[]) or number = any(:numbers::text[]);

-- name: cpr_reconciliation_agreement(ids)!
delete from cpr_reconciliation_agreement where contact_id = any(:ids::bigint[]);

-- name: cpr_outcome(ids)!
-- The files' counts stay right.
update cpr_outcome set contact_id = null where contact_id = any(:ids::bigint[]);

-- name: cpr_planned(ids)!
update cpr_planned set contact_id = null where contact_id = any(:ids::bigint[]);

-- name: cpr_approval_person(ids)!
delete from cpr_approval_person where contact_id = any(:ids::bigint[]);

-- name: service_queue(ids)!
delete from service_queue where contact_id = any(:ids::bigint[]);

-- name: cvrupdate_due(ids)!
delete from cvrupdate_due where contact_id = any(:ids::bigint[]);

-- name: cvrupdate_subscription(ids)!
-- What the provider in use was told of is cancelled there, and forgotten after that; the rest at once.
with forgotten as (
    delete from cvrupdate_subscription
    where contact_id = any(:ids::bigint[])
      and (object_id is null or provider is distinct from (select provider from cvrupdate_setting))
)
update cvrupdate_subscription
set state = 'ending', attempts = 0, failure = null, failed_at = null, due_at = now()
where contact_id = any(:ids::bigint[])
  and object_id is not null and provider = (select provider from cvrupdate_setting);

-- name: cvrupdate_import(ids)!
delete from cvrupdate_import where contact_id = any(:ids::bigint[]);

-- name: dead_letter(ids, numbers)!
-- Events about the contact, and messages of whatever kind that hold one of its numbers. The id is looked for in the text: not
-- every JSON that an event may come in is one that the database takes.
delete from dead_letter
where exists (
        select from unnest(:numbers::text[]) as number
        cross join unnest(array[number, left(number, 6) || '-' || right(number, 4)]) as written
        where position(convert_to(written, 'UTF8') in body) > 0)
   or case when type is not null
           then convert_from(body, 'UTF8')
                ~ ('"contact_id"\s*:\s*(' || array_to_string(:ids::bigint[], '|') || ')\s*[,}]') end;

-- name: contact_reference(ids)!
delete from contact_reference where contact_id = any(:ids::bigint[]) or to_contact_id = any(:ids::bigint[]);

-- name: contact_version(ids)!
delete from contact_version where contact_id = any(:ids::bigint[]);

-- name: source_record(ids)!
delete from source_record where contact_id = any(:ids::bigint[]);

-- name: address(ids)!
delete from address where contact_id = any(:ids::bigint[]);

-- name: contact_number(ids)!
delete from contact_number where contact_id = any(:ids::bigint[]);

-- name: contact(ids)!
delete from contact where contact_id = any(:ids::bigint[]);

-- name: finish(contact_id, now)!
update erased_contact set finished_at = :now where contact_id = :contact_id and finished_at is null;

-- name: lift(hashes, now, lifted_by, lifted_for)$
-- All numbers of the person; the id stays an erased one.
with lifted as (
    delete from erased_number
    where contact_id in (select contact_id from erased_number where number_hash = any(:hashes::bytea[]))
    returning contact_id
)
update erased_contact set lifted_at = :now, lifted_by = :lifted_by, lifted_for = :lifted_for
where contact_id in (select contact_id from lifted)
returning contact_id;

-- name: page(below, size)
select contact_id, version, erased_at, erased_by, acting_user, reason, case_reference, finished_at, lifted_at, lifted_by,
       lifted_for
from erased_contact
where (erased_at, contact_id) < (select erased_at, contact_id from erased_contact where contact_id = :below)
   or :below::bigint is null
order by erased_at desc, contact_id desc
limit :size;
