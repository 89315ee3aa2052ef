"""Who uses local mode: client applications that get tokens as real ones do, and an administrator who logs in."""

import contextlib
from pathlib import Path

from console.errors import ClientExists
from console.oauth2.clients import BATCH_USER, Profile
from console.oauth2.opening import opened
from console.people.errors import UserExists
from console.people.opening import users_of
from console.people.roles import Role
from console.people.users import Profile as UserProfile
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
ADMINISTRATOR = "admin"
ADMINISTRATOR_FILE = "administrator.txt"
LOCAL = Caller("local mode", None, frozenset())


async def register(pool: Pool, settings: AppSettings, keys: Keys) -> None:
    """Registers clients and administrator where an earlier start has not."""
    await add_administrator(pool, keys)
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


async def add_administrator(pool: Pool, keys: Keys) -> None:
    """A person who may do all that one person may: an administrator who is the data-protection officer, too."""
    profile = UserProfile(
        "Local administrator", frozenset({Role.ADMINISTRATOR, Role.DATA_PROTECTION_OFFICER})
    )
    password = SecretStr(keys.administrator_password)
    with contextlib.suppress(UserExists):
        await users_of(pool).add(ADMINISTRATOR, profile, password=password, by=LOCAL)
