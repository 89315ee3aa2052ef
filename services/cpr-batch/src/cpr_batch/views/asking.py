"""What waits for a decision: files that the brake stopped, lost deliveries; and what dry runs found."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field
from registerbro.api import Page

from cpr_batch.approvals import Approval, ApprovalState
from cpr_batch.dry_run import FilePlan, PlanState
from cpr_batch.files import FileState
from cpr_batch.gaps import Closing, Gap
from cpr_batch.views.common import Counts

_NEXT = {
    ApprovalState.ASKED: "look at the persons, make a dry run, then approve or decline",
    ApprovalState.APPROVED: "import the file by its name, or leave it to the next import of all",
    ApprovalState.DECLINED: "the file stays where it is and is not imported, unless it is approved after all",
    ApprovalState.LAPSED: "nothing: the file passes now",
}


class ApprovalView(BaseModel):
    """A file that stopped because it would end or blank too many contacts; nothing of it was written before the answer."""

    approval_id: int
    file_id: int
    name: str = Field(description="the file's present name in the interim directory")
    file_state: FileState
    run_id: uuid.UUID = Field(description="the run that asked")
    asked_at: dt.datetime
    initial_load: bool = Field(
        description="whether the file was to be, and then is, imported as an initial load"
    )
    persons: int = Field(description="persons of the file whose stored data it could change")
    endings: int = Field(description="of these: would get an end date, or lose their name or main address")
    share: float = Field(description="the setting when it was asked")
    limit: int = Field(description="endings that would have passed")
    state: ApprovalState
    decided_by: str | None
    decided_at: dt.datetime | None
    reason: str | None
    next_step: str = Field(description="what can be done now")

    @classmethod
    def of(cls, approval: Approval, **more: Any) -> Self:
        """From the database."""
        same = {
            name: getattr(approval, name) for name in ApprovalView.model_fields if hasattr(approval, name)
        }
        given = {"name": approval.local_name, "limit": approval.most, "next_step": _next(approval)}
        return cls(**{**same, **given, **more})


def _next(approval: Approval) -> str:
    if approval.file_state is FileState.IMPORTED:
        return "nothing: the file is imported"
    return _NEXT[approval.state]


class EndingView(BaseModel):
    """A person whom the file would end or blank."""

    ordinal: int = Field(description="the person's place in the file, from 1")
    contact_id: int


class ApprovalDetail(ApprovalView):
    """An approval with some of the persons that it is about."""

    endings_page: Page[EndingView]


class GapView(BaseModel):
    """A delivery that a later file names as the one before it, and that was never imported."""

    gap_id: int
    task_number: str
    missing_date: dt.date = Field(description="when the lost delivery was produced")
    after_date: dt.date = Field(description="production date of the last file imported before it")
    before_date: dt.date = Field(description="production date of the file that tells of it")
    file_id: int
    file_name: str | None
    noticed_at: dt.datetime
    closed_at: dt.datetime | None
    closed_how: Closing | None
    closed_by: str | None
    reason: str | None

    @classmethod
    def of(cls, gap: Gap) -> Self:
        """From the database."""
        return cls(**{name: getattr(gap, name) for name in cls.model_fields})


class PlanView(BaseModel):
    """What an import of one file would do."""

    plan_id: int
    name: str
    initial_load: bool
    state: PlanState
    failure: str | None = Field(
        description="why an import would refuse the file, or why it could not be planned"
    )
    counts: Counts = Field(description="persons, persons by outcome, endings, rejected, remark")
    would_hold: bool = Field(description="whether the file would stop and ask")
    file_state: FileState | None = Field(description="what is known of the content; null: nothing yet")

    @classmethod
    def of(cls, plan: FilePlan) -> Self:
        """From the dry run."""
        return cls(**{name: getattr(plan, name) for name in cls.model_fields})


class PlannedView(BaseModel):
    """What would become of one person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "d240517.l123401", "ordinal": 1, "contact_id": 17, "outcome": "updated",
                 "groups": ["addresses", "records"], "is_ending": False}
            ]
        }
    )  # fmt: skip

    name: str = Field(description="of the file")
    ordinal: int = Field(description="the person's place in the file, from 1")
    contact_id: int | None = Field(
        description="null where nobody is stored, also for contacts that would be created"
    )
    outcome: str
    groups: list[str] = Field(description="what would change")
    is_ending: bool = Field(description="would get an end date, or lose name or main address")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From the database."""
        return cls(**{name: row[name] for name in cls.model_fields})


class PlanPage(BaseModel):
    """The plans of a dry run, and some of the persons in them; ``next`` is what to ask for to get the following ones."""

    files: list[PlanView]
    items: list[PlannedView]
    next: str | None = None

    @classmethod
    def cut(cls, plans: Sequence[FilePlan], rows: Sequence[Mapping[str, Any]], size: int) -> Self:
        """A page of rows that were asked for with this size."""
        more = f"{rows[-1]['plan_id']}-{rows[-1]['ordinal']}" if len(rows) == size else None
        return cls(files=list(map(PlanView.of, plans)), items=list(map(PlannedView.of, rows)), next=more)
