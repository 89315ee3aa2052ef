-- name: keep(number, kind, client, acting_user, purpose, case_reference, due_at)$
-- Keeps a call before it is made.
insert into cpr_open_call (number, kind, client, acting_user, purpose, case_reference, due_at)
values (:number, :kind, :client, :acting_user, :purpose, :case_reference, :due_at)
returning call_id;

-- name: drop_call(call_id)!
delete from cpr_open_call where call_id = :call_id;

-- name: drop_left_behind(number, now)!
delete from cpr_open_call
where number = :number and kind = 'import' and (failure is not null or due_at <= :now);

-- name: end_instead(call_id, now)!
update cpr_open_call set kind = 'unsubscribe', due_at = :now where call_id = :call_id;

-- name: is_being_imported(number)$
select exists (select from cpr_open_call where number = :number and kind = 'import');

-- name: is_of_use(number)$
-- Whether the number is a contact's current one, and subscribed or wished so.
select exists (
    select from contact_number as number
    join contact on contact.contact_id = number.contact_id and contact.name_code = number.number
    join source_record as source on source.contact_id = contact.contact_id and source.source = 'CPR'
    where number.name_type = 'C' and number.number = :number and (source.src_subscribed or source.subscribed));

-- name: claim(now, due_at, size)
-- Takes calls that stayed behind: their process is gone, or their time has come again.
update cpr_open_call set due_at = :due_at, attempts = attempts + 1, failure = null
where call_id in (
    select call_id from cpr_open_call where due_at <= :now order by due_at limit :size for update skip locked
)
returning call_id, number, kind, client, acting_user, purpose, case_reference, attempts;

-- name: put_off(call_id, due_at, failure)!
update cpr_open_call set due_at = :due_at, failure = :failure where call_id = :call_id;

-- name: keep_many(numbers, kind, client, acting_user, purpose, due_at)!
insert into cpr_open_call (number, kind, client, acting_user, purpose, due_at)
select number, :kind, :client, :acting_user, :purpose, :due_at from unnest(:numbers::text[]) as wanted (number);
