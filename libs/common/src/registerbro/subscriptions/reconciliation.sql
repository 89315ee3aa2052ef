-- name: prepare()#
create temp table if not exists listed_number (number text not null) on commit delete rows;
truncate listed_number;

-- name: analyze()#
analyze listed_number;

-- name: add(name, as_of, now, by)$
insert into cpr_reconciliation (name, as_of, listed, compared_at, compared_by)
values (:name, :as_of, (select count(distinct number) from listed_number), :now, :by)
returning reconciliation_id;

-- name: supersede(reconciliation_id)!
-- Of earlier lists only what was found stays: no numbers, and nothing that waits to be applied.
with agreements as (
    delete from cpr_reconciliation_agreement where reconciliation_id < :reconciliation_id
)
update cpr_reconciliation_difference set number = null
where reconciliation_id < :reconciliation_id and number is not null;

-- name: compare(reconciliation_id, said_at)!
-- List and store in both directions: every contact from CPR, and every number that belongs to none.
with listed as materialized (
    select distinct number from listed_number
), owned as materialized (
    select listed.number, source.contact_id
    from listed
    left join contact_number as number on number.name_type = 'C' and number.number = listed.number
    left join source_record as source on source.contact_id = number.contact_id and source.source = 'CPR'
), compared as materialized (
    select source.contact_id, source.src_subscribed, listed.contact_id is not null as is_listed,
           (coalesce(source.subscription_as_of, '') collate "C", source.src_subscribed)
               > (:said_at, listed.contact_id is not null) as is_overtaken
    from source_record as source
    left join (select distinct contact_id from owned where contact_id is not null) as listed using (contact_id)
    where source.source = 'CPR'
), agreeing as (
    insert into cpr_reconciliation_agreement (reconciliation_id, contact_id, is_subscribed)
    select :reconciliation_id, contact_id, is_listed from compared where src_subscribed = is_listed
), differing as (
    insert into cpr_reconciliation_difference (reconciliation_id, kind, contact_id, is_overtaken)
    select :reconciliation_id, case when is_listed then 'missing-here' else 'missing-at-cpr' end, contact_id, is_overtaken
    from compared where src_subscribed <> is_listed
    order by contact_id
), unknown as (
    insert into cpr_reconciliation_difference (reconciliation_id, kind, number)
    select :reconciliation_id, 'unknown-person', number from owned where contact_id is null
)
update cpr_reconciliation
set counts = (
    select jsonb_build_object(
        'agreed', count(*) filter (where src_subscribed = is_listed),
        'missing-here', count(*) filter (where is_listed and not src_subscribed),
        'missing-at-cpr', count(*) filter (where src_subscribed and not is_listed),
        'overtaken', count(*) filter (where src_subscribed <> is_listed and is_overtaken),
        'unknown-person', (select count(*) from owned where contact_id is null))
    from compared)
where reconciliation_id = :reconciliation_id;

-- name: load(reconciliation_id)^
select reconciliation_id, name, as_of, listed, counts, compared_at, compared_by, applied_at, applied_by
from cpr_reconciliation where reconciliation_id = :reconciliation_id;

-- name: is_latest(reconciliation_id)$
select not exists (select from cpr_reconciliation where reconciliation_id > :reconciliation_id);

-- name: page(below, size)
-- Newest first.
select reconciliation_id, name, as_of, listed, counts, compared_at, compared_by, applied_at, applied_by
from cpr_reconciliation where reconciliation_id < :below order by reconciliation_id desc limit :size;

-- name: differences(reconciliation_id, kind, after, size)
select difference_id, kind, contact_id, number, is_overtaken, outcome
from cpr_reconciliation_difference
where reconciliation_id = :reconciliation_id and difference_id > :after and (:kind::text is null or kind = :kind)
order by difference_id
limit :size;

-- name: claim_differences(reconciliation_id, kinds, after, size)
-- What waits to be applied of these kinds, by contact; held until the transaction ends.
select difference_id, contact_id, kind = 'missing-here' as is_subscribed
from cpr_reconciliation_difference
where reconciliation_id = :reconciliation_id and outcome is null and contact_id > :after and kind = any(:kinds::text[])
order by contact_id
limit :size
for update;

-- name: take_agreements(reconciliation_id, after, size)
delete from cpr_reconciliation_agreement as taken
using (
    select contact_id from cpr_reconciliation_agreement
    where reconciliation_id = :reconciliation_id and contact_id > :after order by contact_id limit :size for update
) as next
where taken.reconciliation_id = :reconciliation_id and taken.contact_id = next.contact_id
returning taken.contact_id, taken.is_subscribed;

-- name: states(ids)
-- What is said of each contact, as the one that it is now.
select past.contact_id as stated_id, present.contact_id, present.version, source.src_subscribed, source.subscribed as wish,
       coalesce(source.subscription_as_of, '') as as_of
from contact as past
join contact as present on present.contact_id = coalesce(past.merged_into, past.contact_id)
join source_record as source on source.contact_id = present.contact_id and source.source = 'CPR'
where past.contact_id = any(:ids::bigint[]);

-- name: set_states(ids, states, as_of)!
update source_record as stored set src_subscribed = said.is_subscribed, subscription_as_of = :as_of
from unnest(:ids::bigint[], :states::boolean[]) as said (contact_id, is_subscribed)
where stored.contact_id = said.contact_id and stored.source = 'CPR';

-- name: settle(reconciliation_id, difference_ids, outcomes)!
update cpr_reconciliation_difference as stored set outcome = said.outcome
from unnest(:difference_ids::bigint[], :outcomes::text[]) as said (difference_id, outcome)
where stored.reconciliation_id = :reconciliation_id and stored.difference_id = said.difference_id;

-- name: outcomes(reconciliation_id)
select outcome, kind, count(*) as contacts
from cpr_reconciliation_difference
where reconciliation_id = :reconciliation_id and outcome is not null and contact_id is not null
group by outcome, kind;

-- name: forecast(reconciliation_id)
select case when is_overtaken then 'newer-known' else 'corrected' end as outcome, kind, count(*) as contacts
from cpr_reconciliation_difference
where reconciliation_id = :reconciliation_id and contact_id is not null and outcome is null
group by is_overtaken, kind;

-- name: note_applied(reconciliation_id, now, by)!
update cpr_reconciliation set applied_at = :now, applied_by = :by
where reconciliation_id = :reconciliation_id and applied_at is null;

-- name: unknown_numbers(reconciliation_id, after, size)
select difference_id, number
from cpr_reconciliation_difference
where reconciliation_id = :reconciliation_id and kind = 'unknown-person' and number is not null and outcome is null
  and difference_id > :after
order by difference_id
limit :size;

-- name: count_unknown(reconciliation_id)$
select count(*) from cpr_reconciliation_difference
where reconciliation_id = :reconciliation_id and kind = 'unknown-person' and number is not null and outcome is null;

-- name: note_ended(reconciliation_id, difference_ids)$
with ended as (
    update cpr_reconciliation_difference set outcome = 'ended', number = null
    where reconciliation_id = :reconciliation_id and difference_id = any(:difference_ids::bigint[])
      and kind = 'unknown-person' and outcome is null
    returning 1
)
select count(*) from ended;
