-- How fast the providers of CVR's data are asked by all replicas together. Worth nothing after a crash, so it is not logged.

create unlogged table register_pace (
    key          text        primary key,        -- provider and host
    next_slot    timestamptz not null,           -- when the next call may begin
    paused_until timestamptz                     -- the register asked for it
) with (fillfactor = 50);
