-- name: forget_authorities()!
-- The table is replaced as a whole: the register delivers all authorities, closed ones included.
delete from cpr_authority;

-- name: list_authorities()
select authority_code, valid_from, valid_to, authority_type, name
from cpr_authority
order by authority_code, valid_from;

-- name: list_authority(authority_code)
select authority_code, valid_from, valid_to, authority_type, name
from cpr_authority
where authority_code = :authority_code
order by valid_from;
