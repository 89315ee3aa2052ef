-- name: claim(now, due_at, size, contact_ids)
-- Takes wishes that CPR has not been told of and whose time has come, of all contacts or of these at once. A wish that has
-- turned begins anew.
with waiting as (
    select source.contact_id, source.subscribed as wanted
    from source_record as source
    left join cpr_subscription_attempt as attempt using (contact_id)
    where source.source = 'CPR' and source.subscribed <> source.src_subscribed
      and (:contact_ids::bigint[] is null or source.contact_id = any(:contact_ids::bigint[]))
      and (attempt.contact_id is null or attempt.next_try_at <= :now or attempt.wanted <> source.subscribed
           or (:contact_ids::bigint[] is not null and attempt.failure is not null))
    order by coalesce(attempt.next_try_at, '-infinity'), source.contact_id
    limit :size
    for update of source skip locked
)
insert into cpr_subscription_attempt as attempt (contact_id, wanted, next_try_at)
select contact_id, wanted, :due_at from waiting
on conflict (contact_id) do update
set next_try_at = excluded.next_try_at, wanted = excluded.wanted, failure = null,
    attempts = case when attempt.wanted = excluded.wanted then attempt.attempts else 0 end
where attempt.next_try_at <= :now or attempt.failure is not null
returning contact_id, wanted, attempts;

-- name: forget(contact_id)!
delete from cpr_subscription_attempt where contact_id = :contact_id;

-- name: settle(contact_id, wanted)$
-- Forgets the attempt unless the same is still wished and is still not so; whether it is gone.
with kept as (
    select from source_record
    where contact_id = :contact_id and source = 'CPR' and subscribed = :wanted and src_subscribed <> :wanted
), gone as (
    delete from cpr_subscription_attempt where contact_id = :contact_id and not exists (select from kept)
)
select not exists (select from kept);

-- name: note_failure(contact_id, failure, failed_at, next_try_at)!
update cpr_subscription_attempt
set attempts = attempts + 1, failure = :failure, failed_at = :failed_at, next_try_at = :next_try_at
where contact_id = :contact_id;

-- name: read_wish(contact_id)^
select survivor.contact_id, survivor.name_code, source.subscribed, source.src_subscribed
from contact as found
join contact as survivor on survivor.contact_id = coalesce(found.merged_into, found.contact_id)
left join source_record as source on source.contact_id = survivor.contact_id and source.source = 'CPR'
where found.contact_id = :contact_id;

-- name: page(after, size)
-- Where wish and state differ, with what stood in the way so far.
select source.contact_id, source.subscribed as wanted, coalesce(attempt.attempts, 0) as attempts,
       attempt.next_try_at, attempt.failure, attempt.failed_at
from source_record as source
left join cpr_subscription_attempt as attempt using (contact_id)
where source.source = 'CPR' and source.subscribed <> source.src_subscribed and source.contact_id > :after
order by source.contact_id limit :size;

-- name: figures()^
-- Persons from CPR by what CPR does and what is wished, counted in one look at source_record_subscription; and what waits.
select counted.*,
       (select count(*) from source_record where source = 'CPR' and subscribed <> src_subscribed) as waiting,
       (select count(*) from cpr_subscription_attempt as attempt
        join source_record as source on source.contact_id = attempt.contact_id and source.source = 'CPR'
        where attempt.failure is not null and source.subscribed <> source.src_subscribed) as failing,
       (select count(*) from cpr_open_call) as open_calls,
       (select count(*) from cpr_never_subscribed) as never_subscribed
from (
    select count(*) as persons, count(*) filter (where src_subscribed) as subscribed,
           count(*) filter (where subscribed) as wished, count(*) filter (where not subscribed) as unwished
    from source_record where source = 'CPR'
) as counted;
