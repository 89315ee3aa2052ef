-- Searching contacts from one field: which of those that an index finds are shown to whom.

create function is_subscribed_anywhere(whose bigint) returns boolean
language sql stable parallel safe as $$
    select exists (select from source_record where contact_id = whose and src_subscribed)
$$;

-- Whether a search by name or address may find a contact: not what is hidden from the caller, no tombstone, nothing that was filtered
-- out (null: no filter). In a form that the planner can put in place of a call.
create function is_findable(
    contact contact, sees_protected boolean, danish_day date, name_types text[], wants_ended boolean, wants_subscribed boolean
) returns boolean
language sql stable parallel safe as $$
    select contact.merged_into is null
        and (name_types is null or contact.name_type = any(name_types))
        and (wants_ended is null or wants_ended = coalesce(contact.end_date <= danish_day, false))
        and (sees_protected or not is_contact_protected(contact, danish_day))
        and (wants_subscribed is null or wants_subscribed = is_subscribed_anywhere(contact.contact_id))
$$;
