"""What the API answers and the commands print. Times are UTC."""

import dataclasses
import datetime as dt
from typing import Self

from pydantic import BaseModel, Field
from registerbro.service_queue import Figures, Queued

from cvr_update.contacts import Imported
from cvr_update.progress import Progress, Stage


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


class FiguresOut(BaseModel):
    """How the queue stands."""

    waiting: int
    due: int = Field(description="of those that wait: their time has come")
    failing: int = Field(description="of those that wait: they failed, and are tried again")
    running: int
    given_up: int = Field(description="not tried again by themselves")
    obsolete: int = Field(description="of an earlier synchronisation; removed at the next look")
    oldest_due_at: dt.datetime | None
    on_later_days: int = Field(description="days to come on which a contact is updated")

    @classmethod
    def of(cls, figures: Figures) -> Self:
        """From the store."""
        return cls(**dataclasses.asdict(figures))


class TaskOut(BaseModel):
    """An update that waits, is under way, or was given up."""

    task_id: int
    contact_id: int
    state: str = Field(description="waiting, running, or failed: given up")
    attempts: int = Field(description="that failed so far")
    failure: str | None
    queued_at: dt.datetime
    due_at: dt.datetime
    leased_by: str | None = Field(description="who works on it")
    leased_until: dt.datetime | None

    @classmethod
    def of(cls, task: Queued) -> Self:
        """From the store."""
        return cls(**dataclasses.asdict(task))


class QueueOut(BaseModel):
    """The queue and some of its tasks; ``next`` is what to ask for to get the following ones, null at the end."""

    figures: FiguresOut
    failures: dict[str, int] = Field(
        description="contacts whose last update failed, by reason, the most frequent first"
    )
    items: list[TaskOut]
    next: str | None


class ProgressOut(BaseModel):
    """The present run, or the last one: from the first task that waits to the last one done."""

    stage: Stage = Field(
        description="resting: a module is off; held: the brake waits for somebody; paused: the provider does not answer"
    )
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    done: int = Field(description="contacts that are up to date since the run began")
    changed: int = Field(description="of these: something was new")
    given_up: int
    remaining: int
    per_second: float | None
    seconds_left: float | None = Field(description="as fast as so far")
    paused_until: dt.datetime | None
    pauses: int = Field(description="one after the other, since the provider answered last")
    pause_reason: str | None = Field(description="as in a problem's type")
    pause_failure: str | None
    held_at: dt.datetime | None
    let_pass_until: dt.datetime | None
    let_pass_by: str | None

    @classmethod
    def of(cls, progress: Progress) -> Self:
        """From the store."""
        told = progress.standing
        return cls(
            stage=progress.stage,
            started_at=told.run_started_at,
            ended_at=told.run_ended_at,
            done=told.run_done,
            changed=told.run_changed,
            given_up=told.run_failed,
            remaining=progress.remaining,
            per_second=_rounded(progress.per_second),
            seconds_left=_rounded(progress.seconds_left),
            paused_until=told.paused_until,
            pauses=told.pauses,
            pause_reason=told.pause_reason,
            pause_failure=told.pause_failure,
            held_at=told.held_at,
            let_pass_until=told.let_pass_until,
            let_pass_by=told.let_pass_by,
        )


class LastUpdateOut(BaseModel):
    """What became of a contact's last update."""

    contact_id: int
    reason: str | None = Field(description="a constant, as in a problem's type; null: it went well")
    failure: str | None = Field(description="the same in words")
    attempts: int = Field(description="that failed since one went well")
    next_try: dt.datetime | None = Field(description="null: it went well, or was given up")
    updated_at: dt.datetime | None = Field(description="when it went well last")
    changed_at: dt.datetime
    logic_id: str | None = Field(description="the provider's id of the unit")

    @classmethod
    def of(cls, imported: Imported) -> Self:
        """From the store."""
        return cls(**dataclasses.asdict(imported))


class ContactUpdateOut(BaseModel):
    """A contact's updates: the last one, what waits, and what is to come."""

    contact_id: int
    last: LastUpdateOut | None
    task: TaskOut | None
    later_days: list[dt.date] = Field(
        description="Danish days on which the register will know something else"
    )


class RetriedOut(BaseModel):
    """Whose failed updates begin anew."""

    count: int
    contact_ids: list[int] = Field(description="the first thousand of them")

    @classmethod
    def of(cls, contact_ids: list[int]) -> Self:
        """From the store."""
        return cls(count=len(contact_ids), contact_ids=contact_ids[:1000])
