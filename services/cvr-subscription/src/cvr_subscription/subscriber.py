"""What every action of CVR Subscription works with: store, provider, settings, and whether changes are followed."""

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import AsyncGenerator, Callable
from typing import Protocol

from registerbro import features, sources
from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.database import Connection, Pool
from registerbro.features import Feature
from registerbro.jobs import DENMARK
from registerbro.number_hash import NumberHasher
from registerbro.registers.certificates import CertificateState
from registerbro.registers.errors import NotConfigured
from registerbro.registers.port import Feed, Lookup
from registerbro.registers.settings import CvrSettings
from registerbro.registers.steps import Step
from registerbro.settings import variable
from registerbro.sources import CvrSource

from cvr_subscription.checkpoint import Checkpoint, nothing
from cvr_subscription.settings import CvrSubscriptionSettings


class Mode(enum.StrEnum):
    """What the modules' switches ask for."""

    FOLLOWS = "follows"  # both on
    RESTS = "rests"  # CVR Update on, CVR off: what is subscribed stays, nothing is asked
    ENDS = "ends"  # CVR Update off: everything is cancelled


def utc_now() -> dt.datetime:
    """The present time."""
    return dt.datetime.now(dt.UTC)


async def mode_of(store: "Connection | Pool") -> Mode:
    """What the switches ask for at this moment."""
    states = await features.states(store)
    if not states[Feature.CVR_UPDATE]:
        return Mode.ENDS
    return Mode.FOLLOWS if states[Feature.CVR] else Mode.RESTS


async def name_types(store: "Connection | Pool") -> list[str]:
    """The types of contacts that are companies and production units."""
    source = await sources.load(store, "CVR-J")
    return [source.company_name_type, source.unit_name_type]


class Provided(Protocol):
    """A provider that is open: ``registerbro.registers.opening.Opened``, as far as it is needed here."""

    @property
    def lookup(self) -> Lookup:
        """Looks units up."""

    @property
    def feed(self) -> Feed | None:
        """Tells of changes, where the provider does."""

    @property
    def identity(self) -> str:
        """Provider and configuration; the object ids of another one are void."""

    async def certificate(self) -> CertificateState | None:
        """How our certificate stands; None where none is used."""

    def steps(self) -> AsyncGenerator[Step, None]:
        """The connection test."""


@dataclasses.dataclass(frozen=True)
class Subscriber:
    """Opened once for as long as a service or a command runs."""

    pool: Pool
    provider: Provided
    settings: CvrSubscriptionSettings
    cvr: CvrSettings
    hasher: NumberHasher
    now: Callable[[], dt.datetime] = utc_now
    checkpoint: Checkpoint = nothing
    replica: uuid.UUID = dataclasses.field(default_factory=uuid.uuid4)

    @property
    def lookup(self) -> Lookup:
        """Looks units up."""
        return self.provider.lookup

    @property
    def feed(self) -> Feed:
        """Tells of changes; ``NotConfigured`` where the provider tells of none."""
        if self.provider.feed is None:
            raise NotConfigured((f"{variable(('cvr', 'updates'))}: this provider tells of no changes",))
        return self.provider.feed

    @property
    def identity(self) -> str:
        """The provider in use, as rows and positions name it."""
        return self.provider.identity

    @property
    def today(self) -> dt.date:
        """The Danish date."""
        return self.now().astimezone(DENMARK).date()

    async def source(self) -> CvrSource:
        """How companies and production units are treated, as it is configured at the moment."""
        return await sources.load(self.pool, "CVR-J")

    def number(self, source: CvrSource, name_type: str, name_code: str) -> UnitNumber:
        """The number of a contact; ``InvalidUnitNumber`` where it is none."""
        if name_type == source.company_name_type:
            return CvrNumber.parse(name_code, checks_digit=self.cvr.checks_cvr_digit)
        return PNumber.parse(name_code)
