"""Settings that all services share and operators change while they run: the subscription policy, and retention times."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from pydantic import ConfigDict, Field
from registerbro.api import Request
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.configuration import settings
from registerbro.configuration.errors import SettingFixed, SettingsRefused
from registerbro.configuration.groups import POLICY, RETENTION, Group
from registerbro.configuration.settings import Wish
from registerbro.problems import VersionMismatch, responses
from registerbro.service import CurrentService

from console.api.configuration.common import WITH_ETAG, Read, tag
from console.configuration_views import SettingsOut

POLICY_PATH = "/configuration/policy"
RETENTION_PATH = "/configuration/retention"
SCOPES: Scopes = {
    ("GET", POLICY_PATH): Scope.CONFIG_READ,
    ("PATCH", POLICY_PATH): Scope.CONFIG_WRITE,
    ("GET", RETENTION_PATH): Scope.CONFIG_READ,
    ("PATCH", RETENTION_PATH): Scope.CONFIG_WRITE,
}
ELSEWHERE = {
    POLICY.topic: (),
    RETENTION.topic: (
        "housekeeping.journal_days and housekeeping.purge_after_days of CPR Batch: PATCH /settings of cpr-batch",
    ),
}
CHANGE = WITH_ETAG | responses(SettingsRefused, SettingFixed, VersionMismatch)
router = APIRouter()


class SettingsChange(Request):
    """What is to change."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"values": {"subscriptions.delay_days": 14}, "unset": ["subscriptions.brake_share"]}]
        }
    )

    values: dict[str, Any] = Field(default={}, max_length=100, description="new values by name")
    unset: list[str] = Field(default=[], max_length=100, description="names whose stored value is to go")


async def _show(service: CurrentService, response: Response, group: Group) -> SettingsOut:
    shown = await settings.show(service.pool, service.settings, group)
    tag(response, shown.version)
    return SettingsOut.of(shown, ELSEWHERE[group.topic])


async def _change(
    service: CurrentService,
    response: Response,
    group: Group,
    change: SettingsChange,
    caller: CurrentCaller,
    read: int | None,
) -> SettingsOut:
    wish = Wish(change.values, change.unset)
    async with service.pool.acquire() as connection:
        shown = await settings.change(connection, service.settings, group, wish, by=caller, version=read)
    tag(response, shown.version)
    return SettingsOut.of(shown, ELSEWHERE[group.topic])


@router.get(POLICY_PATH, responses=WITH_ETAG)
async def show_policy(service: CurrentService, response: Response) -> SettingsOut:
    """The subscription policy: when its job runs, by which rule, and how CPR is told."""
    return await _show(service, response, POLICY)


@router.patch(POLICY_PATH, responses=CHANGE)
async def change_policy(
    request: Annotated[SettingsChange, Body()],
    service: CurrentService,
    caller: CurrentCaller,
    response: Response,
    read: Read,
) -> SettingsOut:
    """Changes it, all or nothing. Running services notice within seconds."""
    return await _change(service, response, POLICY, request, caller, read)


@router.get(RETENTION_PATH, responses=WITH_ETAG)
async def show_retention(service: CurrentService, response: Response) -> SettingsOut:
    """How long the audit log and events are kept, and whom a look back over the audit log alerts to."""
    return await _show(service, response, RETENTION)


@router.patch(RETENTION_PATH, responses=CHANGE)
async def change_retention(
    request: Annotated[SettingsChange, Body()],
    service: CurrentService,
    caller: CurrentCaller,
    response: Response,
    read: Read,
) -> SettingsOut:
    """Changes it, all or nothing. What is past its time is dropped by the next housekeeping."""
    return await _change(service, response, RETENTION, request, caller, read)
