"""Our certificate's end, seen in time: readiness tells of it from thirty days before, and a job looks at it every day."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from registerbro.health import Finding, Status, sentence
from registerbro.jobs import Job
from registerbro.registers.certificates import CertificateState

LOOKED_AT = dt.time(6, 15)  # Danish: before people come to work
log = structlog.get_logger()


def certificate_finding(state: CertificateState | None) -> Finding:
    """For readiness: Degraded where somebody has to look into it; calls fail with the same text once it is too late."""
    if state is None:
        return Finding()
    status = Status.HEALTHY if state.is_fine else Status.DEGRADED
    return Finding(status, "" if state.is_fine else sentence(state.text), facts(state))


def certificate_job(service: str, state: Callable[[], Awaitable[CertificateState | None]]) -> Job:
    """Looks once a day, and logs a warning where somebody has to do something."""

    async def look(_: dt.date) -> Mapping[str, Any]:
        found = await state()
        if found is None:
            return {}
        (log.info if found.is_fine else log.warning)("certificate looked at", **facts(found))
        return facts(found)

    return Job(f"{service}.certificate", LOOKED_AT, look, is_needed=True, is_switched=False)


def facts(state: CertificateState) -> Mapping[str, str]:
    """What is told of a certificate; nothing of it is secret."""
    told = {
        "status": str(state.status),
        "subject": state.subject,
        "issuer": state.issuer,
        "serial": state.serial,
        "expires_at": state.not_after.isoformat() if state.not_after else "",
        "problem": state.problem,
    }
    return {name: value for name, value in told.items() if value}
