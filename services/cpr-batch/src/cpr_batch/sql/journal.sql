-- name: add(at, acted_by, action, file, run_id, facts)!
insert into cpr_journal (at, acted_by, action, file, run_id, facts)
values (:at, :acted_by, :action, :file, :run_id, :facts);

-- name: newest(file, run_id, action, since, before, size)
select journal_id, at, acted_by, action, file, run_id, facts
from cpr_journal
where journal_id < :before
    and (:file::text is null or file = :file)
    and (:run_id::uuid is null or run_id = :run_id)
    and (:action::text is null or action = :action)
    and (:since::timestamptz is null or at >= :since)
order by journal_id desc
limit :size;

-- name: following(file, run_id, action, since, after, size)
select journal_id, at, acted_by, action, file, run_id, facts
from cpr_journal
where journal_id > :after
    and (:file::text is null or file = :file)
    and (:run_id::uuid is null or run_id = :run_id)
    and (:action::text is null or action = :action)
    and (:since::timestamptz is null or at >= :since)
order by journal_id
limit :size;

-- name: forget(before)!
delete from cpr_journal where at < :before;
