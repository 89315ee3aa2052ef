-- What became of the last update of each company and production unit.

create table cvrupdate_import (
    contact_id bigint      primary key references contact,
    logic_id   text,                                -- the provider's id of the unit
    failure    text,                                -- of the last attempt, without personal data; null: it went well
    reason     text,                                -- the same as a constant
    attempts   integer     not null default 0,      -- that failed, since the last that went well
    next_try   timestamptz,                         -- null: none, because it went well or was given up
    updated_at timestamptz,                         -- when it went well last
    changed_at timestamptz not null default now()
);

create index cvrupdate_import_failed on cvrupdate_import (contact_id) where failure is not null;

-- Days (Danish) on which the register will know something else of a contact, which is updated then. Beside the queue, because a task
-- that is done today must not take them with it.
create table cvrupdate_due (
    contact_id bigint not null references contact,
    due_on     date   not null,
    primary key (contact_id, due_on)
);

create index cvrupdate_due_on on cvrupdate_due (due_on);

create index service_queue_token on service_queue (token);
create index service_queue_failed on service_queue (task_id) where state = 'failed';

-- How CVR Update stands, over all its replicas.
create table cvrupdate_state (
    is_only          boolean     primary key default true check (is_only),
    paused_until     timestamptz,                   -- the provider is left alone until then
    pauses           integer     not null default 0,    -- one after the other, since it answered last
    pause_reason     text,                          -- a constant
    pause_failure    text,
    held_at          timestamptz,                   -- since when the brake holds everything; null: it does not
    let_pass_until   timestamptz,                   -- somebody let go the brake until then
    let_pass_by      text,
    counted_from     timestamptz not null default '-infinity',   -- what the brake counts, since then
    counted_updates  integer     not null default 0,
    counted_endings  integer     not null default 0,
    run_started_at   timestamptz,                   -- of the present or the last stretch of work
    run_ended_at     timestamptz,
    run_done         integer     not null default 0,
    run_changed      integer     not null default 0,
    run_failed       integer     not null default 0
);

insert into cvrupdate_state default values;

-- Work that is done again and again, about every so often, once over all replicas.
create table job_beat (
    job         text        primary key,
    started_at  timestamptz,
    finished_at timestamptz,                        -- null: under way, or its process is gone
    outcome     text        check (outcome in ('done', 'failed')),
    details     jsonb       not null default '{}',
    done_at     timestamptz,                        -- when it went well last
    asked_at    timestamptz                         -- somebody wants it at once; null: nobody
);

alter table scheduled_job
    add column default_every interval;              -- of work that is done again and again, in place of a time of day

alter table job_override
    add column every interval;                      -- the same; both null: off
