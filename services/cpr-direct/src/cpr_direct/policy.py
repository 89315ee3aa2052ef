"""The subscription policy as this service shows and runs it."""

import datetime as dt

from registerbro.jobs import latest_runs, next_moment
from registerbro.subscriptions import policy
from registerbro.subscriptions.errors import RuleUnusable

from cpr_direct.direct import Direct
from cpr_direct.views.policy import PlanOut, PolicyOut, RunOut

SERVICE = "cpr-direct"
SHOWN_RUNS = 10


async def show(direct: Direct) -> PolicyOut:
    """Settings, next run, latest runs."""
    job = policy.job(direct.pool, direct.subscriptions, service=SERVICE)
    return PolicyOut.of(
        await direct.subscriptions(),
        rule_problem=await rule_problem(direct),
        next_at=await next_moment(direct.pool, job, direct.now()),
        latest=await latest_runs(direct.pool, policy.JOB, SHOWN_RUNS),
    )


async def rule_problem(direct: Direct) -> str | None:
    """Why the rule cannot be used; None if it can."""
    settings = await direct.subscriptions()
    try:
        async with direct.pool.acquire() as connection:
            await policy.check_rule(connection, settings)
    except RuleUnusable as error:
        return str(error)
    return None


async def plan(direct: Direct, day: dt.date | None, *, after: int, size: int) -> PlanOut:
    """What a run would do on a Danish day, today if none is named. Raises ``RuleUnusable``."""
    day, settings = day or direct.today, await direct.subscriptions()
    async with direct.pool.acquire() as connection:
        made = await policy.plan(connection, settings, day, after=after, size=size)
    return PlanOut.of(made, day, size)


async def run(direct: Direct, *, by: str, is_approved: bool) -> RunOut:
    """Runs the policy now. Raises ``RuleUnusable``."""
    settings = await direct.subscriptions()
    done = await policy.apply(direct.pool, settings, direct.today, by=by, is_approved=is_approved)
    return RunOut.of(done)
