-- Contacts that were erased for good: which, when, by whom and why, and the keyed hashes of their numbers, so that nothing
-- brings them back. Nothing here says who they were.

create table erased_contact (
    contact_id     bigint      primary key,        -- there is no such contact any more, and none gets this id again
    version        integer     not null,           -- the version that the contact would have next
    erased_at      timestamptz not null,
    erased_by      text        not null,
    acting_user    text,
    reason         text        not null,           -- a code, no text: a text might name the person
    case_reference text,
    finished_at    timestamptz,                    -- when the traces in other contacts' records were removed
    lifted_at      timestamptz,                    -- since then the person may be imported again
    lifted_by      text,
    lifted_for     text,                           -- the reason's code
    check ((lifted_at is null) = (lifted_by is null) and (lifted_at is null) = (lifted_for is null))
);

create index erased_contact_unfinished on erased_contact (contact_id) where finished_at is null;

create table erased_number (
    number_hash bytea  primary key,                -- HMAC-SHA-256 of type and number with the audit log's key
    contact_id  bigint not null references erased_contact
);

create index erased_number_contact on erased_number (contact_id);
