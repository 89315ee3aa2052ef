"""What every action of CVR Online works with: store, register, audit, and who asks why."""

import dataclasses
import datetime as dt
from collections.abc import Callable

from registerbro import sources
from registerbro.audit import Auditor, Purpose
from registerbro.auth import Caller
from registerbro.cvr.numbers import UnitNumber
from registerbro.database import Pool
from registerbro.registers.opening import Opened
from registerbro.registers.settings import CvrSettings
from registerbro.sources import CvrSource

from cvr_online import numbers
from cvr_online.register import Register


def utc_now() -> dt.datetime:
    """The present time."""
    return dt.datetime.now(dt.UTC)


@dataclasses.dataclass(frozen=True, slots=True)
class Reason:
    """For whom something is asked, and why."""

    caller: Caller
    purpose: Purpose


@dataclasses.dataclass(frozen=True, slots=True)
class Online:
    """Opened once for as long as a service or a command runs."""

    pool: Pool
    register: Register
    provider: Opened
    auditor: Auditor
    settings: CvrSettings
    now: Callable[[], dt.datetime] = utc_now

    def number(self, text: str) -> UnitNumber:
        """The CVR number or P-number that somebody wrote. Raises ``NumberRefused``."""
        return numbers.parsed(text, checks_digit=self.settings.checks_cvr_digit)

    async def source(self) -> CvrSource:
        """How units from CVR are treated, as it is configured at the moment."""
        return await sources.load(self.pool, "CVR-J")
