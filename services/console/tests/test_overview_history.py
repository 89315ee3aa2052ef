"""Figures of the last hours: every minute is counted once, whatever was down; queues are looked at; the answer in equal parts."""

import datetime as dt
import itertools
import uuid
from typing import Any

from console.overview import figures
from registerbro import recurring
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.bus import outbox
from registerbro.database import Pool
from registerbro.events import ContactUpdated, CvrUpdateApplied, Event, EventData
from registerbro.settings import Settings

from tests.support.console_watching import watching
from tests.test_cvr_query_plans import most_rows

MINUTE = dt.timedelta(minutes=1)
START = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
KEPT = dt.timedelta(days=14)
UPDATED = ContactUpdated(7, 2, ("name",))


def at(minutes: float) -> dt.datetime:
    return START + minutes * MINUTE


def event(data: EventData, minutes: float) -> Event:
    moment = at(minutes)
    random = uuid.uuid4().int & (1 << 76) - 1
    return Event(
        data, id=uuid.UUID(int=int(moment.timestamp() * 1000) << 80 | 0x7 << 76 | random), time=moment
    )


async def send(pool: Pool, *minutes: float, data: EventData = UPDATED) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, [event(data, each) for each in minutes])


async def counted(pool: Pool, column: str = "events_sent") -> dict[float, int]:
    rows = await pool.fetch(
        f"select minute, {column} as value from figure_minute where {column} > 0 order by minute"
    )
    return {(row["minute"] - START) / MINUTE: row["value"] for row in rows}


async def run(pool: Pool, minutes: float) -> dict[str, Any]:
    """One run of the job, at that time."""
    job = figures.job(pool, kept=KEPT)
    assert await job.run_now(pool, now=lambda: at(minutes)) == "done"
    beat = await recurring.beat(pool, figures.JOB)
    assert beat
    return dict(beat.details)


async def test_each_minute_is_counted_once_it_is_over_and_also_those_in_which_nothing_ran(pool: Pool) -> None:
    await send(pool, 0, 0.999, 1, 1.5, 4.99, 5)
    await send(pool, 1.2, data=CvrUpdateApplied(8, 3, ("name",)))
    assert (await run(pool, 2.5))["minutes_counted"] == 24 * 60, "a day back, at first"
    assert await counted(pool) == {0: 2}, "minute 1 ended half a minute ago: its transactions may be open"
    assert (await run(pool, 2.9))["minutes_counted"] == 0
    assert (await run(pool, 3.1))["minutes_counted"] == 1
    assert await counted(pool) == {0: 2, 1: 3}
    await send(pool, 1.9)
    assert (await run(pool, 7))["minutes_counted"] == 4, "nothing ran meanwhile"
    assert await counted(pool) == {0: 2, 1: 3, 4: 1, 5: 1}, "a minute is counted once"
    assert await counted(pool, "cvr_updates") == {1: 1}
    assert (await run(pool, 3 * 24 * 60))["minutes_counted"] == 24 * 60, "a day back at most, after an outage"


async def test_imports_and_inquiries_are_counted_where_they_were_logged(pool: Pool) -> None:
    await pool.execute(
        """insert into audit_log (audit_id, audit_day, stage, at, client, service, action, purpose)
           select gen_random_uuid(), $1::date, stage, $1::timestamptz + minutes * interval '1 minute', 'x', service, 'x', 'x'
           from (values ('cpr-direct', 'asked', 0), ('cpr-direct', 'imported', 0), ('cpr-direct', 'imported', 1.5),
                        ('cvr-online', 'asked', 1), ('cvr-online', 'asked', 1.9), ('cvr-online', 'imported', 1.9),
                        ('console', 'delivered', 1)) as told (service, stage, minutes)""",
        START,
    )  # fmt: skip
    await pool.execute(
        """insert into cpr_run (run_id, kind, state, finished_at, counts)
           select gen_random_uuid(), kind, state, $1::timestamptz + interval '90 seconds', '{"persons": 300, "changed": 20}'
           from (values ('import', 'finished'), ('import', 'finished'), ('import', 'failed'), ('dry-run', 'finished')) as told (kind, state)""",
        START,
    )  # fmt: skip
    await run(pool, 3)
    assert await counted(pool, "persons_online") == {0: 1, 1: 1}
    assert await counted(pool, "units_online") == {1: 1}
    assert await counted(pool, "cvr_inquiries") == {1: 2}
    assert await counted(pool, "persons_by_file") == {1: 600}


async def test_queues_are_looked_at_and_calls_told_apart_from_those_before(
    pool: Pool, service_settings: Settings, issuer: DevelopmentIssuer
) -> None:
    now = dt.datetime.now(dt.UTC)
    past = [(now - START) / MINUTE - each for each in (30, 20, 10)]
    await pool.execute("insert into cpr_call_count values (current_date - 1, 'journal', 1000)")
    await send(pool, past[0], past[1])
    await run(pool, past[0])
    await pool.execute("update outbox set published_at = now()")
    await pool.execute("update cpr_call_count set calls = 1007")
    await run(pool, past[1])
    await pool.execute("insert into cpr_call_count values (current_date, 'journal', 5)")
    await run(pool, past[2])
    async with watching(service_settings, issuer, Scope.CONFIG_READ) as client:  # its own job looks now
        answer = await client.get("/overview/history", params={"hours": 1})
        for wrong in ({"hours": 0}, {"hours": 337}, {"hours": "x"}):
            assert (await client.get("/overview/history", params=wrong)).status_code == 422
        widest = (await client.get("/overview/history", params={"hours": 336})).json()
    assert answer.status_code == 200, answer.text
    found = answer.json()
    starts = [dt.datetime.fromisoformat(each) for each in found["starts"]]
    assert (found["width_seconds"], len(starts)) == (60, 61)
    assert {later - earlier for earlier, later in itertools.pairwise(starts)} == {MINUTE}
    assert starts[-1] <= dt.datetime.now(dt.UTC) < starts[-1] + 2 * MINUTE
    values = {each["figure"]: dict(zip(starts, each["values"], strict=True)) for each in found["series"]}
    first, second, third = (figures.floor(at(each), MINUTE) for each in past)
    assert [values["outbox"][each] for each in (first, second, third)] == [2, 0, 0]
    assert values["outbox"][second + MINUTE] is None, "nobody looked"
    assert [values["cpr-calls"][each] for each in (second, third)] == [7, 5]
    assert (values["events-sent"][first], values["events-sent"][third - 2 * MINUTE]) == (1, 0)
    assert values["events-sent"][starts[-1]] is None, "it is not over"
    assert {each["figure"]: each["measure"] for each in found["series"]}["outbox"] == "waiting"
    assert len(widest["starts"]) <= figures.MOST_PARTS + 1
    outboxes = next(each["values"] for each in widest["series"] if each["figure"] == "outbox")
    assert max(filter(None, outboxes)) == 2, "the most that waited in a part"


async def test_figures_are_forgotten_after_their_time(pool: Pool) -> None:
    await pool.execute(
        "insert into figure_minute (minute) values ($1), ($2)", START - KEPT, START - KEPT + MINUTE
    )
    assert (await run(pool, 0.5))["minutes_forgotten"] == 1
    assert await pool.fetchval("select min(minute) from figure_minute") == START - KEPT + MINUTE


FILL = """
    insert into outbox (event_day, event_id, type, routing_key, body, created_at, published_at)
        select '{day}', (lpad(to_hex(1000 * extract(epoch from moment)::bigint), 12, '0') || '70008' || lpad(to_hex(each), 15, '0'))::uuid,
               'x', 'x', '', moment, moment
        from generate_series(1, 20000) as each, lateral (select timestamptz '{day}Z' + each * interval '4 seconds' as moment) as told;
    insert into audit_log (audit_id, audit_day, stage, at, client, service, action, purpose)
        select event_id, event_day, 'asked', created_at, 'x', 'cvr-online', 'x', 'x' from outbox;
    insert into cpr_run (run_id, kind, state, finished_at) select event_id, 'import', 'finished', created_at from outbox;
    insert into contact (contact_id, name_type, name_code) select each, 'C', each::text from generate_series(1, 20000) as each;
    insert into source_record (contact_id, source, src_subscribed, subscribed) select contact_id, 'CPR', true, true from contact;
    insert into figure_minute (minute, events_sent, cpr_calls_total)
        select timestamptz '{day}Z' - each * interval '1 minute', each, each from generate_series(1, 20000) as each;
    analyze;
"""


async def test_what_is_asked_each_minute_looks_at_few_rows(pool: Pool) -> None:
    await pool.execute(FILL.format(day=START.date()))
    asked = {
        "look": {"minute": at(600)},
        "counted_last": {},
        "count": figures.span(at(600), at(602)),
        "history": {"since": at(0) - 24 * 60 * MINUTE, "until": at(0), "width": 15 * MINUTE},
    }
    sorted_names = figures.SQL.driver_adapter.var_sorted
    async with pool.acquire() as connection:
        looked_at = {
            name: await most_rows(
                connection,
                getattr(figures.SQL, name).sql,
                [values[each] for each in sorted_names.get(name, [])],
            )
            for name, values in asked.items()
        }
    assert {name: rows for name, rows in looked_at.items() if rows > 3000} == {}, looked_at
