-- name: reserve(key, slots, interval, longest_wait)^
-- Reserves the next slots for a key, if the first of them comes soon enough: how long to wait for it. No row: it would not.
insert into register_pace as pace (key, next_slot)
values (:key, clock_timestamp() + :slots::int * :interval::interval)
on conflict (key) do update
    set next_slot = greatest(pace.next_slot, pace.paused_until, clock_timestamp()) + :slots::int * :interval::interval
    where greatest(pace.next_slot, pace.paused_until, clock_timestamp()) <= clock_timestamp() + :longest_wait::interval
returning greatest(next_slot - :slots::int * :interval::interval - clock_timestamp(), interval '0') as wait;

-- name: look(key)^
-- How long the next slot, and the end of a pause, are away.
select greatest(next_slot - clock_timestamp(), interval '0') as slot,
       greatest(coalesce(paused_until, clock_timestamp()) - clock_timestamp(), interval '0') as pause
from register_pace
where key = :key;

-- name: pause(key, length)!
-- Nobody calls for a while, as the register wishes; a longer pause that was set before stays.
insert into register_pace as pace (key, next_slot, paused_until)
values (:key, clock_timestamp(), clock_timestamp() + :length::interval)
on conflict (key) do update
    set paused_until = greatest(pace.paused_until, excluded.paused_until);
