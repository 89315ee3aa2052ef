-- Configuration: what operators changed of the settings, when jobs run, and the counter by which services notice a change.

-- Its lock is held by whoever changes the configuration, so that changes are checked and made one at a time.
create table configuration_version (
    is_only boolean primary key default true check (is_only),
    version bigint  not null default 0
);

insert into configuration_version default values;

create table stored_setting (
    section    text        not null,           -- as subscriptions
    name       text        not null,           -- as delay_days
    value      jsonb,                          -- null: none, as of a time that is switched off
    changed_at timestamptz not null default now(),
    changed_by text        not null,
    primary key (section, name)
);

-- What a service was told at its start by its environment, so that no stored value counts for it.
create table fixed_setting (
    service  text not null,
    section  text not null,
    name     text not null,
    value    jsonb,
    fixed_by text not null,                    -- as the environment variable REGISTERBRO_SUBSCRIPTIONS__DELAY_DAYS
    primary key (service, section, name)
);

create table scheduled_job (
    job        text    not null,
    service    text    not null,               -- several may have the same job, which runs once for all of them
    default_at time,                           -- Danish; null where the time is a setting that operators change
    feature    text,                           -- it rests while this module is off; null: never
    fixed_by   text,                           -- what the service's environment sets the time with
    changed_in text,                           -- where the time is changed, if not with the other schedules
    is_needed  boolean not null,               -- may be moved, not switched off
    primary key (job, service)
);

create table job_override (
    job        text        primary key,
    at         time,                           -- Danish; null: off
    changed_at timestamptz not null default now(),
    changed_by text        not null
);

alter table contact_type
    add column text       text        not null default '',
    add column is_preset  boolean     not null default false,
    add column changed_at timestamptz not null default now(),
    add column changed_by text        not null default 'installation';

update contact_type set is_preset = true;
