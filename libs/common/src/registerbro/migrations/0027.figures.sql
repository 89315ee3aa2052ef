-- What went on in each minute and what waited at its end, for charts of the last days. Nothing in it is about anybody.

create table figure_minute (
    minute                timestamptz primary key,      -- its begin
    events_sent           integer,                      -- counted in it, once it is over; null: not counted (yet)
    persons_online        integer,
    persons_by_file       integer,                      -- of files whose import ended in it
    units_online          integer,
    cvr_updates           integer,
    cvr_inquiries         integer,
    cpr_calls_total       bigint,                       -- all that are known until then: the difference is what was called since
    outbox                integer,                      -- looked at; null: nobody did
    deliveries            integer,
    dead_letters          integer,
    cvr_queue             integer,
    cpr_subscriptions     integer,
    files                 integer
);

create index cpr_run_ended on cpr_run (kind, finished_at) where finished_at is not null;
