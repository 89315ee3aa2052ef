"""Opens the issuer, for the service and the command line alike."""

import datetime as dt

from registerbro.database import Pool
from registerbro.secrets import SecretStore
from registerbro.settings import AuthSettings

from console.errors import TokensIssuedElsewhere
from console.oauth2.clients import Clients
from console.oauth2.guessing import Guesses
from console.oauth2.hashing import Hasher
from console.oauth2.issuing import Claims, Issuer
from console.oauth2.keys import DevelopmentRing, KeyRing, StoredRing
from console.settings import AppSettings, CommandSettings, Signing, signing


def utc_now() -> dt.datetime:
    """The present time."""
    return dt.datetime.now(dt.UTC)


async def opened(pool: Pool, settings: AppSettings | CommandSettings, secrets: SecretStore) -> Issuer:
    """The issuer, its first key made where there is none. ``TokensIssuedElsewhere`` where another issuer is configured."""
    tokens = settings.console.tokens
    hasher = Hasher()
    return Issuer(
        clients=Clients(pool, hasher, now=utc_now),
        guesses=Guesses(pool, tokens, now=utc_now),
        hasher=hasher,
        keys=await _keys(pool, settings, secrets),
        claims=Claims(
            settings.auth.issuer, settings.auth.audience, dt.timedelta(seconds=tokens.life_seconds)
        ),
        now=utc_now,
    )


async def _keys(pool: Pool, settings: AppSettings | CommandSettings, secrets: SecretStore) -> KeyRing:
    match signing(settings.console, settings.auth):
        case Signing.FOREIGN:
            raise elsewhere(settings.auth)
        case Signing.DEVELOPMENT:
            key = settings.auth.development_key
            return DevelopmentRing(key.get_secret_value() if key else "")
        case Signing.OURS:
            ring = StoredRing(pool, secrets, settings.console.tokens, now=utc_now)
            await ring.prepare()
            return ring


def elsewhere(auth: AuthSettings) -> TokensIssuedElsewhere:
    """What callers are told where another issuer is configured."""
    return TokensIssuedElsewhere(auth.issuer)
