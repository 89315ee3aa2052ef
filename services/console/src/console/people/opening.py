"""Opens what lets people log in, for the service; the commands need the users alone."""

import dataclasses
import datetime as dt
from collections.abc import Mapping

import structlog
from registerbro import auth
from registerbro.database import Pool
from registerbro.service import Service

from console.oauth2.issuing import Issuer
from console.oauth2.opening import utc_now
from console.people.attempts import Attempts
from console.people.cookies import Cookies
from console.people.errors import LoginElsewhere, LoginError, LoginHere
from console.people.issuer_login import IssuerLogin
from console.people.local_login import LocalLogin
from console.people.lockout import Lockout
from console.people.passwords import PasswordHasher
from console.people.provider import Provider
from console.people.sessions import Sessions
from console.people.tokens import ForeignTokens, OwnTokens, TokenSource
from console.people.users import Users
from console.people.vault import Vault
from console.settings import AppSettings, Signing, signing, url_of

CALLBACK = "/login/callback"
log = structlog.get_logger()


@dataclasses.dataclass(frozen=True)
class People:
    """All of it."""

    sessions: Sessions
    cookies: Cookies
    url: str
    lockout: Lockout
    login: LocalLogin | IssuerLogin
    tokens: TokenSource
    vault: Vault

    def local_login(self) -> LocalLogin:
        """By password; ``LoginElsewhere``."""
        match self.login:
            case LocalLogin() as local:
                return local
            case IssuerLogin() as issuer:
                raise LoginElsewhere(issuer.provider.settings.issuer)

    def issuer_login(self) -> IssuerLogin:
        """At the external issuer; ``LoginHere``."""
        if isinstance(self.login, LocalLogin):
            raise LoginHere
        return self.login

    @property
    def form_targets(self) -> str:
        """Where forms of pages may lead, redirects included, as browsers are told: here, and to the issuer's log-out."""
        if isinstance(self.login, LocalLogin):
            return "'self'"
        return " ".join(["'self'", *self.login.provider.origins])

    async def log_out(self, session_id: str | None) -> str | None:
        """Ends a session; returns where the browser is sent to log out at the issuer as well, if anywhere."""
        ended = None if session_id is None else await self.sessions.end(session_id)
        if ended is None:
            return None
        log.info("person logged out", user=ended.user_name)
        if isinstance(self.login, LocalLogin):
            return None
        kept = self.vault.open(ended.tokens)
        provider = self.login.provider
        back_to = provider.settings.after_logout_url or f"{self.url}/"
        try:
            return await provider.logout_url(id_token=kept.id_token if kept else None, back_to=back_to)
        except LoginError:  # the session here has ended all the same
            return None

    async def forget(self) -> Mapping[str, int]:
        """Drops what tells nothing any more; how many of each."""
        return {
            "sessions_forgotten": await self.sessions.forget(),
            "origins_forgotten": await self.lockout.forget(),
        }


def users_of(pool: Pool) -> Users:
    """The local users."""
    return Users(pool, PasswordHasher(), now=utc_now)


def opened(running: Service, settings: AppSettings) -> People:
    """For a service whose issuer of tokens is open, if it has one."""
    pool, console = running.pool, settings.console
    url = url_of(console, settings.auth)
    hasher = PasswordHasher()
    users = Users(pool, hasher, now=utc_now)
    sessions = Sessions(pool, console.sessions, console.login.issuer if console.login else None, now=utc_now)
    lockout = Lockout(pool, console.passwords, settings.audit.key, now=utc_now)
    vault = Vault(running.secrets, now=utc_now)
    provider = None if console.login is None else Provider(console.login, callback=url + CALLBACK)
    cookies = Cookies(url)
    if not (cookies.is_secure or cookies.is_local):
        log.warning("sessions are not protected: the console's address has no https")
    return People(
        sessions=sessions,
        cookies=cookies,
        url=url,
        lockout=lockout,
        login=(
            IssuerLogin(pool, sessions, Attempts(pool, now=utc_now), provider, vault)
            if provider
            else LocalLogin(pool, users, sessions, hasher, lockout, utc_now)
        ),
        tokens=_tokens(running, settings, provider, vault),
        vault=vault,
    )


def _tokens(running: Service, settings: AppSettings, provider: Provider | None, vault: Vault) -> TokenSource:
    if signing(settings.console, settings.auth) is Signing.FOREIGN:
        verifier = auth.Verifier(settings.auth, auth.keys_of(settings.auth))
        return ForeignTokens(running.pool, vault, provider, verifier, utc_now)
    life = dt.timedelta(seconds=settings.console.sessions.token_seconds)
    return OwnTokens(running.get(Issuer), life)
