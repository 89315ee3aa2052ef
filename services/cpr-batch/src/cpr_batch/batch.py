"""What every action of CPR Batch works with: store, interim directory, file server."""

import dataclasses
import datetime as dt
from collections.abc import Callable

from registerbro.database import Pool

from cpr_batch.checkpoint import Checkpoint, nothing
from cpr_batch.errors import ServerNotConfigured
from cpr_batch.ftps import FtpsServer
from cpr_batch.interim import Interim
from cpr_batch.remote import RemoteServer
from cpr_batch.settings import CprBatchSettings


def utc_now() -> dt.datetime:
    """The present time."""
    return dt.datetime.now(dt.UTC)


@dataclasses.dataclass(frozen=True)
class Batch:
    """Opened once, used by the API and the command line alike."""

    pool: Pool
    settings: CprBatchSettings
    now: Callable[[], dt.datetime] = utc_now
    checkpoint: Checkpoint = nothing

    @property
    def interim(self) -> Interim:
        """The interim directory."""
        return Interim(self.settings.interim_directory)

    @property
    def server(self) -> RemoteServer:
        """The file server."""
        if self.settings.ftp is None:
            raise ServerNotConfigured
        return FtpsServer(self.settings.ftp)
