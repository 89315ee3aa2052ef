-- What became of the last update of each company and production unit.

create table cvrupdate_import (
    contact_id bigint      primary key references contact,
    logic_id   text,                                -- the provider's id of the unit
    failure    text,                                -- of the last attempt, without personal data; null: it went well
    attempts   integer     not null default 0,      -- that failed, since the last that went well
    next_try   timestamptz,                         -- null: none, because it went well or was given up
    updated_at timestamptz,                         -- when it went well last
    changed_at timestamptz not null default now()
);

create index cvrupdate_import_failed on cvrupdate_import (next_try) where failure is not null;
