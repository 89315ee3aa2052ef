"""What readiness says of the settings: whether they can be used, and whether files wait under other names than are in force."""

from registerbro.health import Check, Finding, Status
from registerbro.service import Service

from cpr_batch.batch import Batches
from cpr_batch.configuration import names
from cpr_batch.errors import SettingsUnusable

NAME = "cpr-batch readiness"


def settings_check(service: Service) -> Check:
    """Degraded, not more: the API is needed to mend it."""

    async def look() -> Finding:
        try:
            batch = await service.get(Batches).current(NAME)
        except SettingsUnusable as error:
            return Finding(Status.DEGRADED, str(error))
        if obstacles := [str(each) for each in batch.obstacles.values()]:
            return Finding(Status.DEGRADED, "; ".join(obstacles))
        if left := await names.left_behind(batch):
            return Finding(
                Status.DEGRADED,
                f"{len(left)} files wait under another interim directory, pattern or prefix than is in force now: "
                f"set the former ones, import the files, then change",
                {"files": left[:20]},
            )
        return Finding()

    return Check("settings", look, failure=Status.DEGRADED)
