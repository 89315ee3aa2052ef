-- name: mark()$
select mark from cpr_order_mark;

-- name: new_ids(count)
select nextval(pg_get_serial_sequence('cpr_order', 'order_id')) as order_id from generate_series(1, :count::integer);

-- name: asked_for(ids)
-- Each contact that is asked for, as the one that it is now, and what of it matters for an order.
select asked.contact_id as asked_id, present.contact_id, present.name_type, present.name_code,
       source.contact_id is not null as is_imported
from unnest(:ids::bigint[]) with ordinality as asked (contact_id, place)
left join contact as past on past.contact_id = asked.contact_id
left join contact as present on present.contact_id = coalesce(past.merged_into, past.contact_id)
left join source_record as source on source.contact_id = present.contact_id and source.source = 'CPR'
order by asked.place;

-- name: lock_contacts(ids)
-- In the order of their ids; keeps two who order for the same contact from each other, and lets pass who refers to it.
select contact_id from contact where contact_id = any(:ids::bigint[]) order by contact_id for no key update;

-- name: open_orders(ids)
-- Open orders of these contacts and of those that were merged into them.
select asked.order_id, asked.kind, asked.state, coalesce(past.merged_into, past.contact_id) as contact_id
from cpr_order as asked join contact as past using (contact_id)
where asked.state in ('waiting', 'written', 'uploaded')
  and (asked.contact_id = any(:ids::bigint[])
       or asked.contact_id in (select contact_id from contact where merged_into = any(:ids::bigint[])));

-- name: add(order_ids, contact_ids, key_constants, kind, from_wish, gap_id, requested_at, requested_by)!
insert into cpr_order (order_id, contact_id, key_constant, kind, from_wish, gap_id, requested_at, requested_by)
select order_id, contact_id, key_constant, :kind, :from_wish, :gap_id, :requested_at, :requested_by
from unnest(:order_ids::bigint[], :contact_ids::bigint[], :key_constants::text[])
     as new (order_id, contact_id, key_constant);

-- name: withdraw_waiting(order_ids, reason, now)!
update cpr_order set state = 'withdrawn', answer_text = :reason, answered_at = :now
where order_id = any(:order_ids::bigint[]) and state = 'waiting';

-- name: withdraw(order_id, reason, now)$
-- One that waits, or whose answer is overdue.
update cpr_order set state = 'withdrawn', answer_text = :reason, answered_at = :now
where order_id = :order_id and (state = 'waiting' or (state = 'uploaded' and answer_due_at < :now))
returning order_id;

-- name: wished(wish, kind, after, size)
-- Contacts whose wish is this one and whose subscription is the other, and that need a new order: none is open, and the
-- last one was not rejected.
select source.contact_id
from source_record as source join contact using (contact_id)
where source.source = 'CPR' and source.subscribed <> source.src_subscribed and source.subscribed = :wish
  and contact.merged_into is null and contact.name_code is not null and contact.contact_id > :after
  and not exists (
      select from cpr_order as asked
      where asked.contact_id = contact.contact_id and asked.kind = :kind
        and asked.state in ('waiting', 'written', 'uploaded'))
  and coalesce((
      select asked.state <> 'rejected' or asked.kind <> :kind from cpr_order as asked
      where asked.contact_id = contact.contact_id and asked.kind in ('subscribe', 'unsubscribe')
        and asked.state <> 'withdrawn'
      order by asked.order_id desc limit 1), true)
order by source.contact_id
limit :size;

-- name: withdraw_turned(reason, now)$
-- Orders that wait and were made of a wish which is no longer so, or no longer needs one.
with turned as (
    update cpr_order as asked set state = 'withdrawn', answer_text = :reason, answered_at = :now
    where asked.state = 'waiting' and asked.from_wish and not exists (
        select from contact as past
        join source_record as source on source.contact_id = coalesce(past.merged_into, past.contact_id)
        where past.contact_id = asked.contact_id and source.source = 'CPR'
          and source.subscribed = (asked.kind = 'subscribe') and source.subscribed <> source.src_subscribed)
    returning order_id
)
select count(*) from turned;

-- name: page(before, size, states, kind, contact_id, is_overdue, now)
-- Newest first; a contact's are also those of contacts that were merged into it.
select asked.order_id, asked.kind, coalesce(past.merged_into, past.contact_id) as contact_id, asked.key_constant,
       asked.state, asked.from_wish, asked.gap_id, asked.requested_at, asked.requested_by, asked.input_file_id,
       file.name as input_file, file.run_date, asked.answer_due_at, asked.answered_at, asked.answer_number,
       asked.answer_text, asked.answer_file_id,
       coalesce(asked.state = 'uploaded' and asked.answer_due_at < :now, false) as is_overdue
from cpr_order as asked
join contact as past on past.contact_id = asked.contact_id
left join cpr_input_file as file using (input_file_id)
where asked.order_id < :before
  and (:states::text[] is null or asked.state = any(:states::text[]))
  and (:kind::text is null or asked.kind = :kind)
  and (:contact_id::bigint is null or asked.contact_id = :contact_id or past.merged_into = :contact_id)
  and (:is_overdue::boolean is null
       or coalesce(asked.state = 'uploaded' and asked.answer_due_at < :now, false) = :is_overdue)
order by asked.order_id desc
limit :size;

-- name: waiting_count()$
select count(*) from cpr_order where state = 'waiting';

-- name: lines_to_write()
-- What waits, with the number that each contact has now; locked until it is written.
select asked.order_id, asked.kind, asked.key_constant, present.contact_id, present.name_code
from cpr_order as asked
join contact as past on past.contact_id = asked.contact_id
join contact as present on present.contact_id = coalesce(past.merged_into, past.contact_id)
where asked.state = 'waiting'
order by asked.order_id
for update of asked;

-- name: file_of_day(task_number, run_date)^
select * from cpr_input_file where task_number = :task_number and run_date = :run_date;

-- name: unfinished_files()
select * from cpr_input_file where state = 'written' order by run_date, input_file_id;

-- name: add_file(name, task_number, run_date, lines, sha256, content, written_at, written_by)^
insert into cpr_input_file (name, task_number, run_date, lines, sha256, content, written_at, written_by)
values (:name, :task_number, :run_date, :lines, :sha256, :content, :written_at, :written_by)
returning *;

-- name: put_into_file(order_ids, numbers, input_file_id)!
update cpr_order set state = 'written', number = line.number, input_file_id = :input_file_id
from unnest(:order_ids::bigint[], :numbers::text[]) as line (order_id, number)
where cpr_order.order_id = line.order_id;

-- name: begin_upload(input_file_id, now)!
update cpr_input_file set upload_begun_at = coalesce(upload_begun_at, :now), failure = null
where input_file_id = :input_file_id;

-- name: note_failure(input_file_id, failure, is_certain)!
-- A refusal says for certain that the server has nothing of it.
update cpr_input_file
set failure = :failure, upload_begun_at = case when :is_certain then null else upload_begun_at end
where input_file_id = :input_file_id;

-- name: uploaded(input_file_id, now, answer_due_at)^
with orders as (
    update cpr_order set state = 'uploaded', answer_due_at = :answer_due_at
    where input_file_id = :input_file_id and state = 'written'
)
update cpr_input_file set state = 'uploaded', uploaded_at = :now, content = null, failure = null
where input_file_id = :input_file_id
returning *;

-- name: missed(input_file_id)!
-- Its day has passed without it: its orders wait again.
with orders as (
    update cpr_order set state = 'waiting', number = null, input_file_id = null
    where input_file_id = :input_file_id and state = 'written'
)
update cpr_input_file set state = 'missed', content = null where input_file_id = :input_file_id;

-- name: files_page(before, size)
select * from cpr_input_file where input_file_id < :before order by input_file_id desc limit :size;

-- name: answered(key_constants, kinds, outcomes, error_numbers, error_texts, file_id, now)
-- What is confirmed stays so; what was rejected is confirmed if CPR says that, too. Gives the constants that are known.
with said as (
    select key_constant, kinds, outcome, error_number, error_text
    from unnest(:key_constants::text[], :kinds::text[], :outcomes::text[], :error_numbers::text[], :error_texts::text[])
         as said (key_constant, kinds, outcome, error_number, error_text)
), taken as (
    update cpr_order as asked
    set state = said.outcome, answered_at = :now, answer_number = said.error_number, answer_text = said.error_text,
        answer_file_id = :file_id
    from said
    where asked.key_constant = said.key_constant and asked.kind = any(string_to_array(said.kinds, ' '))
      and asked.state <> 'waiting' and asked.state <> 'confirmed' and asked.state <> said.outcome
    returning asked.key_constant
)
select asked.key_constant, taken.key_constant is not null as is_taken
from cpr_order as asked join said using (key_constant) left join taken using (key_constant);

-- name: answered_by(file_id)
select state, count(*) as orders from cpr_order where answer_file_id = :file_id group by state;

-- name: delivered(contact_ids, produced, file_id, now)!
-- Orders for a status extract of persons that one of the day of their file, or later, delivers.
update cpr_order as asked
set state = 'confirmed', answered_at = :now, answer_file_id = :file_id
from cpr_input_file as file, contact as past
where asked.kind = 'status-list' and asked.state in ('written', 'uploaded')
  and file.input_file_id = asked.input_file_id and file.run_date <= :produced
  and past.contact_id = asked.contact_id
  and coalesce(past.merged_into, past.contact_id) = any(:contact_ids::bigint[]);
