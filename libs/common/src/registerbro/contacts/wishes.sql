-- name: set_wishes(ids, wishes, source, keeps)
-- What is the same already, or is kept, is left alone; gives the contacts whose wish is another now.
update source_record as stored set subscribed = wished.wish
from unnest(:ids::bigint[], :wishes::boolean[]) as wished (contact_id, wish)
where stored.contact_id = wished.contact_id and stored.source = :source
  and stored.subscribed is distinct from wished.wish and (stored.subscribed is null or not :keeps)
returning stored.contact_id;
