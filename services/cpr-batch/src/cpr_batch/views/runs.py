"""Runs."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field
from registerbro.jobs import JobRun

from cpr_batch.runs import Run, RunKind, RunState
from cpr_batch.views.common import Counts


class ProgressView(BaseModel):
    """How far a run is with the file it works on."""

    file: str
    unit: str = Field(description="bytes of a transfer, persons of an import", examples=["persons"])
    done: int
    total: int = Field(description="0 where it is not known")
    since: dt.datetime = Field(description="when the work on this file began")
    at: dt.datetime = Field(description="when this was so")
    remaining_seconds: int | None = Field(
        default=None, description="at the present speed; null where the total is not known"
    )

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """From ``cpr_run.progress``."""
        view = cls(**stored)
        elapsed = (view.at - view.since).total_seconds()
        if view.total and view.done and elapsed > 0:
            view.remaining_seconds = round(elapsed * (view.total - view.done) / view.done)
        return view


class RunView(BaseModel):
    """A run: what it does, how far it is, how it ended."""

    run_id: uuid.UUID
    parent_id: uuid.UUID | None
    retry_of: uuid.UUID | None = Field(description="the run whose work this one does again")
    kind: RunKind
    file_id: int | None
    file_name: str | None
    initial_load: bool
    state: RunState
    queued_at: dt.datetime | None = Field(description="of an import that any replica may take")
    started_at: dt.datetime
    heartbeat_at: dt.datetime
    finished_at: dt.datetime | None
    stop_requested_at: dt.datetime | None
    counts: Counts
    progress: ProgressView | None
    failure: str | None
    parts: list["RunView"] = Field(
        default=[], description="the runs this one is made of; for a single run only"
    )

    @classmethod
    def of(cls, run: Run, parts: Sequence[Run] = ()) -> Self:
        """From the database."""
        columns = {name: getattr(run, name) for name in cls.model_fields if name not in ("parts", "progress")}
        progress = ProgressView.of(run.progress) if run.progress else None
        return cls(**columns, progress=progress, parts=[RunView.of(part) for part in parts])


class RunStarted(BaseModel):
    """A run that goes on in the background: ask for it by its id."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"run_id": "7f1c0b0e-54a5-4f0e-9d5b-1a3c9d0c2f11"}]}
    )

    run_id: uuid.UUID


class ScheduledRunView(BaseModel):
    """What became of the nightly run on one date."""

    danish_date: dt.date
    attempts: int
    started_at: dt.datetime
    finished_at: dt.datetime | None
    outcome: str | None = Field(description="done or failed; null while it is under way")
    details: dict[str, Any]

    @classmethod
    def of(cls, run: JobRun) -> Self:
        """From the record of scheduled work."""
        return cls(**{name: getattr(run, name) for name in cls.model_fields})


class ScheduleView(BaseModel):
    """When the nightly run comes, and what became of the latest ones."""

    daily_at: dt.time | None = Field(description="Danish time; null: only on demand")
    next_at: dt.datetime | None
    latest: list[ScheduledRunView]
