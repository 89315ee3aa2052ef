"""The policy: its three rules, the delay at its edges, a rule of one's own, the brake, and once a date for all services."""

import asyncio
import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from registerbro import alerts
from registerbro.alerts import AlertKind
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool, open_pool
from registerbro.jobs import DENMARK, Outcome, due, latest_runs, next_moment, run_daily
from registerbro.settings import SubscriptionSettings
from registerbro.subscriptions import asking, never, policy
from registerbro.subscriptions.asking import AskOutcome
from registerbro.subscriptions.errors import RuleUnusable
from registerbro.subscriptions.policy import Change, Figures, PolicyRun, RunState

from tests.support.cpr_files import ANNA, BENT, CARL

from .conftest import Persons

TODAY = dt.date(2026, 11, 24)
LONG_AGO = dt.datetime(2026, 11, 1, 12, 0, tzinfo=dt.UTC)
SETTINGS = SubscriptionSettings()


def told(settings: SubscriptionSettings) -> policy.AskSettings:
    async def ask() -> SubscriptionSettings:
        return settings

    return ask


TWO = dt.time(2, 0)
CHANGES = (dt.date(2026, 3, 29), dt.date(2026, 10, 25))  # clocks go forward, and back
DELAY = 7


async def plan(
    pool: Pool, settings: SubscriptionSettings = SETTINGS, day: dt.date = TODAY, **page: int
) -> policy.Plan:
    async with pool.acquire() as connection:
        return await policy.plan(connection, settings, day, **page)


async def changes(pool: Pool, *args: Any) -> dict[int, tuple[bool, str]]:
    return {each.contact_id: (each.wanted, each.reason) for each in (await plan(pool, *args)).changes}


async def apply(
    pool: Pool, settings: SubscriptionSettings = SETTINGS, *, is_approved: bool = False
) -> PolicyRun:
    return await policy.apply(pool, settings, TODAY, by="clara", is_approved=is_approved)


def number(each: int) -> str:
    return f"{each % 28 + 1:02}0180{1000 + each}"


def clock(moment: dt.datetime) -> Callable[[], dt.datetime]:
    return lambda: moment


async def many(persons: Persons, count: int) -> list[int]:
    """Persons who are subscribed and party to nothing."""
    return [
        await persons.add(number(each), is_subscribed=True, delivered_at=LONG_AGO) for each in range(count)
    ]


async def test_every_combination_of_what_is_and_what_should_be_follows_the_rules(persons: Persons) -> None:
    expected: dict[int, tuple[bool, str]] = {}
    flags = (True, False)
    sets = itertools.product(
        flags, (None, True, False), flags, flags, (LONG_AGO, None, dt.datetime.now(dt.UTC))
    )
    for each, (is_subscribed, wish, has_case, is_never, delivered_at) in enumerate(sets):
        contact_id = await persons.add(
            number(each), is_subscribed=is_subscribed, wish=wish, delivered_at=delivered_at
        )
        if has_case:
            await persons.open_case("sag 1", [contact_id])
        if is_never:
            await persons.pool.execute(
                "insert into cpr_never_subscribed (number, reason, added_at, added_by) values ($1, '', now(), '')",
                number(each),
            )
        if is_subscribed and wish is not False:
            if is_never:
                expected[contact_id] = (False, "never-subscribed")
            elif not has_case and delivered_at is LONG_AGO:
                expected[contact_id] = (False, "no-open-case")
        if not is_subscribed and wish is not True and has_case and not is_never:
            expected[contact_id] = (True, "open-case")
    assert {wanted for wanted, _ in expected.values()} == {True, False}
    assert await changes(persons.pool) == expected
    await apply(persons.pool, is_approved=True)
    wishes = await persons.wishes()
    assert {each: wishes[each] for each in expected} == {each: said[0] for each, said in expected.items()}
    assert sorted(await persons.requested()) == sorted((each, said[0]) for each, said in expected.items())
    assert await changes(persons.pool) == {}, "a second run finds nothing"


async def test_only_persons_from_cpr_with_a_number_are_subscribed(persons: Persons) -> None:
    anna, bent = await persons.add(ANNA), await persons.add(BENT)
    placeholder = await persons.placeholder(CARL)
    await persons.open_case("sag 1", [anna, bent, placeholder])
    await persons.join(BENT, ANNA)
    assert await changes(persons.pool) == {bent: (True, "open-case")}
    await persons.pool.execute("update contact set name_code = null where contact_id = $1", bent)
    assert await changes(persons.pool) == {}


def delivered_around(change: dt.date) -> list[dt.datetime]:
    """Deliveries at both ends of a day and in the hour of the change, from ten days before it to the day after."""
    days = (change + dt.timedelta(days=offset) for offset in range(-10, 2))
    times = (dt.time(0, 0), dt.time(2, 30), dt.time(23, 59))
    return [dt.datetime.combine(day, time, DENMARK) for day, time in itertools.product(days, times)]


@pytest.mark.parametrize("change", CHANGES, ids=["forward", "back"])
async def test_the_delay_is_counted_in_whole_danish_days_around_clock_changes(
    persons: Persons, change: dt.date
) -> None:
    moments = delivered_around(change)
    ids = [
        await persons.add(number(each), is_subscribed=True, delivered_at=moment.astimezone(dt.UTC))
        for each, moment in enumerate(moments)
    ]
    for offset in range(-4, 11):
        day = change + dt.timedelta(days=offset)
        expected = {
            contact_id
            for contact_id, moment in zip(ids, moments, strict=True)
            if (day - moment.date()).days > DELAY  # the date on the wall, not 24 hours
        }
        assert set(await changes(persons.pool, SETTINGS, day)) == expected, day


@pytest.mark.parametrize("change", CHANGES, ids=["forward", "back"])
@pytest.mark.parametrize("time", [dt.time(0, 0), dt.time(2, 30), dt.time(23, 59)], ids=str)
@pytest.mark.parametrize("before", [0, DELAY, DELAY + 1], ids=["delivered", "between", "run"])
async def test_the_job_ends_a_subscription_on_the_eighth_day_at_two(
    persons: Persons, change: dt.date, time: dt.time, before: int
) -> None:
    delivered_on = change - dt.timedelta(days=before)
    delivered_at = dt.datetime.combine(delivered_on, time, DENMARK).astimezone(dt.UTC)
    anna = await persons.add(ANNA, is_subscribed=True, delivered_at=delivered_at)
    job = policy.job(persons.pool, told(SETTINGS), service="test")

    async def at(moment: dt.datetime) -> Outcome:
        return await run_daily(persons.pool, job, now=clock(moment))

    assert await at(due(delivered_on, TWO) - dt.timedelta(hours=1)) is Outcome.NOT_DUE
    seventh, eighth = (delivered_on + dt.timedelta(days=days) for days in (DELAY, DELAY + 1))
    assert await at(due(seventh, TWO)) is Outcome.DONE
    assert await at(due(eighth, TWO) - dt.timedelta(seconds=1)) is Outcome.ALREADY
    assert await persons.wishes() == {anna: None}
    assert await at(due(eighth, TWO)) is Outcome.DONE
    assert await persons.wishes() == {anna: False}
    assert [run.danish_date for run in await latest_runs(persons.pool, policy.JOB, 5)] == [eighth, seventh]


async def test_the_days_of_delay_are_a_setting(persons: Persons) -> None:
    delivered_at = dt.datetime(2026, 11, 23, 22, 59, tzinfo=dt.UTC)  # 23:59 in Denmark
    anna = await persons.add(ANNA, is_subscribed=True, delivered_at=delivered_at)
    assert await changes(persons.pool, SubscriptionSettings(delay_days=1)) == {}
    assert await changes(persons.pool, SubscriptionSettings(delay_days=0)) == {anna: (False, "no-open-case")}


async def test_figures_are_of_everybody_and_changes_come_in_pages(persons: Persons) -> None:
    ids = await many(persons, 5)
    anna = await persons.add(ANNA)
    await persons.open_case("sag 1", [anna])
    first = await plan(persons.pool, size=4)
    assert first.figures == Figures(
        subscriptions=5, begins=1, ends=5, most=19, reasons={"no-open-case": 5, "open-case": 1}
    )
    assert [each.contact_id for each in first.changes] == ids[:4]
    last = await plan(persons.pool, after=first.changes[-1].contact_id, size=4)
    assert last.changes == [Change(ids[4], False, "no-open-case"), Change(anna, True, "open-case")]
    assert last.changes[1].text == "party to an open case"
    assert (await persons.requested(), set((await persons.wishes()).values())) == ([], {None})


async def test_a_run_works_in_chunks_and_says_why(persons: Persons, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "CHUNK", 3)
    ids = await many(persons, 7)
    anna = await persons.add(ANNA)
    await persons.open_case("sag 1", [anna])
    run = await apply(persons.pool)
    assert (run.state, run.counts) == (RunState.DONE, {AskOutcome.REQUESTED: 8})
    assert await persons.wishes() == dict.fromkeys(ids, False) | {anna: True}
    [wish] = await asking.history(persons.pool, ids[6])
    assert (wish.reason, wish.asked_by) == ("no-open-case", "clara")


async def test_an_installation_that_was_never_told_of_a_case_keeps_its_subscriptions(
    persons: Persons,
) -> None:
    await many(persons, 25)
    held = await apply(persons.pool)
    assert (held.state, held.counts) == (RunState.HELD, {})
    assert (held.figures.ends, held.figures.most, held.figures.subscriptions) == (25, 19, 25)
    assert (await persons.requested(), set((await persons.wishes()).values())) == ([], {None})
    assert (await apply(persons.pool, is_approved=True)).counts == {AskOutcome.REQUESTED: 25}


@pytest.mark.parametrize(
    ("share", "least", "state"),
    [
        (0.4, 1, RunState.DONE),  # exactly the share
        (0.39, 1, RunState.HELD),
        (0.0, 4, RunState.HELD),  # exactly the least
        (0.0, 5, RunState.DONE),
        (1.0, 1, RunState.DONE),
    ],
)
async def test_the_brake_at_its_edges(persons: Persons, share: float, least: int, state: RunState) -> None:
    ids = await many(persons, 10)
    await persons.open_case("sag 1", ids[4:])
    settings = SubscriptionSettings(brake_share=share, brake_least=least)
    assert (await apply(persons.pool, settings)).state is state


OWN_RULE = """
create schema own;
create table own.chosen (contact_id bigint, wanted boolean, reason text);
create function own.rule(danish_day date, delay_days integer)
returns table (reason varchar, wanted boolean, contact_id bigint) language sql stable as $$
    select reason, wanted, contact_id from own.chosen
$$;
"""
OWN = SubscriptionSettings(rule="own.rule")


@pytest.fixture
async def choose(persons: Persons) -> Callable[..., Any]:
    """Makes a rule of the installation's own, which says what is chosen."""
    await persons.pool.execute(OWN_RULE)

    async def chosen(*rows: tuple[int | None, bool | None, str | None]) -> None:
        await persons.pool.execute("truncate own.chosen")
        await persons.pool.executemany("insert into own.chosen values ($1, $2, $3)", rows)

    return chosen


async def test_an_installation_has_a_rule_of_its_own(persons: Persons, choose: Callable[..., Any]) -> None:
    anna, bent = await persons.add(ANNA), await persons.add(BENT, is_subscribed=True)
    await choose((anna, True, "citizen-of-ours"), (bent, False, None))
    assert await changes(persons.pool, OWN) == {anna: (True, "citizen-of-ours"), bent: (False, "rule")}
    assert (await apply(persons.pool, OWN)).counts == {AskOutcome.REQUESTED: 2}


async def test_a_rule_of_ones_own_cannot_subscribe_who_shall_never_be_or_say_a_number(
    persons: Persons, choose: Callable[..., Any]
) -> None:
    anna, bent, carl = [await persons.add(each) for each in (ANNA, BENT, CARL)]
    dora = await persons.add("0505751999", is_subscribed=True)
    placeholder = await persons.placeholder("0404741999")
    async with persons.pool.acquire() as connection, connection.transaction():
        await never.add(connection, CprNumber(ANNA), reason="", by="clara")
    await choose(
        (anna, True, "wanted"),
        (bent, True, f"because of {ANNA}"),
        (dora, False, "twice"),  # of two answers the wanted one holds
        (dora, True, "wanted"),
        (carl, False, "nothing-would-change"),
        (placeholder, True, "wanted"),
        (9999, True, "nobody"),
        (None, True, "nobody"),
        (carl, None, "undecided"),
    )
    assert await changes(persons.pool, OWN) == {bent: (True, "rule")}


@pytest.mark.parametrize(
    ("rule", "definition", "reason"),
    [
        ("missing_rule", "", "no such function"),
        ("nowhere.rule", "", "no such function"),
        ("bad_rule", "(day date) returns table (contact_id bigint, wanted boolean, reason text)", "no such function"),
        ("bad_rule", "(day date, days integer) returns boolean", "no columns contact_id, wanted and reason"),
        ("bad_rule", "(day date, days integer) returns table (contact_id bigint, wanted boolean)", "no columns"),
        ("bad_rule", "(day date, days integer) returns table (contact_id date, wanted boolean, reason text)", "types"),
    ],
)  # fmt: skip
async def test_a_rule_that_cannot_be_used_is_told_before_it_runs(
    persons: Persons, rule: str, definition: str, reason: str
) -> None:
    if definition:
        await persons.pool.execute(
            f"create function {rule}{definition} language plpgsql as 'begin raise; end'"
        )
    settings = SubscriptionSettings(rule=rule)
    async with persons.pool.acquire() as connection:
        with pytest.raises(RuleUnusable, match=reason) as caught:
            await policy.check_rule(connection, settings)
        assert caught.value.rule == rule
        await policy.check_rule(connection, SETTINGS)
    for run in (apply(persons.pool, settings), plan(persons.pool, settings)):
        with pytest.raises(RuleUnusable, match=reason):
            await run


async def test_what_a_failing_rule_says_is_not_told(persons: Persons) -> None:
    await persons.add(BENT)
    await persons.pool.execute(
        "create function failing_rule(date, integer) returns table (contact_id bigint, wanted boolean, reason text) "
        f"language plpgsql as $$ begin raise exception 'no place for {ANNA}'; end $$"
    )
    with pytest.raises(RuleUnusable) as caught:
        await apply(persons.pool, SubscriptionSettings(rule="failing_rule"))
    assert str(caught.value) == "the rule failing_rule cannot be used: SQLSTATE P0001"
    assert caught.value.__suppress_context__


async def test_the_job_runs_once_a_date_for_two_services(persons: Persons, database_url: str) -> None:
    anna = await persons.add(ANNA)
    await persons.open_case("sag 1", [anna])
    async with open_pool(database_url) as second:
        for moment in (due(TODAY, TWO) - dt.timedelta(hours=3), due(TODAY, TWO), due(TODAY, dt.time(9, 0))):
            outcomes = await asyncio.gather(
                *(
                    run_daily(pool, policy.job(pool, told(SETTINGS), service="test"), now=clock(moment))
                    for pool in (persons.pool, second)
                    for _ in range(3)
                )
            )
            assert outcomes.count(Outcome.DONE) == (moment == due(TODAY, TWO))
    [run] = await latest_runs(persons.pool, policy.JOB, 5)
    assert (run.danish_date, run.attempts, run.outcome) == (TODAY, 1, "done")
    assert run.details == {
        "state": "done", "subscriptions": 0, "begins": 1, "ends": 0, "most": 19,
        "reasons": {"open-case": 1}, "outcomes": {"requested": 1},
    }  # fmt: skip
    assert await persons.requested() == [(anna, True)]


async def test_a_run_that_is_held_is_told_and_done_for_the_date(persons: Persons) -> None:
    await many(persons, 20)
    job = policy.job(persons.pool, told(SETTINGS), service="test")
    for moment in (due(TODAY, TWO) - dt.timedelta(hours=1), due(TODAY, TWO), due(TODAY, dt.time(4, 0))):
        await run_daily(persons.pool, job, now=clock(moment))
    [alert] = await alerts.page(persons.pool, is_open=True, before=10**9, size=10)
    assert (alert.kind, alert.facts["ends"], alert.service) == (
        AlertKind.SUBSCRIPTION_POLICY_HELD,
        20,
        "test",
    )
    [run] = await latest_runs(persons.pool, policy.JOB, 5)
    assert (run.outcome, run.details["state"], run.details["ends"]) == ("done", "held", 20)


async def test_without_a_time_the_job_is_not_scheduled(persons: Persons) -> None:
    job = policy.job(persons.pool, told(SubscriptionSettings(policy_at=None)), service="test")
    now = dt.datetime.now(dt.UTC)
    assert await next_moment(persons.pool, job, now) is None
    assert await run_daily(persons.pool, job, now=clock(now)) is Outcome.NOT_DUE
