"""When the daily jobs of all services run."""

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
)
from registerbro.configuration.schedules import DEFAULT, Default
from registerbro.problems import responses
from registerbro.service import CurrentService

from console.configuration_views import ScheduleOut, SchedulesOut

SCHEDULES = "/configuration/schedules"
SCHEDULE = f"{SCHEDULES}/{{job}}"
SCOPES: Scopes = {
    ("GET", SCHEDULES): Scope.CONFIG_READ,
    ("GET", SCHEDULE): Scope.CONFIG_READ,
    ("PUT", SCHEDULE): Scope.CONFIG_WRITE,
}
ThisJob = Annotated[
    str, Path(pattern=r"^[a-z][a-z.-]{0,99}$", description="the job's name", examples=["store.partitions"])
]
router = APIRouter()


class ScheduleChange(Request):
    """A time of day, off, or the default again."""

    at: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = Field(
        default=None, description="Danish, as 02:30; null: off", examples=["02:30"]
    )
    default: bool = Field(default=False, description="true: the service's own time counts again")

    @model_validator(mode="after")
    def _one_of_them(self) -> "ScheduleChange":
        if self.default is ("at" in self.model_fields_set):
            raise ValueError("give either at or default: true")
        return self

    def time(self) -> dt.time | Default | None:
        """As the store takes it."""
        if self.default:
            return DEFAULT
        return None if self.at is None else dt.time.fromisoformat(self.at)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@router.get(SCHEDULES)
async def list_schedules(service: CurrentService) -> SchedulesOut:
    """Every daily job: its time, its latest runs, and when it runs next."""
    found = await schedules.show_all(service.pool, _now())
    return SchedulesOut(items=[ScheduleOut.of(each) for each in found])


@router.get(SCHEDULE, responses=responses(JobUnknown))
async def show_schedule(job: ThisJob, service: CurrentService) -> ScheduleOut:
    """One daily job."""
    return ScheduleOut.of(await schedules.show(service.pool, job, _now()))


@router.put(
    SCHEDULE, responses=responses(JobUnknown, ScheduleFixed, ScheduleChangedElsewhere, ScheduleNeeded)
)
async def change_schedule(
    job: ThisJob,
    request: Annotated[ScheduleChange, Body()],
    service: CurrentService,
    caller: CurrentCaller,
) -> ScheduleOut:
    """Changes a job's time. Running services notice within seconds; a moment that is over by then is not made up for."""
    async with service.pool.acquire() as connection:
        changed = await schedules.change(connection, job, request.time(), by=caller, now=_now())
    return ScheduleOut.of(changed)
