"""What runs on a schedule: the daily look at our certificate."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from registerbro.jobs import Job

from cvr_online.online import Online

CERTIFICATE = "cvr-online.certificate"
LOOK_AT = dt.time(6, 40)
log = structlog.get_logger()


def daily(online: Online) -> Iterator[Job]:
    """The service's own jobs, each once a Danish date over all replicas."""

    async def look(_: dt.date) -> Mapping[str, Any]:
        state = online.provider.certificate
        if state is None:
            return {"is_used": False}
        if not state.is_fine:
            log.warning("certificate needs attention", status=state.status, reason=state.text)
        return {
            "is_used": True,
            "status": state.status,
            "expires_at": state.not_after and state.not_after.isoformat(),
        }

    yield Job(CERTIFICATE, LOOK_AT, look)
