"""What every part of CVR Update works with: store, lookup, settings, and the time."""

import dataclasses
import datetime as dt
import os
import random
import socket
import uuid
from collections.abc import Awaitable, Callable

from registerbro import sources
from registerbro.database import Pool
from registerbro.jobs import DENMARK
from registerbro.number_hash import NumberHasher
from registerbro.registers.port import Lookup
from registerbro.registers.settings import CvrSettings
from registerbro.sources import CvrSource

from cvr_update.settings import CvrUpdateSettings


def utc_now() -> dt.datetime:
    """The present time."""
    return dt.datetime.now(dt.UTC)


def worker_name() -> str:
    """Who works, for whoever looks at the queue: the machine, the process, and a mark of its own."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:4]}"


async def _always() -> bool:
    return True


@dataclasses.dataclass(frozen=True)
class Updates:
    """Opened once for as long as a service or a command runs."""

    pool: Pool
    lookup: Lookup
    settings: CvrUpdateSettings
    cvr: CvrSettings
    hasher: NumberHasher
    is_on: Callable[[], Awaitable[bool]] = _always  # both modules are
    now: Callable[[], dt.datetime] = utc_now
    jitter: Callable[[float, float], float] = random.uniform
    worker: str = dataclasses.field(default_factory=worker_name)

    @property
    def today(self) -> dt.date:
        """The Danish date."""
        return self.now().astimezone(DENMARK).date()

    async def source(self) -> CvrSource:
        """How units from CVR are treated, as it is configured at the moment."""
        return await sources.load(self.pool, "CVR-J")
