"""Opens what actions work with, for the service and the command line alike."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from registerbro.database import Pool
from registerbro.number_hash import NumberHasher
from registerbro.registers import opening
from registerbro.registers.port import Provider
from registerbro.registers.settings import CvrSettings
from registerbro.secrets import SecretStore

from cvr_subscription.settings import CommandSettings, SubscriptionServiceSettings
from cvr_subscription.subscriber import Provided, Subscriber


class Opener(Protocol):
    """Opens a provider, as ``registerbro.registers.opening.opened`` does."""

    def __call__(
        self,
        pool: Pool,
        settings: CvrSettings,
        provider: Provider,
        *,
        secrets: SecretStore,
    ) -> AbstractAsyncContextManager[Provided]:
        """The provider, for as long as the block lasts."""


@contextlib.asynccontextmanager
async def opened(
    pool: Pool,
    settings: SubscriptionServiceSettings | CommandSettings,
    *,
    secrets: SecretStore,
    opener: Opener = opening.opened,
) -> AsyncIterator[Subscriber]:
    """Store and provider, for as long as the block lasts; the provider is called only when something is asked."""
    async with opener(pool, settings.cvr, settings.cvr.updates, secrets=secrets) as provider:
        hasher = NumberHasher(settings.audit.key)
        yield Subscriber(pool, provider, settings.cvr_subscription, settings.cvr, hasher)
