-- name: different(places, contact_ids, numbers, digests, source, date, channel, task, fetched)
-- Of these deliveries, those in whose place another one of the same number and register time is stored.
select given.place
from unnest(:places::integer[], :contact_ids::bigint[], :numbers::text[], :digests::bytea[])
    as given (place, contact_id, number, digest)
join source_record stored using (contact_id)
where stored.source = :source and stored.delivered_number = given.number and stored.register_date = :date
  and stored.register_channel = :channel and stored.register_task = :task and stored.register_fetched = :fetched
  and stored.digest <> given.digest;
