"""When the daily and recurring jobs of all services run."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Body, Path
from pydantic import Field, StringConstraints, model_validator
from registerbro.api import Request
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.configuration import schedules
from registerbro.configuration.errors import (
    JobUnknown,
    ScheduleChangedElsewhere,
    ScheduleFixed,
    ScheduleNeeded,
    ScheduleUnfit,
)
from registerbro.configuration.schedules import DEFAULT, When
from registerbro.problems import responses
from registerbro.service import CurrentService

from console.configuration_views import ScheduleOut, SchedulesOut

SCHEDULES = "/configuration/schedules"
SCHEDULE = f"{SCHEDULES}/{{job}}"
RUNS = f"{SCHEDULE}/runs"
SCOPES: Scopes = {
    ("GET", SCHEDULES): Scope.CONFIG_READ,
    ("GET", SCHEDULE): Scope.CONFIG_READ,
    ("PUT", SCHEDULE): Scope.CONFIG_WRITE,
    ("POST", RUNS): Scope.CONFIG_WRITE,
}
ThisJob = Annotated[
    str, Path(pattern=r"^[a-z][a-z.-]{0,99}$", description="the job's name", examples=["store.partitions"])
]
router = APIRouter()


class ScheduleChange(Request):
    """A time of day, an interval, off, or the default again."""

    at: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = Field(
        default=None, description="Danish, as 02:30; null: off", examples=["02:30"]
    )
    every_seconds: Annotated[int, Field(ge=60, le=30 * 86_400)] | None = Field(
        default=None, description="of a recurring job; null: off"
    )
    default: bool = Field(default=False, description="true: the service's own time counts again")

    @model_validator(mode="after")
    def _one_of_them(self) -> "ScheduleChange":
        if len({"at", "every_seconds"} & self.model_fields_set) + self.default != 1:
            raise ValueError("give one of at, every_seconds and default: true")
        return self

    def time(self) -> When:
        """As the store takes it."""
        if self.default:
            return DEFAULT
        if self.every_seconds is not None:
            return dt.timedelta(seconds=self.every_seconds)
        return None if self.at is None else dt.time.fromisoformat(self.at)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@router.get(SCHEDULES)
async def list_schedules(service: CurrentService) -> SchedulesOut:
    """Every job: its time or interval, its latest runs, and when it runs next."""
    found = await schedules.show_all(service.pool, _now())
    return SchedulesOut(items=[ScheduleOut.of(each) for each in found])


@router.get(SCHEDULE, responses=responses(JobUnknown))
async def show_schedule(job: ThisJob, service: CurrentService) -> ScheduleOut:
    """One job."""
    return ScheduleOut.of(await schedules.show(service.pool, job, _now()))


@router.put(
    SCHEDULE,
    responses=responses(JobUnknown, ScheduleFixed, ScheduleChangedElsewhere, ScheduleNeeded, ScheduleUnfit),
)
async def change_schedule(
    job: ThisJob,
    request: Annotated[ScheduleChange, Body()],
    service: CurrentService,
    caller: CurrentCaller,
) -> ScheduleOut:
    """Changes a job's time or interval. Running services notice within seconds; a moment that is over by then is not made up for."""
    async with service.pool.acquire() as connection:
        changed = await schedules.change(connection, job, request.time(), by=caller, now=_now())
    return ScheduleOut.of(changed)


@router.post(RUNS, status_code=202, responses=responses(JobUnknown, ScheduleUnfit))
async def run_now(job: ThisJob, service: CurrentService) -> ScheduleOut:
    """Has a recurring job run within seconds, by whichever replica sees it first; while its module is off it rests."""
    async with service.pool.acquire() as connection:
        return ScheduleOut.of(await schedules.run_now(connection, job, _now()))
