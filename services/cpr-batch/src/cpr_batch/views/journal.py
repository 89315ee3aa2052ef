"""The log of important actions as it is shown."""

import datetime as dt
import uuid
from typing import Any, Self

from pydantic import BaseModel, Field

from cpr_batch import human_log
from cpr_batch.journal_entries import Action, Entry


class JournalEntry(BaseModel):
    """One important action."""

    journal_id: int
    at: dt.datetime
    by: str = Field(description="who acted: a client or user, the schedule, the command line")
    action: Action
    sentence: str
    file: str | None
    run_id: uuid.UUID | None
    facts: dict[str, Any] = Field(description="counts, ids and constants")

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """From the log."""
        return cls(
            journal_id=entry.journal_id,
            at=entry.at,
            by=entry.acted_by,
            action=entry.action,
            sentence=human_log.SENTENCES[entry.action],
            file=entry.file,
            run_id=entry.run_id,
            facts=dict(entry.facts),
        )
