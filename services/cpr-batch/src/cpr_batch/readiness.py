"""What readiness says of the settings: whether they can be used, whether files wait under other names than are in force, and
whether subscriptions can go their way."""

from registerbro.health import Check, Finding, Status
from registerbro.service import Service
from registerbro.settings import SubscriptionSettings, ToldBy
from registerbro.subscriptions import policy
from registerbro.subscriptions.errors import RuleUnusable

from cpr_batch.batch import Batches
from cpr_batch.configuration import names
from cpr_batch.errors import SettingsUnusable

NAME = "cpr-batch readiness"
NOT_TOLD = "CPR is told of subscriptions by input file, and no orders are configured: set cpr_batch.orders"


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


def subscriptions_check(service: Service) -> Check:
    """Degraded where the policy's rule cannot be used, or wishes never reach CPR."""

    async def look() -> Finding:
        settings = await service.in_force.of(SubscriptionSettings)
        if settings.told_by is ToldBy.INPUT_FILE:
            batch = await service.get(Batches).current(NAME)
            if batch.settings.orders is None and "orders" not in batch.obstacles:
                return Finding(Status.DEGRADED, NOT_TOLD)
        try:
            async with service.pool.acquire() as connection:
                await policy.check_rule(connection, settings)
        except RuleUnusable as error:
            return Finding(Status.DEGRADED, str(error))
        return Finding()

    return Check("subscriptions", look, failure=Status.DEGRADED)
