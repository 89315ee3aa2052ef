"""Access tokens with which a person's pages call the services: our own issuer's for the person, or the foreign issuer's."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Protocol

from pydantic import SecretStr
from registerbro import auth
from registerbro.auth import Scope
from registerbro.database import Connection, Pool
from registerbro.problems import TokenInvalid

from console.oauth2.issuing import Granted, Issuer
from console.people import sessions
from console.people.errors import IssuerTokenUnusable, NoTokens, SessionMissing
from console.people.names import CONSOLE
from console.people.provider import GrantRefused, Provider
from console.people.sessions import Session
from console.people.vault import Kept, Vault

LEAST_LEFT = dt.timedelta(minutes=1)


class TokenSource(Protocol):
    """Where a session's access tokens come from."""

    async def token_for(self, session: Session) -> Granted:
        """A token for the person. ``NoTokens``, ``IssuerTokenUnusable``, ``SessionMissing``."""


@dataclasses.dataclass(frozen=True)
class OwnTokens:
    """Ours: the person is the subject, the console the client, the scopes are those of the roles."""

    issuer: Issuer
    life: dt.timedelta

    async def token_for(self, session: Session) -> Granted:
        """A fresh one."""
        scopes = tuple(scope for scope in Scope if scope in session.scopes)
        return await self.issuer.issue(CONSOLE, subject=session.user_name, scopes=scopes, life=self.life)


@dataclasses.dataclass(frozen=True)
class ForeignTokens:
    """The one that the issuer gave at log-in, renewed when it is about to expire. What it permits the issuer decides."""

    pool: Pool
    vault: Vault
    provider: Provider | None
    verifier: auth.Verifier
    now: Callable[[], dt.datetime]

    async def token_for(self, session: Session) -> Granted:
        """It, if the services would accept it."""
        kept = await self._current(session)
        try:
            caller = await self.verifier.verify(kept.access_token.get_secret_value())
        except TokenInvalid as refused:
            raise IssuerTokenUnusable(str(refused.facts["reason"])) from None
        scopes = tuple(scope for scope in Scope if scope in caller.scopes)
        return Granted(kept.access_token.get_secret_value(), scopes, kept.until - self.now())

    async def _current(self, session: Session) -> Kept:
        async with self.pool.acquire() as connection, connection.transaction():
            kept = self.vault.open(await sessions.lock_tokens(connection, session))
            if kept is not None and kept.until > self.now() + LEAST_LEFT:
                return kept
            renewed = None
            if kept is not None and kept.refresh_token is not None and self.provider is not None:
                renewed = await self._renewed(connection, session, self.provider, kept.refresh_token)
            elif session.issuer is None:
                raise NoTokens
            else:
                await sessions.end_in(connection, session)
        if renewed is None:  # raised when the end of the session has been committed
            raise SessionMissing
        return renewed

    async def _renewed(
        self, connection: Connection, session: Session, provider: Provider, refresh_token: SecretStr
    ) -> Kept | None:
        try:
            made = await provider.refresh(refresh_token)
        except GrantRefused:  # the person is out there, too
            await sessions.end_in(connection, session)
            return None
        sealed = self.vault.seal(made)
        if sealed is not None:
            await sessions.keep_tokens(connection, session, sealed)
        return self.vault.open(sealed)
