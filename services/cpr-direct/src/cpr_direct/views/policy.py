"""The subscription policy: what a run does or would do."""

import datetime as dt
from typing import Self

from pydantic import BaseModel, Field
from registerbro.jobs import JobRun
from registerbro.settings import SubscriptionSettings
from registerbro.subscriptions.policy import Change, Figures, Plan, PolicyRun, RunState


class FiguresOut(BaseModel):
    """How many a run concerns."""

    subscriptions: int = Field(description="persons whom CPR subscribes for us now")
    begins: int = Field(description="subscriptions that would begin")
    ends: int = Field(description="subscriptions that would end")
    most: int = Field(description="ends that pass without an approval")
    is_too_much: bool = Field(description="whether the run is held until it is approved")
    reasons: dict[str, int]

    @classmethod
    def of(cls, figures: Figures) -> Self:
        """From a plan or a run."""
        return cls.model_validate(figures, from_attributes=True)


class ChangeOut(BaseModel):
    """Somebody whose wish would become another."""

    contact_id: int
    wanted: bool
    reason: str = Field(description="a constant")
    text: str = Field(description="the reason in words")

    @classmethod
    def of(cls, change: Change) -> Self:
        """From a plan."""
        return cls.model_validate(change, from_attributes=True)


class PlanOut(BaseModel):
    """A dry run: the figures of all, and some of the persons in the order of their contacts."""

    danish_day: dt.date
    figures: FiguresOut
    items: list[ChangeOut]
    next: str | None = Field(description="what to ask for to get the following ones, null at the end")

    @classmethod
    def of(cls, plan: Plan, day: dt.date, size: int) -> Self:
        """From a plan of so many persons at most."""
        cursor = str(plan.changes[-1].contact_id) if len(plan.changes) == size else None
        items = [ChangeOut.of(each) for each in plan.changes]
        return cls(danish_day=day, figures=FiguresOut.of(plan.figures), items=items, next=cursor)


class RunOut(BaseModel):
    """A run."""

    state: RunState = Field(description="held: it would end too many subscriptions, and changed nothing")
    figures: FiguresOut
    counts: dict[str, int] = Field(description="contacts by what became of their wish")

    @classmethod
    def of(cls, run: PolicyRun) -> Self:
        """From the run."""
        counts = {str(outcome): count for outcome, count in run.counts.items()}
        return cls(state=run.state, figures=FiguresOut.of(run.figures), counts=counts)


class DailyRunOut(BaseModel):
    """What became of the daily run of one date."""

    danish_date: dt.date
    attempts: int
    started_at: dt.datetime
    finished_at: dt.datetime | None
    outcome: str | None = Field(description="done or failed; null: under way")
    details: dict[str, object]

    @classmethod
    def of(cls, run: JobRun) -> Self:
        """From the job's record."""
        return cls.model_validate(run, from_attributes=True)


class PolicyOut(BaseModel):
    """The policy as it is set, and its latest runs."""

    told_by: str = Field(description="how CPR is told: online or input-file")
    at: str | None = Field(description="Danish time of the daily run, hh:mm:ss; null: only on demand")
    delay_days: int
    rule: str = Field(description="the function in the database that decides")
    rule_problem: str | None = Field(description="why the rule cannot be used; null: it can")
    brake_share: float
    brake_least: int
    next_at: dt.datetime | None
    latest: list[DailyRunOut]

    @classmethod
    def of(
        cls,
        settings: SubscriptionSettings,
        *,
        rule_problem: str | None,
        next_at: dt.datetime | None,
        latest: list[JobRun],
    ) -> Self:
        """From settings and records."""
        return cls(
            told_by=settings.told_by,
            at=settings.policy_at.isoformat() if settings.policy_at else None,
            delay_days=settings.delay_days,
            rule=settings.rule,
            rule_problem=rule_problem,
            brake_share=settings.brake_share,
            brake_least=settings.brake_least,
            next_at=next_at,
            latest=[DailyRunOut.of(each) for each in latest],
        )
