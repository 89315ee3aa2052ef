-- name: register(sha256, name, size_bytes, fetched_at, local_name)$
-- A content that is known already is left as it is and gives no row.
insert into cpr_file (sha256, name, size_bytes, fetched_at, local_name)
values (:sha256, :name, :size_bytes, :fetched_at, :local_name)
on conflict (sha256) do nothing
returning file_id;

-- name: by_content(sha256)^
select * from cpr_file where sha256 = :sha256;

-- name: by_id(file_id)^
select * from cpr_file where file_id = :file_id;

-- name: by_names(names)
-- What is known of the files that lie in the interim directory under these names.
select * from cpr_file where local_name = any(:names::text[]);

-- name: by_name(name)^
-- The newest file that bears or bore this name.
select * from cpr_file where :name in (name, local_name) order by file_id desc limit 1;

-- name: page(before, size)
-- A page of files, newest first.
select * from cpr_file where file_id < :before order by file_id desc limit :size;

-- name: not_renamed_remotely(names)
-- Files of which it is not known that the server's copy carries the prefix.
select file_id, name from cpr_file where remote_renamed_to is null and name = any(:names::text[]);

-- name: remember_remote_name(remote_name, file_id)!
update cpr_file set remote_renamed_to = :remote_name where file_id = :file_id;

-- name: remember_local_name(local_name, file_id)!
update cpr_file set local_name = :local_name where file_id = :file_id;

-- name: remember_error_log(error_log, file_id)!
update cpr_file set error_log = :error_log where file_id = :file_id;

-- name: claim(run_id, file_id)!
-- From here on only this run may write for the file.
update cpr_file set run_id = :run_id, state = 'importing', refusal = null where file_id = :file_id;

-- name: describe(task_number, production_date, previous, file_id, run_id)!
-- What the file says of itself.
update cpr_file
set task_number = :task_number, production_date = :production_date, previous_production_date = :previous
where file_id = :file_id and run_id = :run_id;

-- name: still_owned(file_id, run_id)$
-- Holds the file for the rest of the transaction, if it is still this run's.
select true from cpr_file where file_id = :file_id and run_id = :run_id and state = 'importing' for share;

-- name: close(state, refusal, imported_at, file_id, run_id)!
update cpr_file
set state = :state, refusal = :refusal, imported_at = :imported_at
where file_id = :file_id and run_id = :run_id and state = 'importing';

-- name: forget_problems(file_id)!
delete from cpr_problem where file_id = :file_id;

-- name: add_outcomes(file_id, ordinals, contact_ids, outcomes, groups)!
-- Outcomes of an earlier attempt are kept: they say what the file did.
insert into cpr_outcome (file_id, ordinal, contact_id, outcome, groups)
select :file_id, ordinal, contact_id, outcome, string_to_array(groups, e'\x1f')
from unnest(:ordinals::integer[], :contact_ids::bigint[], :outcomes::text[], :groups::text[])
    as made (ordinal, contact_id, outcome, groups)
on conflict (file_id, ordinal) do nothing;

-- name: has_outcomes(file_id)$
-- Whether anything of the file was written.
select exists (select from cpr_outcome where file_id = :file_id);

-- name: link_problems(file_id, lines, ordinals)!
-- Whose the rejected records of these lines are.
update cpr_problem problem set ordinal = fault.ordinal
from unnest(:lines::bigint[], :ordinals::integer[]) as fault (line, ordinal)
where problem.file_id = :file_id and problem.ordinal is null and problem.line = fault.line;

-- name: outcome_counts(file_id)
select outcome, count(*) as persons from cpr_outcome where file_id = :file_id group by outcome;

-- name: problem_counts(file_id)
select severity, count(*) as problems from cpr_problem where file_id = :file_id group by severity;

-- name: outcomes_page(file_id, after, outcome, size)
select ordinal, contact_id, outcome, groups
from cpr_outcome
where file_id = :file_id and ordinal > :after::bigint and (:outcome::text is null or outcome = :outcome)
order by ordinal
limit :size;

-- name: problems_page(file_id, after, size)
select problem_id, severity, line, byte_offset, record_type, field, reason, ordinal
from cpr_problem
where file_id = :file_id and problem_id > :after
order by problem_id
limit :size;

-- name: outcome(file_id, ordinal)^
select ordinal, contact_id, outcome, groups from cpr_outcome where file_id = :file_id and ordinal = :ordinal;

-- name: problems_of_persons(file_ids, ordinals)
-- The problems with the records of some persons, each a place in a file.
select file_id, ordinal, problem_id, severity, line, byte_offset, record_type, field, reason
from cpr_problem join unnest(:file_ids::bigint[], :ordinals::integer[]) as person (file_id, ordinal) using (file_id, ordinal)
order by problem_id;

-- name: outcomes_of_contact(contact_id, file_id, ordinal, size)
-- What the imports say of one contact, and of those that turned out to be the same person, newest file first, after a place
-- in that order.
with recursive upward as (
    select contact_id, merged_into from contact where contact_id = :contact_id
    union
    select contact.contact_id, contact.merged_into from contact join upward on contact.contact_id = upward.merged_into
), same as (
    select contact_id from upward
    union
    select contact.contact_id from contact join same on contact.merged_into = same.contact_id
)
select outcome.contact_id, outcome.file_id, file.name, file.production_date, file.imported_at, outcome.ordinal,
       outcome.outcome, outcome.groups
from cpr_outcome outcome join cpr_file file using (file_id)
where outcome.contact_id in (select contact_id from same union select :contact_id::bigint)
  and (outcome.file_id, -outcome.ordinal) < (:file_id::bigint, -:ordinal::integer)
order by outcome.file_id desc, outcome.ordinal
limit :size;

-- name: release(file_id, run_id)!
-- An import that ended with an error gives the file back.
update cpr_file set state = 'fetched' where file_id = :file_id and run_id = :run_id and state = 'importing';

-- name: remember_purge(purged_at, file_id)!
update cpr_file set purged_at = :purged_at where file_id = :file_id;
