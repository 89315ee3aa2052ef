"""The policy: a rule says every day who is to be subscribed and who no longer, and wishes follow.

The rule is a function in the database, named by a setting, so that an installation can have its own. A run that would end
too many subscriptions changes nothing and is held until somebody approves it: an installation that was never told of a case
would lose them all.
"""

import collections
import contextlib
import dataclasses
import datetime as dt
import enum
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import aiosql
import asyncpg
import structlog

from registerbro import alerts
from registerbro.alerts import AlertKind
from registerbro.contacts import loading
from registerbro.database import OUTAGES, Connection, Pool
from registerbro.jobs import Job
from registerbro.settings.sections import SubscriptionSettings
from registerbro.subscriptions import asking
from registerbro.subscriptions.asking import AskOutcome
from registerbro.subscriptions.errors import RuleUnusable

SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")
JOB = "cpr.subscription-policy"
BY = "subscription policy"
CHANGED_IN = "PATCH /configuration/policy, subscriptions.policy_at"
CHUNK = 1000
AskSettings: TypeAlias = Callable[[], Awaitable[SubscriptionSettings]]
REASONS: Mapping[str, str] = {
    "open-case": "party to an open case",
    "no-open-case": "party to no open case, and CPR delivered nothing for longer than the delay",
    "never-subscribed": "on the list of those who are never subscribed",
    "rule": "by the installation's own rule",
}
_WRONG_FORM = {
    "42703": "it returns no columns contact_id, wanted and reason",
    "42846": "its columns are not of the types bigint, boolean and text",
}
log = structlog.get_logger()


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """Somebody whose wish becomes another; ``reason`` is a constant."""

    contact_id: int
    wanted: bool
    reason: str

    @property
    def text(self) -> str:
        """The reason for people; an installation's own constants stand for themselves."""
        return REASONS.get(self.reason, self.reason)


@dataclasses.dataclass(frozen=True, slots=True)
class Figures:
    """What a run does, or would do."""

    subscriptions: int  # persons whom CPR subscribes for us now
    begins: int  # of those who are not subscribed
    ends: int  # of those who are
    most: int  # ends that pass without an approval
    reasons: Mapping[str, int]

    @property
    def is_too_much(self) -> bool:
        """Whether the run is held."""
        return self.ends > self.most


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What a run on that day would do: all figures, and one page of the changes by contact."""

    figures: Figures
    changes: list[Change]


class RunState(enum.StrEnum):
    """What came of a run."""

    DONE = "done"
    HELD = "held"  # it would end too many subscriptions: nothing was changed


@dataclasses.dataclass(frozen=True, slots=True)
class PolicyRun:
    """A run; ``counts`` has contacts by what became of their wish."""

    state: RunState
    figures: Figures
    counts: Mapping[AskOutcome, int]


async def check_rule(connection: Connection, settings: SubscriptionSettings) -> None:
    """Raises ``RuleUnusable`` where the rule is missing or of another form; it is not run."""
    query = await SQL.rule_query(connection, rule=settings.rule)
    if query is None:
        raise RuleUnusable(settings.rule, "there is no such function of (date, integer)")
    with _told(settings.rule):
        async with connection.transaction():
            await connection.prepare(query)


async def plan(
    connection: Connection, settings: SubscriptionSettings, day: dt.date, *, after: int = 0, size: int = CHUNK
) -> Plan:
    """The dry run for a Danish day; the next page is ``after`` the last contact. Raises ``RuleUnusable``."""
    async with connection.transaction(), _gathered(connection, settings, day) as figures:
        return Plan(figures, await _changes(connection, after, size))


async def apply(
    pool: Pool, settings: SubscriptionSettings, day: dt.date, *, by: str, is_approved: bool = False
) -> PolicyRun:
    """Makes wishes of what the rule says for a Danish day, in transactions of ``CHUNK`` contacts.

    Held where it would end too much, unless that is approved. Raises ``RuleUnusable``.
    """
    async with pool.acquire() as connection, _gathered(connection, settings, day) as figures:
        if figures.is_too_much and not is_approved:
            log.warning("subscription policy held", ends=figures.ends, subscriptions=figures.subscriptions)
            return PolicyRun(RunState.HELD, figures, {})
        counts: collections.Counter[AskOutcome] = collections.Counter()
        after = 0
        while changes := await _changes(connection, after, CHUNK):
            after = changes[-1].contact_id
            counts += await _ask(connection, changes, by)
    return PolicyRun(RunState.DONE, figures, counts)


def job(pool: Pool, settings: AskSettings, *, service: str) -> Job:
    """The daily run, once a Danish date over all replicas of all services that have it, by the settings as they are then.

    A run that is held raises an alert in the name of ``service``.
    """

    async def at() -> dt.time | None:
        return (await settings()).policy_at

    async def run(date: dt.date) -> Mapping[str, Any]:
        done = await apply(pool, await settings(), date, by=BY)
        if done.state is RunState.HELD:
            await _raise_alert(pool, service, done.figures)
        return details(done)

    return Job(JOB, at, run, changed_in=CHANGED_IN)


async def _raise_alert(pool: Pool, service: str, figures: Figures) -> None:
    facts = {"ends": figures.ends, "most": figures.most, "subscriptions": figures.subscriptions}
    async with pool.acquire() as connection, connection.transaction():
        await alerts.raise_alert(
            connection, AlertKind.SUBSCRIPTION_POLICY_HELD, service=service, client=None, facts=facts
        )


def details(run: PolicyRun) -> dict[str, Any]:
    """A run as plain values."""
    figures = dataclasses.asdict(run.figures) | {"reasons": dict(run.figures.reasons)}
    return {"state": str(run.state), **figures, "outcomes": {str(each): n for each, n in run.counts.items()}}


@contextlib.asynccontextmanager
async def _gathered(
    connection: Connection, settings: SubscriptionSettings, day: dt.date
) -> AsyncIterator[Figures]:
    """What the rule says, in the session's table for as long as the block lasts."""
    await check_rule(connection, settings)
    await SQL.prepare(connection)
    with _told(settings.rule):
        await SQL.gather(connection, rule=settings.rule, danish_day=day, delay_days=settings.delay_days)
    yield await _figures(connection, settings)
    await SQL.clear(connection)


@contextlib.contextmanager
def _told(rule: str) -> Iterator[None]:
    """What the database says of the rule, without its text, which may hold anything; its outages stay what they are."""
    try:
        yield
    except (*OUTAGES, asyncpg.TransactionRollbackError):
        raise
    except asyncpg.PostgresError as error:
        raise RuleUnusable(rule, _WRONG_FORM.get(error.sqlstate, f"SQLSTATE {error.sqlstate}")) from None


async def _figures(connection: Connection, settings: SubscriptionSettings) -> Figures:
    subscriptions = int(await SQL.subscriptions(connection))
    rows = [row async for row in SQL.reasons(connection)]
    reasons: collections.Counter[str] = collections.Counter()
    for row in rows:
        reasons[row["reason"]] += row["contacts"]
    return Figures(
        subscriptions=subscriptions,
        begins=sum(row["contacts"] for row in rows if row["wanted"] and not row["src_subscribed"]),
        ends=sum(row["contacts"] for row in rows if not row["wanted"] and row["src_subscribed"]),
        most=max(settings.brake_least - 1, int(Decimal(str(settings.brake_share)) * subscriptions)),
        reasons=reasons,
    )


async def _changes(connection: Connection, after: int, size: int) -> list[Change]:
    return [Change(**row) async for row in SQL.changes(connection, after=after, size=size)]


async def _ask(connection: Connection, changes: list[Change], by: str) -> "collections.Counter[AskOutcome]":
    """A chunk's wishes, in one transaction; a call for each reason, which the wish is kept with."""
    counts: collections.Counter[AskOutcome] = collections.Counter()
    by_reason: dict[str, dict[int, bool]] = {}
    for change in changes:
        by_reason.setdefault(change.reason, {})[change.contact_id] = change.wanted
    async with connection.transaction():
        await loading.lock(
            connection, (change.contact_id for change in changes)
        )  # in one order for all reasons
        for reason, wishes in by_reason.items():
            asked = await asking.ask(connection, wishes, by=by, reason=reason)
            counts.update(each.outcome for each in asked)
    return counts
