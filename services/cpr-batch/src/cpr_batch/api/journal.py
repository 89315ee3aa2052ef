"""The log of important actions, and the deletion of old files."""

import datetime as dt
import uuid
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Body, Query
from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field
from registerbro.api import Page, Request, Size, Whole
from registerbro.auth import Scope, Scopes
from registerbro.ids import LAST_ID
from registerbro.problems import InvalidRequest, responses

from cpr_batch import errors, journal_entries, problems, purge
from cpr_batch.api.common import CurrentBatch
from cpr_batch.journal_entries import Action, Wanted
from cpr_batch.views.journal import JournalEntry
from cpr_batch.views.purges import PurgedFile, PurgeResult

SCOPES: Scopes = {
    ("GET", "/journal"): Scope.BATCH_READ,
    ("POST", "/purges"): Scope.BATCH_RUN,
}
FIRST, LAST = dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC)
router = APIRouter()


def _as_text(value: object) -> object:
    """A time is told as RFC 3339 has it; a bare number would be taken for seconds."""
    if isinstance(value, str) and "T" not in value.upper():
        raise ValueError("must be a date and time with its offset, as 2026-05-18T03:30:00Z")
    return value


Moment: TypeAlias = Annotated[AwareDatetime, BeforeValidator(_as_text)]


class PurgeRequest(Request):
    """Which files to delete."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"older_than_days": 90, "dry_run": True}]})

    older_than_days: Annotated[
        int, Field(ge=1, le=36_500, description="days since the import, at least"), Whole
    ]
    dry_run: bool = Field(default=False, description="only say what would be deleted")


@router.get("/journal", responses=responses(InvalidRequest))
async def journal(
    batch: CurrentBatch,
    size: Size = 100,
    after: Annotated[int, Query(ge=1, le=LAST_ID, description="what the page before gave as next")] = LAST_ID,
    file: Annotated[
        str | None,
        Query(max_length=200, pattern=r"^[ -~]*$", description="only of this file, as the log names it"),
    ] = None,
    run_id: Annotated[uuid.UUID | None, Query(description="only of this run")] = None,
    action: Annotated[Action | None, Query(description="only such actions")] = None,
    since: Annotated[Moment | None, Query(description="not before this time")] = None,
) -> Page[JournalEntry]:
    """Every important action, newest first."""
    wanted = Wanted(file, run_id, action, since and _in_range(since))
    found = await journal_entries.newest(batch.pool, wanted, before=after, size=size)
    cursor = str(found[-1].journal_id) if found else ""
    return Page[JournalEntry].cut([JournalEntry.of(entry) for entry in found], size, cursor)


@router.post("/purges", responses=responses(*problems.of(errors.SettingsUnusable), *problems.INTERIM))
async def start_purge(batch: CurrentBatch, request: Annotated[PurgeRequest, Body()]) -> PurgeResult:
    """Deletes imported files of the interim directory by age, with their error logs. Nothing else is ever deleted."""
    work = purge.due if request.dry_run else purge.purge
    found = await work(batch, dt.timedelta(days=request.older_than_days))
    return PurgeResult(is_dry_run=request.dry_run, files=[PurgedFile.of(each) for each in found])


def _in_range(time: dt.datetime) -> dt.datetime:
    """The same moment in UTC, or the nearest that can be told in it."""
    try:
        return time.astimezone(dt.UTC)
    except OverflowError:
        return FIRST if time.year == FIRST.year else LAST
