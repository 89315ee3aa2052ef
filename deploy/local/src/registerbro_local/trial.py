"""The client application of local mode: registered at the console, to get tokens as real ones do."""

from pathlib import Path

from console.errors import ClientExists
from console.oauth2.clients import Profile
from console.oauth2.opening import opened
from console.settings import AppSettings
from pydantic import SecretStr
from registerbro.auth import Caller, Scope
from registerbro.database import Pool
from registerbro.secrets import SecretStore

from registerbro_local.private_files import write

CLIENT = "trial"
FILE = "trial-client.curl"
PROFILE = Profile(name="Trial client of local mode", scopes=frozenset(Scope))
LOCAL = Caller("local mode", None, frozenset())


async def register(pool: Pool, settings: AppSettings, secret: str) -> None:
    """Registers the client where an earlier start has not."""
    issuer = await opened(pool, settings, SecretStore(settings.secrets.keys))
    try:
        await issuer.clients.add(CLIENT, PROFILE, secret=SecretStr(secret), by=LOCAL)
    except ClientExists:
        return


def keep_credentials(path: Path, secret: str) -> None:
    """Writes them as a file of options for curl, so that they stand on no command line."""
    write(path, f'user = "{CLIENT}:{secret}"\n')
