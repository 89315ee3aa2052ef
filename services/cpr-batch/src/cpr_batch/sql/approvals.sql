-- name: holds_anybody()$
-- Whether the store has a person of whom more than the number is known.
select exists (select from contact where name_type = 'C' and not is_placeholder and merged_into is null);

-- name: of_file(file_id)^
select * from cpr_approval where file_id = :file_id;

-- name: ask(file_id, run_id, initial_load, persons, endings, share, most)$
-- A file is asked about once; a later attempt that stops as well tells the newer figures.
insert into cpr_approval (file_id, run_id, initial_load, persons, endings, share, most)
values (:file_id, :run_id, :initial_load, :persons, :endings, :share, :most)
on conflict (file_id) do update
set run_id = excluded.run_id, initial_load = excluded.initial_load, persons = excluded.persons,
    endings = excluded.endings, share = excluded.share, most = excluded.most, state = 'asked',
    asked_at = case when cpr_approval.state = 'asked' then cpr_approval.asked_at else now() end
returning approval_id;

-- name: forget_persons(approval_id)!
delete from cpr_approval_person where approval_id = :approval_id;

-- name: lapse(file_id)!
-- The file passes now: nobody needs to decide any more.
update cpr_approval set state = 'lapsed' where file_id = :file_id and state = 'asked';

-- name: by_id(approval_id)^
select approval.*, file.name, file.local_name, file.state as file_state
from cpr_approval approval join cpr_file file using (file_id)
where approval_id = :approval_id;

-- name: page(state, before, size)
-- A page of approvals, newest first.
select approval.*, file.name, file.local_name, file.state as file_state
from cpr_approval approval join cpr_file file using (file_id)
where approval_id < :before and (:state::text is null or approval.state = :state)
order by approval_id desc
limit :size;

-- name: persons_page(approval_id, after, size)
-- The persons that the file would end or blank, in its order.
select ordinal, contact_id from cpr_approval_person
where approval_id = :approval_id and ordinal > :after::bigint
order by ordinal
limit :size;

-- name: decide(approval_id, state, decided_by, decided_at, reason)$
-- Decided once; only who declined may still be told to approve after all.
update cpr_approval
set state = :state, decided_by = :decided_by, decided_at = :decided_at, reason = :reason
where approval_id = :approval_id and (state = 'asked' or (state = 'declined' and :state = 'approved'))
returning file_id;

-- name: let_go(file_id, state)!
update cpr_file set state = :state where file_id = :file_id and state <> 'imported';
