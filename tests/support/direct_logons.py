"""Logons for tests of CPR Direkte: with and without a store behind them."""

import dataclasses
from collections.abc import Callable
from typing import TypeAlias

import pytest
from cpr_direct.credentials import Account, Credentials, Origin
from cpr_direct.logon import LogonState, StoredLogons, Transmit
from cpr_direct.settings import CprDirectSettings
from cpr_direct.wire import Header
from cryptography.fernet import Fernet
from pydantic import SecretStr
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool
from registerbro.secrets import SecretStore

from tests.support.cpr_files import ANNA
from tests.support.services import AUDIT_KEY

WHOM = CprNumber(ANNA)
MakeLogons: TypeAlias = Callable[[CprDirectSettings], StoredLogons]


@dataclasses.dataclass
class KnownLogons:
    """Logons with the configured password, of which nothing is remembered."""

    settings: CprDirectSettings

    async def logon(self, transmit: Transmit) -> Header:
        """One logon."""
        assert self.settings.password
        account = Account.of(self.settings)
        return await transmit(Credentials(account, self.settings.password, Origin.CONFIGURED))

    async def state(self) -> LogonState:
        """Nothing is known."""
        return LogonState(Origin.CONFIGURED, None, None, None, None)


@pytest.fixture
def secret_store() -> SecretStore:
    """A secret store with a key."""
    return SecretStore([SecretStr(Fernet.generate_key().decode())])


@pytest.fixture
def make_logons(pool: Pool, secret_store: SecretStore) -> MakeLogons:
    """Makes the logons of a replica: all on the same store, with the same keys."""

    def make(settings: CprDirectSettings) -> StoredLogons:
        return StoredLogons(pool, secret_store, AUDIT_KEY, settings)

    return make
