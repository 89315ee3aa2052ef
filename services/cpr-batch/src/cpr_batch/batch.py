"""What every action of CPR Batch works with: store, interim directory, file server, and who acts."""

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable, Mapping
from pathlib import Path

from registerbro.database import Pool
from registerbro.number_hash import NumberHasher
from registerbro.secrets import SecretStore
from registerbro.settings import Origin, SecretUrl, ToldBy
from registerbro.subscriptions.policy import AskSettings

from cpr_batch.checkpoint import Checkpoint, nothing
from cpr_batch.configuration.layers import InForce, Told, compose
from cpr_batch.configuration.stored import load
from cpr_batch.errors import BatchError, ServerNotConfigured
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
    settings_version: int | None = None  # of the stored settings; None: made without them
    told_by: ToldBy = ToldBy.ONLINE  # how CPR is told of wishes
    obstacles: Mapping[str, BatchError] = dataclasses.field(
        default_factory=dict
    )  # sections that cannot be used
    hasher: NumberHasher | None = None  # what the numbers of erased persons are known by

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
    def orders_wishes(self) -> bool:
        """Whether an upload orders by itself where a wish differs from what is."""
        orders = self.settings.orders
        return orders is not None and (orders.from_wishes or self.told_by is ToldBy.INPUT_FILE)

    @property
    def server(self) -> RemoteServer:
        """The file server."""
        if "ftp" in self.obstacles:
            raise self.obstacles["ftp"]
        if self.settings.ftp is None:
            raise ServerNotConfigured
        return file_server(self.settings.ftp)


@dataclasses.dataclass(frozen=True)
class Batches:
    """Makes a ``Batch`` for each action; opened once for as long as a service or a command runs."""

    pool: Pool
    settings: CprBatchSettings  # what the process was told
    slots: Slots = dataclasses.field(default_factory=Slots)
    secrets: SecretStore = dataclasses.field(default_factory=lambda: SecretStore(()))
    origins: Mapping[tuple[str, ...], Origin] = dataclasses.field(default_factory=dict)
    store: SecretUrl | None = None  # where the contact store is, to be shown
    subscriptions: AskSettings | None = None  # how CPR is told of wishes; None: online
    hasher: NumberHasher | None = None

    @functools.cached_property
    def told(self) -> Told:
        """What the process was told, and by whom."""
        return Told.of(self.settings, self.origins)

    async def current(self, by: str) -> Batch:
        """What an action that begins now works with: stored settings are read anew each time."""
        stored = await load(self.pool, self.secrets)
        in_force = compose(self.told, stored.values, stored.unreadable)
        told_by = (await self.subscriptions()).told_by if self.subscriptions else ToldBy.ONLINE
        return dataclasses.replace(self.batch(in_force, by, stored.version), told_by=told_by)

    def batch(self, in_force: InForce, by: str, version: int | None = None) -> Batch:
        """What an action under these settings works with."""
        return Batch(
            self.pool,
            in_force.settings,
            by,
            slots=self.slots,
            settings_version=version,
            obstacles=in_force.obstacles,
            hasher=self.hasher,
        )
