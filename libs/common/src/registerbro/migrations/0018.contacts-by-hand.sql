-- Contacts made by hand: numbers that a contact type counts itself, and the register's first word on a contact.

create table contact_type_counter (
    name_type text   primary key references contact_type on delete cascade,
    counted   bigint not null check (counted > 0) -- the last number that was given out
);

-- A contact's first version has no row in contact_version, so that its times would be lost with the first change. Null in
-- contacts that are older than these columns, and in placeholders.
alter table contact
    add column first_stored_at     timestamptz,
    add column first_register_date date;
comment on column contact.first_stored_at is 'when the first version was stored; null: as created_at says';
comment on column contact.first_register_date is
    'register date of the delivery that made the first version; null: made by hand, or not known';
