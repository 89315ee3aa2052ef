-- name: forget_authorities()!
-- The table is replaced as a whole: the register delivers all authorities, closed ones included.
delete from cpr_authority;

-- name: list_authorities()
select authority_code, valid_from, valid_to, authority_type, name
from cpr_authority
order by authority_code, valid_from;
