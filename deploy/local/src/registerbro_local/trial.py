"""The client applications of local mode: registered at the console, to get tokens as real ones do."""

import contextlib
from pathlib import Path

from console.errors import ClientExists
from console.oauth2.clients import BATCH_USER, Profile
from console.oauth2.opening import opened
from console.settings import AppSettings
from pydantic import SecretStr
from registerbro.auth import Caller, Scope
from registerbro.database import Pool
from registerbro.secrets import SecretStore

from registerbro_local.keys import Keys
from registerbro_local.private_files import write

CLIENT = "trial"
CVR_CLIENT = "cvr-subscription"
FILE = "trial-client.curl"
PROFILE = Profile(name="Trial client of local mode", scopes=frozenset(Scope))
CVR_PROFILE = Profile(name="CVR Subscription", scopes=frozenset({Scope.CVR_UPDATE_RUN}), acts_as=BATCH_USER)
LOCAL = Caller("local mode", None, frozenset())


async def register(pool: Pool, settings: AppSettings, keys: Keys) -> None:
    """Registers the clients where an earlier start has not."""
    issuer = await opened(pool, settings, SecretStore(settings.secrets.keys))
    for client, profile, secret in (
        (CLIENT, PROFILE, keys.client_secret),
        (CVR_CLIENT, CVR_PROFILE, keys.cvr_client_secret),
    ):
        with contextlib.suppress(ClientExists):
            await issuer.clients.add(client, profile, secret=SecretStr(secret), by=LOCAL)


def keep_credentials(path: Path, secret: str) -> None:
    """Writes them as a file of options for curl, so that they stand on no command line."""
    write(path, f'user = "{CLIENT}:{secret}"\n')
