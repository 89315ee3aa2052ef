"""What every action of CPR Batch works with: store, interim directory, file server, and who acts."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path

from registerbro.database import Pool

from cpr_batch.checkpoint import Checkpoint, nothing
from cpr_batch.errors import ServerNotConfigured
from cpr_batch.interim import Interim
from cpr_batch.remote import RemoteServer
from cpr_batch.servers.opening import file_server
from cpr_batch.settings import CprBatchSettings
from cpr_batch.slots import Slots

COMMAND_LINE = "command line"
SCHEDULE = "schedule"


def utc_now() -> dt.datetime:
    """The present time."""
    return dt.datetime.now(dt.UTC)


@dataclasses.dataclass(frozen=True)
class Batch:
    """Made for each action with the settings in force, by the API and the command line alike."""

    pool: Pool
    settings: CprBatchSettings
    by: str = COMMAND_LINE  # who acts: a client's id, the schedule, the command line
    now: Callable[[], dt.datetime] = utc_now
    checkpoint: Checkpoint = nothing
    slots: Slots = dataclasses.field(default_factory=Slots)  # of this process

    @property
    def interim(self) -> Interim:
        """The interim directory."""
        directory, log_file = self.settings.interim_directory, self.log_file
        if log_file is not None and log_file.parent == directory:
            return Interim(directory, log_file.name)
        return Interim(directory)

    @property
    def log_file(self) -> Path | None:
        """Where the log for people is; a relative path stands in the interim directory."""
        name = self.settings.housekeeping.log_file
        return None if name is None else self.settings.interim_directory / name

    @property
    def server(self) -> RemoteServer:
        """The file server."""
        if self.settings.ftp is None:
            raise ServerNotConfigured
        return file_server(self.settings.ftp)


@dataclasses.dataclass(frozen=True)
class Batches:
    """Makes a ``Batch`` for each action; opened once for as long as a service or a command runs."""

    pool: Pool
    settings: CprBatchSettings
    slots: Slots = dataclasses.field(default_factory=Slots)

    async def current(self, by: str) -> Batch:
        """What an action that begins now works with."""
        return Batch(self.pool, self.settings, by, slots=self.slots)
