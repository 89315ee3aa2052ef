-- name: look(minute)!
-- What waits now, and how many calls CPR has had.
insert into figure_minute (minute, cpr_calls_total, outbox, deliveries, dead_letters, cvr_queue, cpr_subscriptions, files)
values (
    :minute::timestamptz,
    (select coalesce(sum(calls), 0) from cpr_call_count),
    (select count(*) from outbox where published_at is null),
    (select count(*) from delivery),
    (select count(*) from dead_letter where replayed_at is null and discarded_at is null),
    (select count(*) from service_queue where state <> 'failed'),
    (select count(*) from source_record where subscribed <> src_subscribed and source = 'CPR'),
    (select count(*) from cpr_file where state in ('fetched', 'importing', 'held'))
)
on conflict (minute) do update
set cpr_calls_total = excluded.cpr_calls_total, outbox = excluded.outbox, deliveries = excluded.deliveries,
    dead_letters = excluded.dead_letters, cvr_queue = excluded.cvr_queue,
    cpr_subscriptions = excluded.cpr_subscriptions, files = excluded.files;

-- name: counted_last()$
-- The latest minute that was counted.
select minute from figure_minute where events_sent is not null order by minute desc limit 1;

-- name: count(first, until, days, first_id, until_id)!
-- What went on in each minute of a time. Events are found by their ids, which hold their time; the days are those of events and accesses.
with minutes as (
    select minute from generate_series(:first::timestamptz, :until::timestamptz - interval '1 minute', interval '1 minute') as minute
), events as (
    select date_trunc('minute', created_at) as minute, count(*) as sent,
           count(*) filter (where routing_key = 'cvr.update.applied') as updates
    from outbox
    where event_day = any(:days::date[]) and event_id >= :first_id::uuid and event_id < :until_id::uuid
      and created_at >= :first and created_at < :until
    group by 1
), accesses as (
    select date_trunc('minute', at) as minute,
           count(*) filter (where service = 'cpr-direct' and stage = 'imported') as persons,
           count(*) filter (where service = 'cvr-online' and stage = 'imported') as units,
           count(*) filter (where service = 'cvr-online' and stage = 'asked') as inquiries
    from audit_log
    where audit_day = any(:days::date[]) and at >= :first and at < :until
    group by 1
), files as (
    select date_trunc('minute', finished_at) as minute, sum((counts ->> 'persons')::bigint) as persons
    from cpr_run
    where kind = 'import' and state = 'finished' and finished_at >= :first and finished_at < :until
    group by 1
)
insert into figure_minute (minute, events_sent, persons_online, persons_by_file, units_online, cvr_updates, cvr_inquiries)
select minute, coalesce(events.sent, 0), coalesce(accesses.persons, 0), coalesce(files.persons, 0),
       coalesce(accesses.units, 0), coalesce(events.updates, 0), coalesce(accesses.inquiries, 0)
from minutes
left join events using (minute)
left join accesses using (minute)
left join files using (minute)
on conflict (minute) do update
set events_sent = excluded.events_sent, persons_online = excluded.persons_online, persons_by_file = excluded.persons_by_file,
    units_online = excluded.units_online, cvr_updates = excluded.cvr_updates, cvr_inquiries = excluded.cvr_inquiries;

-- name: history(since, until, width)
-- The time in equal parts: what was counted in each, and the most that was seen waiting; null where nobody counted or looked.
with calls as (
    select minute, greatest(cpr_calls_total - lag(cpr_calls_total) over (order by minute), 0) as cpr_calls
    from figure_minute
    where minute >= :since::timestamptz - interval '1 day' and minute < :until::timestamptz and cpr_calls_total is not null
)
select part as since,
       sum(events_sent)::bigint as events_sent, sum(persons_online)::bigint as persons_online,
       sum(persons_by_file)::bigint as persons_by_file, sum(units_online)::bigint as units_online,
       sum(cvr_updates)::bigint as cvr_updates, sum(cpr_calls)::bigint as cpr_calls,
       sum(cvr_inquiries)::bigint as cvr_inquiries,
       max(outbox) as outbox, max(deliveries) as deliveries, max(dead_letters) as dead_letters, max(cvr_queue) as cvr_queue,
       max(cpr_subscriptions) as cpr_subscriptions, max(files) as files
from generate_series(:since::timestamptz, :until::timestamptz - :width::interval, :width::interval) as part
left join figure_minute on minute >= :since::timestamptz and minute < :until::timestamptz
                       and date_bin(:width::interval, minute, :since::timestamptz) = part
left join calls using (minute)
group by part
order by part;

-- name: forget(before)$
with gone as (delete from figure_minute where minute < :before returning 1)
select count(*) from gone;
