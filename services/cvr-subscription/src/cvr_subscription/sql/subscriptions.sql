-- name: plan_anew()!
-- For the next three in this transaction: a plan made for all contacts reads every one of them for a few as well.
set local plan_cache_mode = force_custom_plan;

-- name: want_missing(provider, name_types, contact_ids, now)!
-- Every contact that is to be subscribed and has no row; of all contacts, or of some. By number, since most contacts are persons.
insert into cvrupdate_subscription (contact_id, provider, state, due_at)
select contact_id, :provider, 'wanted', :now
from contact_number as number join contact using (contact_id)
where number.name_type = any(:name_types) and number.is_current and is_subscribable(contact, :name_types)
  and (:contact_ids::bigint[] is null or contact_id = any(:contact_ids::bigint[]))
  and not exists (
      select from cvrupdate_subscription as known
      where known.contact_id = contact.contact_id and known.provider = :provider)
order by contact_id
on conflict do nothing;

-- name: want_again(provider, name_types, contact_ids, now)!
-- What was about to be cancelled and is to be subscribed after all; who is at it finds that out and leaves it.
update cvrupdate_subscription as known
set state = 'wanted', attempts = 0, failure = null, failed_at = null, due_at = :now
where provider = :provider and state = 'ending'
  and (:contact_ids::bigint[] is null or contact_id = any(:contact_ids::bigint[]))
  and exists (
      select from contact where contact.contact_id = known.contact_id and is_subscribable(contact, :name_types));

-- name: end_unwanted(provider, name_types, contact_ids, now)!
-- What is to be subscribed no longer; everything where no type of contact is.
update cvrupdate_subscription as known
set state = 'ending', attempts = 0, failure = null, failed_at = null, due_at = :now
where provider = :provider and state <> 'ending'
  and (:contact_ids::bigint[] is null or contact_id = any(:contact_ids::bigint[]))
  and not exists (
      select from contact where contact.contact_id = known.contact_id and is_subscribable(contact, :name_types));

-- name: claim(provider, state, now, leased_until, leased_by, size)
-- Takes what waits in a state and is due, unless somebody is at it.
with due as (
    select contact_id
    from cvrupdate_subscription
    where provider = :provider and state = :state and due_at <= :now and coalesce(leased_until <= :now, true)
    order by due_at, contact_id
    limit :size
    for update skip locked
), claimed as (
    update cvrupdate_subscription as known
    set leased_by = :leased_by, leased_until = :leased_until
    from due
    where known.provider = :provider and known.contact_id = due.contact_id
    returning known.contact_id, known.object_id, known.attempts, known.subscribed_at is not null as was_subscribed
)
select claimed.*, contact.name_type, contact.name_code
from claimed left join contact using (contact_id)
order by contact_id;

-- name: identify(provider, leased_by, contact_ids, object_ids)
-- Keeps the provider's ids, each of them one contact's at a time. Returns whose could be kept.
with identified (contact_id, object_id) as (
    select distinct on (object_id) contact_id, object_id
    from unnest(:contact_ids::bigint[], :object_ids::text[]) as found (contact_id, object_id)
    order by object_id, contact_id
)
update cvrupdate_subscription as known
set object_id = identified.object_id
from identified
where known.provider = :provider and known.contact_id = identified.contact_id
  and known.leased_by = :leased_by and known.state = 'wanted'
  and not exists (
      select from cvrupdate_subscription as other
      where other.provider = :provider and other.object_id = identified.object_id
        and other.contact_id <> identified.contact_id)
returning known.contact_id;

-- name: forget_ids(provider, leased_by, contact_ids)!
update cvrupdate_subscription set object_id = null
where provider = :provider and contact_id = any(:contact_ids::bigint[]) and leased_by = :leased_by and state = 'wanted';

-- name: hold_contacts(contact_ids)
-- Versions of the contacts that are there, kept from being erased until the transaction ends.
select contact_id, version from contact where contact_id = any(:contact_ids::bigint[]) order by contact_id for key share;

-- name: subscribed(provider, leased_by, contact_ids, now)
-- What the provider has subscribed, unless it is to be cancelled by now.
update cvrupdate_subscription
set state = 'subscribed', subscribed_at = :now, attempts = 0, failure = null, failed_at = null,
    leased_by = null, leased_until = null
where provider = :provider and contact_id = any(:contact_ids::bigint[]) and leased_by = :leased_by and state = 'wanted'
returning contact_id;

-- name: cancelled(provider, leased_by, contact_ids)
-- What the provider has cancelled, unless it is to be subscribed by now.
delete from cvrupdate_subscription
where provider = :provider and contact_id = any(:contact_ids::bigint[]) and leased_by = :leased_by and state = 'ending'
returning contact_id;

-- name: release(provider, leased_by, contact_ids)!
-- Nobody is at them any more; those whose state has turned are due.
update cvrupdate_subscription set leased_by = null, leased_until = null
where provider = :provider and contact_id = any(:contact_ids::bigint[]) and leased_by = :leased_by;

-- name: note_failures(provider, leased_by, state, now, contact_ids, failures, due_at)!
update cvrupdate_subscription as known
set attempts = attempts + 1, failure = noted.failure, failed_at = :now, due_at = noted.due_at,
    leased_by = null, leased_until = null
from unnest(:contact_ids::bigint[], :failures::text[], :due_at::timestamptz[]) as noted (contact_id, failure, due_at)
where known.provider = :provider and known.contact_id = noted.contact_id
  and known.leased_by = :leased_by and known.state = :state;

-- name: try_again(provider, contact_ids, now)
-- Lets what failed be tried at once.
update cvrupdate_subscription
set due_at = :now
where provider = :provider and state <> 'subscribed' and failure is not null and due_at > :now
  and (:contact_ids::bigint[] is null or contact_id = any(:contact_ids::bigint[]))
returning contact_id;

-- name: page(provider, state, is_failing, after, size)
select contact_id, object_id, state, attempts, failure, failed_at,
       case when state <> 'subscribed' then due_at end as due_at, subscribed_at
from cvrupdate_subscription
where provider = :provider and contact_id > :after and (:state::text is null or state = :state::text)
  and (:is_failing::boolean is null or (failure is not null) = :is_failing::boolean)
order by contact_id
limit :size;

-- name: summary(provider, unknown)^
-- Nearly all stand still, and only their number is asked for; the few others are found by their index.
with moving as (select state, failure from cvrupdate_subscription where provider = :provider and state <> 'subscribed'),
     everything as (select count(*) filter (where provider = :provider) as here, count(*) as anywhere from cvrupdate_subscription)
select count(*) filter (where state = 'wanted') as wanted,
       (select here from everything) - count(*) as subscribed,
       count(*) filter (where state = 'ending') as ending,
       count(failure) as failing,
       count(*) filter (where failure = :unknown) as unknown,
       (select anywhere - here from everything) as elsewhere
from moving;

-- name: failures(provider)
select failure, count(*) as count
from cvrupdate_subscription
where provider = :provider and state <> 'subscribed' and failure is not null
group by failure
order by count desc, failure;

-- name: about(provider, object_ids)
-- Whom events about units concern.
select object_id, contact_id
from cvrupdate_subscription
where provider = :provider and state = 'subscribed' and object_id = any(:object_ids::text[]);

-- name: all_subscribed(provider)
select contact_id from cvrupdate_subscription where provider = :provider and state = 'subscribed' order by contact_id;
