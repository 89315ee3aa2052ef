-- What the services are told (switches, sources, secrets), what they did (jobs) and who asked (audit).

create table feature_setting (
    feature    text        primary key,        -- CPR, CVR, CVR Update
    enabled    boolean     not null default false,
    changed_at timestamptz not null default now(),
    changed_by text        not null default 'installation'
);

insert into feature_setting (feature) values ('CPR'), ('CVR'), ('CVR Update');

create table external_source (
    source       text        primary key,      -- CPR, CVR-J
    parameters   text        not null default '',  -- the vendor's parameter string, without a password
    record_types text[],                       -- what the agreement with CPR delivers; null: all
    changed_at   timestamptz not null default now(),
    changed_by   text        not null default 'installation'
);

insert into external_source (source) values ('CPR'), ('CVR-J');

create table stored_secret (
    name       text        primary key,
    ciphertext bytea       not null,           -- Fernet token; the key stands in the environment
    changed_at timestamptz not null default now()
);

create table oauth2_client (
    client_id   text        primary key check (client_id !~ '\s'),
    name        text        not null,
    enabled     boolean     not null default true,
    secret_hash text,
    scopes      text[]      not null default '{}',
    acts_as     text,
    created_at  timestamptz not null default now()
);

create table job_run (
    job         text        not null,
    danish_date date        not null,
    attempts    integer     not null default 1,
    started_at  timestamptz not null default now(),
    finished_at timestamptz,
    outcome     text        check (outcome in ('done', 'failed')),
    details     jsonb       not null default '{}',
    primary key (job, danish_date)
);

create table audit_log (
    audit_id       uuid        not null,
    audit_day      date        not null,
    stage          text        not null check (stage in ('asked', 'delivered', 'imported')),
    at             timestamptz not null default now(),
    client         text        not null,
    acting_user    text,
    service        text        not null,
    action         text        not null,
    purpose        text        not null,
    case_reference text,
    number_hash    bytea,                      -- keyed hash of the number that was asked for
    contact_ids    bigint[]    not null default '{}',
    fields         text[]      not null default '{}',
    primary key (audit_day, audit_id, stage)
) partition by range (audit_day);

create index audit_log_number on audit_log (number_hash, at);
create index audit_log_contacts on audit_log using gin (contact_ids);

-- Partitions of one range-partitioned table, from its first day on, one a day or a month. Idempotent.
create function ensure_partitions(parent regclass, step interval, first date, last date) returns integer
language plpgsql as $$
declare
    made  integer := 0;
    lower date := date_trunc(case when step = interval '1 month' then 'month' else 'day' end, first)::date;
    upper date;
    child text;
begin
    while lower <= last loop
        upper := (lower + step)::date;
        child := format('%s_%s', parent::text, to_char(lower, 'YYYYMMDD'));
        if to_regclass(child) is null then
            execute format('create table if not exists %I partition of %s for values from (%L) to (%L)', child, parent, lower, upper);
            made := made + 1;
        end if;
        lower := upper;
    end loop;
    return made;
end
$$;
