"""Settings: shown with where they come from, changed, checked, and their history."""

import dataclasses
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Response
from pydantic import ConfigDict, Field
from registerbro.api import Acting, Page, Request, Size
from registerbro.auth import Scope, Scopes
from registerbro.ids import LAST_ID
from registerbro.openapi import described
from registerbro.problems import InvalidRequest, VersionMismatch, responses

from cpr_batch import connect, errors, problems
from cpr_batch.api.common import CurrentBatches
from cpr_batch.batch import Batches
from cpr_batch.configuration import changing, showing, stored
from cpr_batch.configuration.changing import Candidate, Wish
from cpr_batch.errors import SettingsRefused
from cpr_batch.views.servers import ConnectionTest
from cpr_batch.views.settings import SettingChange, SettingProblem, SettingsCheck, SettingsView

SCOPES: Scopes = {
    ("GET", "/settings"): Scope.CONFIG_READ,
    ("PATCH", "/settings"): Scope.CONFIG_WRITE,
    ("POST", "/settings/check"): Scope.CONFIG_WRITE,
    ("GET", "/settings/history"): Scope.CONFIG_READ,
}
WITH_ETAG: dict[int | str, dict[str, Any]] = {
    200: {"headers": described({"ETag": "the version, for If-Match"})}
}
EXAMPLE: dict[str, Any] = {
    "values": {"ftp.host": "ftp.example.dk", "pattern": "d??????.l??????"},
    "unset": ["daily_at"],
}
router = APIRouter()


class SettingsChange(Request):
    """What is to change."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    values: dict[str, Any] = Field(
        default={}, max_length=200, description="new values by name; a secret that is null is removed"
    )
    unset: list[str] = Field(
        default=[], max_length=200, description="names, or sections, whose stored value is to go"
    )

    def wish(self) -> Wish:
        return Wish(self.values, self.unset)


class SettingsCandidate(SettingsChange):
    """What would change."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**EXAMPLE, "with_connection": True}]})

    with_connection: bool = Field(
        default=False, description="also test the connection under the settings that would result"
    )


@router.get("/settings", responses=WITH_ETAG)
async def show_settings(batches: CurrentBatches, response: Response) -> SettingsView:
    """Every setting: what is in force, where it comes from, whether it can be changed here, and its type and bounds."""
    return _with_etag(response, await showing.shown(batches))


@router.patch(
    "/settings",
    responses=WITH_ETAG
    | responses(
        VersionMismatch,
        *problems.of(errors.SettingsRefused, errors.FilesWaiting, errors.TransferBusy),
        *problems.INTERIM,
    ),
)
async def change_settings(
    batches: CurrentBatches,
    acting: Acting,
    response: Response,
    change: Annotated[SettingsChange, Body()],
    if_match: Annotated[
        str | None,
        Header(
            pattern=r'^("\d{1,18}"|\*)$',
            description="the ETag that was read; the change is refused if it is old",
        ),
    ] = None,
) -> SettingsView:
    """Changes stored settings, all or none. They count for every action that begins afterwards, in every replica."""
    version = int(if_match.strip('"')) if if_match not in (None, "*") else None
    await changing.change(batches, change.wish(), by=acting, version=version)
    return _with_etag(response, await showing.shown(batches))


@router.post("/settings/check", responses=responses(InvalidRequest))
async def check_settings(
    batches: CurrentBatches, acting: Acting, candidate: Annotated[SettingsCandidate, Body()]
) -> SettingsCheck:
    """Says what a change would come to, without making it."""
    try:
        found = await changing.candidate(batches, candidate.wish())
    except SettingsRefused as error:
        refused = [SettingProblem(**dataclasses.asdict(problem)) for problem in error.problems]
        return SettingsCheck(is_valid=False, problems=refused, changed=[])
    tested = await _tested(batches, found, acting) if candidate.with_connection else None
    changed = [each.name for each in found.changes]
    return SettingsCheck(is_valid=True, problems=[], changed=changed, connection=tested)


@router.get("/settings/history", responses=responses(InvalidRequest))
async def settings_history(
    batches: CurrentBatches,
    size: Size = 100,
    after: Annotated[int, Query(ge=1, le=LAST_ID, description="what the page before gave as next")] = LAST_ID,
) -> Page[SettingChange]:
    """Who changed which stored setting and when, newest first."""
    rows = stored.SQL.changes(batches.pool, before=after, size=size)
    found = [SettingChange.of(row) async for row in rows]
    return Page[SettingChange].cut(found, size, str(found[-1].change_id) if found else "")


async def _tested(batches: Batches, found: Candidate, by: str) -> ConnectionTest:
    return ConnectionTest.of(await connect.check(batches.batch(found.in_force, by)))


def _with_etag(response: Response, view: SettingsView) -> SettingsView:
    response.headers["ETag"] = f'"{view.version}"'
    return view
