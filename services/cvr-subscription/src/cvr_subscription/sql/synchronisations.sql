-- name: start(kind, reason, now)$
insert into cvrupdate_synchronisation (kind, reason, started_at) values (:kind, :reason, :now) returning run_id;

-- name: becomes_full(run_id, reason)!
update cvrupdate_synchronisation set kind = 'full', reason = :reason where run_id = :run_id;

-- name: add(run_id, pages, events, queued, postponed)!
update cvrupdate_synchronisation
set pages = pages + :pages, events = events + :events, queued = queued + :queued, postponed = postponed + :postponed
where run_id = :run_id;

-- name: finish(run_id, outcome, failure, now)^
update cvrupdate_synchronisation set finished_at = :now, outcome = :outcome, failure = :failure where run_id = :run_id
returning run_id, kind, reason, started_at, finished_at, outcome, failure, pages, events, queued, postponed;

-- name: latest(size)
select run_id, kind, reason, started_at, finished_at, outcome, failure, pages, events, queued, postponed
from cvrupdate_synchronisation
order by run_id desc
limit :size;

-- name: forget(before)!
delete from cvrupdate_synchronisation where started_at < :before;
