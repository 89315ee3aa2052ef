-- Companies and production units: which contact types are CVR's, what placeholders of them are called, and a flag of theirs.

-- The register that gives the numbers of a contact type: CVR where its validation is one of CVR's, own types included.
create function register_of(name_type text) returns text
language sql stable parallel safe as $$
    select case when exists (select from contact_type as type where type.name_type = $1 and type.validation like 'CVR (%')
                then 'CVR-J' else 'CPR' end
$$;

-- What a contact is called of which only the number is known; the number follows.
create function called_by_number(name_type text) returns text
language sql stable parallel safe as $$
    select coalesce((
        select case type.validation when 'CVR (Legal Units)' then 'Virksomhed med CVR-nr. '
                                    when 'CVR (Production Units)' then 'Produktionsenhed med P-nr. ' end
        from contact_type as type where type.name_type = $1), 'Person med cprnr ')
$$;

create or replace function shown_name1(contact contact) returns text
language sql stable parallel safe as $$
    select case when is_named_by_number(contact) then called_by_number(contact.name_type) || contact.name_code
                else contact.name1 end
$$;

-- Whether a company or production unit may be approached with advertisements (CVR law, section 19): true if not, null if no
-- source has told.
create function is_advertising_protected(contact contact) returns boolean
language sql immutable parallel safe as $$
    select case contact.info -> 'Reklamebeskyttet' ->> 0 when 'ja' then true when 'nej' then false end
$$;
