"""What ``/readiness`` says of the file server's settings; the server itself is not asked, so that no account gets locked."""

from registerbro.health import Check, Finding, Status
from registerbro.service import Service

from cpr_batch.batch import Batches
from cpr_batch.connect import PLAIN

CALLER = "readiness"


def encryption(service: Service) -> Check:
    """Degraded while the file server is used without encryption."""

    async def look() -> Finding:
        ftp = (await service.get(Batches).current(CALLER)).settings.ftp
        if ftp is not None and not ftp.is_encrypted:
            return Finding(Status.DEGRADED, PLAIN)
        return Finding()

    return Check("file-server-encryption", look, failure=Status.DEGRADED)
