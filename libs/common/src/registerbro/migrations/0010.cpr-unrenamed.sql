-- Files that were fetched and keep their name on the server, which refused to rename them: only the renaming is tried again.

create table cpr_unrenamed (
    remote_name text   primary key,
    facts       text   not null,                     -- size and last change in the words of the server's list
    file_id     bigint not null references cpr_file
);

create index cpr_unrenamed_file on cpr_unrenamed (file_id);
