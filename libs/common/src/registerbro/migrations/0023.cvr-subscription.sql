-- Companies and production units kept up to date: how far their changes were read, and which are subscribed.

create table cvrupdate_setting (
    is_only                  boolean primary key default true check (is_only),
    agent_active_tasks_token uuid,                  -- tasks of another token are obsolete; null: never synchronised
    provider                 text,                  -- whose events are read, with which configuration; ids of another one's are void
    position                 text,                  -- where reading goes on, as the provider's feed has it
    events_synchronised_at   timestamptz,           -- events before it were read
    fully_synchronised_at    timestamptz
);

insert into cvrupdate_setting default values;

create table cvrupdate_subscription (
    contact_id    bigint      primary key references contact,
    provider      text        not null,
    object_id     text,                             -- the provider's id of the unit; null: not looked up yet
    state         text        not null check (state in ('wanted', 'subscribed', 'ending')),
    attempts      integer     not null default 0,
    failure       text,                             -- of the last attempt, without personal data
    due_at        timestamptz not null default now(),
    leased_by     text,
    leased_until  timestamptz,
    subscribed_at timestamptz,
    check (state <> 'subscribed' or object_id is not null)
);

create index cvrupdate_subscription_object on cvrupdate_subscription (object_id);
create index cvrupdate_subscription_due on cvrupdate_subscription (due_at, contact_id) where state <> 'subscribed';
