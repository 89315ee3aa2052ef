-- name: remember_unrenamed(remote_name, facts, file_id)!
insert into cpr_unrenamed (remote_name, facts, file_id)
values (:remote_name, :facts, :file_id)
on conflict (remote_name) do update set facts = excluded.facts, file_id = excluded.file_id;

-- name: forget_unrenamed(remote_name)!
delete from cpr_unrenamed where remote_name = :remote_name;

-- name: unrenamed(remote_name, facts)^
-- The file that was fetched under this name, if the server's list still says the same of it.
select cpr_file.* from cpr_unrenamed join cpr_file using (file_id)
where cpr_unrenamed.remote_name = :remote_name and cpr_unrenamed.facts = :facts;
