-- CPR Batch: runs that wait for a process, stop requests, progress, retries; scheduled work whose time may change.

update cpr_run set state = 'abandoned', finished_at = now() where state = 'running';  -- nothing runs during a migration

alter table cpr_run drop constraint cpr_run_state_check;
alter table cpr_run add constraint cpr_run_state_check
    check (state in ('waiting', 'running', 'finished', 'failed', 'stopped', 'abandoned'));

alter table cpr_run
    add column queued_at         timestamptz,                -- for an import that any process may take
    add column due_at            timestamptz,                -- not to be taken before
    add column attempt           integer not null default 1, -- of a queued import; the one before was abandoned
    add column outcome           text,                       -- what became of the file, for a queued import
    add column progress          jsonb,                      -- file, unit, done, total, since, at
    add column stop_requested_at timestamptz,
    add column retry_of          uuid references cpr_run,    -- the run whose work this one does again
    add column names             text[];                     -- the files a transfer was asked for; null: all

-- A file has one import at most, in whatever process. It is also the queue.
create unique index cpr_run_one_import on cpr_run (file_id) where kind = 'import' and state in ('waiting', 'running');

-- A heartbeat changes no indexed column, so that it is cheap.
drop index cpr_run_running;
create index cpr_run_active on cpr_run (state, queued_at) where state in ('waiting', 'running');
alter table cpr_run set (fillfactor = 70);

-- When a job's time came into force: a moment before that is not due.
create table job_schedule (
    job   text        primary key,
    at    time,                                              -- Danish wall time; null: not scheduled
    since timestamptz not null
);
