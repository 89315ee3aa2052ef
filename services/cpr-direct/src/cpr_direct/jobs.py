"""What runs on a schedule: the look at the password's age, and housekeeping."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from registerbro.jobs import Job

from cpr_direct import password
from cpr_direct.direct import Direct

PASSWORD = "cpr-direct.password"  # noqa: S105 (the name of a job)
HOUSEKEEPING = "cpr-direct.housekeeping"
HOUSEKEEPING_AT = dt.time(1, 20)
CHANGE_AT = ("cpr_direct", "password_change", "change_at")
BY = "schedule"


def daily(direct: Direct) -> Iterator[Job]:
    """The service's own jobs, each once a Danish date over all replicas."""
    settings = direct.settings.password_change

    async def change_password(_: dt.date) -> Mapping[str, Any]:
        is_due = await password.due(direct.logons, settings, direct.now())
        if is_due:
            await password.change(direct.gateway, direct.logons, by=BY)
        return {"changed": is_due}

    async def clean(date: dt.date) -> Mapping[str, Any]:
        return {"usage_forgotten": await direct.budget.forget(date)}

    if settings.change_after_days is not None:
        yield Job(PASSWORD, settings.change_at, change_password, setting=CHANGE_AT)
    yield Job(HOUSEKEEPING, HOUSEKEEPING_AT, clean)
