"""Runs."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from cpr_batch.runs import Run, RunKind, RunState
from cpr_batch.views.common import Counts


class RunView(BaseModel):
    """A run: what it does, how far it is, how it ended."""

    run_id: uuid.UUID
    parent_id: uuid.UUID | None
    kind: RunKind
    file_id: int | None
    file_name: str | None
    initial_load: bool
    state: RunState
    started_at: dt.datetime
    heartbeat_at: dt.datetime
    finished_at: dt.datetime | None
    counts: Counts
    failure: str | None
    parts: list["RunView"] = Field(
        default=[], description="the runs this one is made of; for a single run only"
    )

    @classmethod
    def of(cls, run: Run, parts: Sequence[Run] = ()) -> Self:
        """From the database."""
        columns = {name: getattr(run, name) for name in cls.model_fields if name != "parts"}
        return cls(**columns, parts=[RunView.of(part) for part in parts])


class RunStarted(BaseModel):
    """A run that goes on in the background: ask for it by its id."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"run_id": "7f1c0b0e-54a5-4f0e-9d5b-1a3c9d0c2f11"}]}
    )

    run_id: uuid.UUID
