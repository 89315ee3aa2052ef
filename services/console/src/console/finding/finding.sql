-- Which contacts fit. Each statement looks at no more than ``most`` rows that an index finds, and answers with one row: the ids in
-- the order of names, and how many rows it looked at. What is hidden from the caller is left out before anything is compared.

-- name: prepare()^
-- The statements are made for their indexes: of a word that it takes for frequent the planner would read a table through.
select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true),
       set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true);

-- name: by_number(numbers, day, name_types, is_ended, is_subscribed)^
-- By number, also a former one: numbers are shown to everybody, names of protected persons are not.
select coalesce(array_agg(contact_id order by sort_key, contact_id), '{}') as ids, count(*) as looked_at
from contact
where contact_id = any(array(select contact_id from contact_number
                             where number = any(:numbers::text[]) and name_type = any(array(select name_type from contact_type))))
  and is_findable(contact, true, :day, :name_types::text[], :is_ended::boolean, :is_subscribed::boolean);

-- name: by_beginning(beginning, end, sees_protected, day, name_types, is_ended, is_subscribed, most)^
-- Whose sort name begins so, as far as the order of names was read.
select coalesce(array_agg(contact_id order by sort_key, contact_id) filter (where fits), '{}') as ids, count(*) as looked_at
from (select contact_id, sort_key, is_findable(contact, :sees_protected, :day, :name_types::text[], :is_ended::boolean, :is_subscribed::boolean) as fits
      from contact
      where sort_key >= :beginning and (:end = '' or sort_key < :end)
      order by sort_key, contact_id limit :most) as seen;

-- name: by_name(words, sees_protected, day, name_types, is_ended, is_subscribed, most)^
-- In whose names all of the words stand, each from its beginning.
select coalesce(array_agg(contact_id order by sort_key, contact_id) filter (where fits), '{}') as ids, count(*) as looked_at
from (select contact_id, sort_key, is_findable(contact, :sees_protected, :day, :name_types::text[], :is_ended::boolean, :is_subscribed::boolean) as fits
      from contact
      where search_vector(name1 || ' ' || name2) @@ search_query(:words)
      limit :most) as seen;

-- name: by_address(words, sees_protected, day, name_types, is_ended, is_subscribed, most)^
-- In one of whose present addresses all of the words stand.
select coalesce(array_agg(contact_id order by sort_key, contact_id) filter (where fits), '{}') as ids,
       coalesce(max(addresses), 0)::bigint as looked_at
from (select contact.contact_id, contact.sort_key, homes.addresses,
             is_findable(contact, :sees_protected, :day, :name_types::text[], :is_ended::boolean, :is_subscribed::boolean) as fits
      from (select contact_id, sum(count(*)) over () as addresses
            from (select contact_id from address
                  where search_vector(address1 || ' ' || address2 || ' ' || postcode || ' ' || post_district) @@ search_query(:words)
                    and address_type <> 'CPRADR'
                  limit :most) as found
            group by contact_id) as homes
      join contact on contact.contact_id = homes.contact_id) as seen;

-- name: having_name(ids, words)^
-- Those of some contacts in whose names all of the words stand.
select coalesce(array_agg(contact_id order by sort_key, contact_id), '{}') as ids
from contact
where contact_id = any(:ids::bigint[]) and search_vector(name1 || ' ' || name2) @@ search_query(:words);

-- name: having_address(ids, words)^
-- Those of some contacts in one of whose present addresses all of the words stand. Of addresses alone the two indexes are put together.
select coalesce(array_agg(contact_id order by sort_key, contact_id), '{}') as ids
from contact
where contact_id = any(array(
    select contact_id from address
    where contact_id = any(:ids::bigint[]) and address_type <> 'CPRADR'
      and search_vector(address1 || ' ' || address2 || ' ' || postcode || ' ' || post_district) @@ search_query(:words)));

-- name: shown(ids, sees_protected, day)
-- Contacts as a list shows them, in the order of their ids' places; what is hidden is null.
select contact.contact_id, contact.name_type, contact.name_code,
       case when hidden then null else shown_name1(contact) end as name1,
       case when hidden then null else shown_name2(contact) end as name2,
       contact.start_date, contact.end_date, contact.is_placeholder, protection.is_protected,
       case when not hidden and home.address_id is not null
            then json_build_object('address1', home.address1, 'address2', home.address2, 'postcode', home.postcode, 'post_district', home.post_district)::text
       end as address,
       (select bool_or(src_subscribed) from source_record where source_record.contact_id = contact.contact_id) as is_subscribed
from unnest(:ids::bigint[]) with ordinality as wanted (contact_id, place)
join contact on contact.contact_id = wanted.contact_id
cross join lateral (select is_contact_protected(contact, :day) as is_protected) as protection
cross join lateral (select protection.is_protected and not :sees_protected as hidden) as sight
left join address as home on home.contact_id = contact.contact_id and home.address_type = 'HA'
order by wanted.place;
