"""What ``/readiness`` says of CPR and of what waits for it. Nothing of it makes the service not ready: calls are answered, the
store's part of them well, and an operator can mend the rest through the API.

CPR itself is not called: an account gets locked by fewer logons than probes make in a minute. What calls found is told.
"""

import datetime as dt
from collections.abc import Iterator

from registerbro.health import Check, Finding, Status
from registerbro.service import Service
from registerbro.settings import ToldBy

from cpr_direct import attempts, policy
from cpr_direct.direct import Direct
from cpr_direct.errors import presentation
from cpr_direct.gateway import GatewayState
from cpr_direct.settings import DirectSettings

NOTICE = dt.timedelta(days=14)  # before CPR's certificate or our password expires
BREAKER_CLOSED = "closed"


def checks(service: Service, settings: DirectSettings) -> Iterator[Check]:
    """The service's own checks."""

    async def register() -> Finding:
        direct = service.get(Direct)
        return register_finding(await direct.gateway.state(), direct.now())

    async def subscriptions() -> Finding:
        direct = service.get(Direct)
        row = await attempts.SQL.figures(direct.pool)
        problem = await policy.rule_problem(direct)
        told_by = (await direct.subscriptions()).told_by
        return subscription_finding(dict(row), problem, told_by)

    yield Check("CPR Direkte", register, failure=Status.DEGRADED)
    yield Check("subscriptions", subscriptions, failure=Status.DEGRADED)


def register_finding(state: GatewayState, now: dt.datetime) -> Finding:
    """How CPR and we get along."""
    data = {
        "breaker": state.breaker,
        "last_success": _text(state.last_success),
        "last_failure": state.last_failure,
        "last_failure_at": _text(state.last_failure_at),
        "logon_obstacle": state.logon.obstacle and presentation(state.logon.obstacle).slug,
        "password_since": _text(state.logon.password_since),
        "password_expires": _text(state.logon.password_expires),
        "certificate_expires": _text(state.certificate_expires),
    }
    reasons = list(_register_reasons(state, now))
    status = Status.DEGRADED if reasons else Status.HEALTHY
    return Finding(status, " ".join(reasons), {name: value for name, value in data.items() if value})


def _register_reasons(state: GatewayState, now: dt.datetime) -> Iterator[str]:
    logon = state.logon
    if logon.obstacle is not None:
        yield f"No logon is made: {logon.obstacle}."
    if logon.unsettled_since is not None:
        yield "A change of the password was sent, and whether CPR took it is not known; the next logon finds out."
    if state.breaker != BREAKER_CLOSED:
        yield f"CPR is left alone after several failures ({state.last_failure})."
    if logon.password_expires is not None and logon.password_expires - now < NOTICE:
        yield f"The password expires on {logon.password_expires:%Y-%m-%d}."
    if state.certificate_expires is not None and state.certificate_expires - now < NOTICE:
        yield f"CPR's certificate expires on {state.certificate_expires:%Y-%m-%d}."


def subscription_finding(figures: dict[str, int], rule_problem: str | None, told_by: ToldBy) -> Finding:
    """What waits for CPR's agreement."""
    reasons = [f"{rule_problem}."] if rule_problem else []
    if told_by is ToldBy.ONLINE and figures["failing"]:
        reasons.append(f"CPR could not be told of {figures['failing']} subscriptions; it is tried again.")
    status = Status.DEGRADED if reasons else Status.HEALTHY
    return Finding(status, " ".join(reasons), {"told_by": str(told_by), **figures})


def _text(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
