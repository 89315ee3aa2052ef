-- Reading contacts over OData: who is protected, by what name contacts are shown and found, the indexes for it, and the service queue.

create function has_protection_in_force(protections jsonb, danish_day date) returns boolean
language sql stable parallel safe as $$
    select exists (
        select from jsonb_array_elements(protections) as protection
        where protection ->> 'kind' = '0001'
          and coalesce((protection ->> 'start')::date <= danish_day, true)
          and coalesce((protection ->> 'end')::date >= danish_day, true))
$$;

-- As before, in a form that the planner can put in place of a call: most contacts have no protection to look at.
create or replace function is_protected(protections jsonb, info jsonb, danish_day date) returns boolean
language sql stable parallel safe as $$
    select coalesce(info -> 'Status' ?| array['03', '07'], false)
        or (protections <> '[]' and has_protection_in_force(protections, danish_day))
$$;

create function is_relative_protected(survivor_id bigint, named_after_id bigint, danish_day date) returns boolean
language sql stable parallel safe as $$
    select exists (
        select from contact as relative left join contact as survivor on survivor.contact_id = relative.merged_into
        where relative.contact_id in (survivor_id, named_after_id)
          and (is_protected(relative.protections, relative.info, danish_day)
               or coalesce(is_protected(survivor.protections, survivor.info, danish_day), false)))
$$;

-- Whether name and address of a contact are hidden on a Danish day: for its own sake, because the contact that it was merged
-- into is protected, or because it is a person without a number who is named after a protected one.
create function is_contact_protected(contact contact, danish_day date) returns boolean
language sql stable parallel safe as $$
    select is_protected(contact.protections, contact.info, danish_day)
        or ((contact.merged_into is not null or contact.owner_id is not null)
            and is_relative_protected(contact.merged_into, contact.owner_id, danish_day))
$$;

-- The names that contacts are shown by. A placeholder and a person without a number are named after a CPR number, which is
-- stored nowhere else than as a number.
create function is_named_by_number(contact contact) returns boolean
language sql immutable parallel safe as $$
    select contact.is_placeholder and contact.name_code is not null and contact.name1 = '' and contact.name2 = ''
$$;

create function owner_number(contact contact) returns text
language sql stable parallel safe as $$
    select name_code from contact as owner where owner.contact_id = $1.owner_id
$$;

create function shown_name1(contact contact) returns text
language sql stable parallel safe as $$
    select case when is_named_by_number(contact) then 'Person med cprnr ' || contact.name_code else contact.name1 end
$$;

create function shown_name2(contact contact) returns text
language sql stable parallel safe as $$
    select case when is_named_by_number(contact) then '- ikke importeret'
                when contact.owner_id is null then contact.name2
                else coalesce(contact.owner_role || ' til ' || owner_number(contact), contact.name2) end
$$;

create function shown_text(contact contact) returns text
language sql stable parallel safe as $$
    select case when contact.owner_id is null or is_named_by_number(contact) or owner_number(contact) is null then contact.text
                else 'Person fra CPR uden cprnr' end
$$;

-- Bodies in this form keep hold of what they call, wherever they are run; an index needs that.
-- Text as it is searched, in any case and with or without accents; æ, ø and å as the sort key has them.
create function searchable(text text) returns text
language sql immutable parallel safe
return regexp_replace(
        normalize(translate(replace(replace(lower(text collate "pg_c_utf8"), 'aa', 'å'), 'ß', 'ss'), 'æäøöåüðđ', '{{||}ydd'), NFKD),
        '[\u0300-\u036f]', '', 'g');

-- What stands between words: ASCII that is neither letter nor digit, but for the three that stand for æ, ø and å.
create function search_words(text text) returns text[]
language sql immutable parallel safe
return array_remove(
        regexp_split_to_array(left(searchable(text), 1000) collate "C", '[\u0001-\u002f\u003a-\u0060\u007e-\u00bf]+'), '');

create function search_vector(text text) returns tsvector
language sql immutable parallel safe
return array_to_tsvector(search_words(text));

-- Finds texts in which each of these words stands, or a longer one that begins like it.
create function search_query(text text) returns tsquery
language sql immutable parallel safe
return (select string_agg('''' || word || ''':*', ' & ')::tsquery from unnest(search_words(text)) as word);

create index contact_name1_folded on contact ((lower(name1 collate "pg_c_utf8") collate "C")) where name1 <> '';
create index contact_name2_folded on contact ((lower(name2 collate "pg_c_utf8") collate "C")) where name2 <> '';
create index contact_search on contact using gin (search_vector(name1 || ' ' || name2));
create index address_search on address using gin (search_vector(address1 || ' ' || address2 || ' ' || postcode || ' ' || post_district))
    where address_type <> 'CPRADR';
create index address_postcode on address (postcode, address1 text_pattern_ops) where postcode <> '';

-- Updates of companies and production units that wait or failed: one task per contact.
create table service_queue (
    task_id      bigint      generated by default as identity primary key,
    contact_id   bigint      not null unique references contact,
    token        uuid        not null,                  -- of the synchronisation that asked for it; an older one's tasks are obsolete
    generation   bigint      not null default 1,        -- counted up when a change arrives while the task is under way
    state        text        not null default 'waiting' check (state in ('waiting', 'running', 'failed')),
    attempts     integer     not null default 0,
    failure      text,                                  -- of the last attempt, without personal data
    queued_at    timestamptz not null default now(),
    due_at       timestamptz not null default now(),
    leased_by    text,
    leased_until timestamptz,
    check ((leased_by is null) = (leased_until is null)),
    check ((state = 'running') = (leased_until is not null))
);

create index service_queue_due on service_queue (due_at, task_id) where state <> 'failed';
