-- name: spend(danish_day, client, calls, most)$
-- Counts calls, unless the client would have more than it may; null then.
insert into cpr_call_count as counted (danish_day, client, calls)
select :danish_day, :client, :calls where :most::integer is null or :calls::integer <= :most
on conflict (danish_day, client) do update set calls = counted.calls + excluded.calls
where :most::integer is null or counted.calls + excluded.calls <= :most
returning calls;

-- name: calls_of(first, last)
select danish_day, client, calls from cpr_call_count
where danish_day between :first and :last order by danish_day desc, client;

-- name: forget_before(danish_day)$
with forgotten as (delete from cpr_call_count where danish_day < :danish_day returning 1)
select count(*) from forgotten;
