"""The client credentials grant (RFC 6749, 4.4): a client proves who it is and gets an access token (RFC 9068)."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable

import structlog
from joserfc import jwt
from registerbro.auth import Scope

from console.errors import ClientUnknown
from console.oauth2.clients import Client, Clients, GrantType
from console.oauth2.form import Credentials, TokenRequest
from console.oauth2.guessing import ELSEWHERE, Guesses
from console.oauth2.hashing import Hasher
from console.oauth2.keys import ALGORITHM, KeyRing
from console.oauth2.refusals import InvalidClient, InvalidScope, UnauthorizedClient

log = structlog.get_logger()


@dataclasses.dataclass(frozen=True, slots=True)
class Claims:
    """What all tokens have in common."""

    issuer: str
    audience: str
    life: dt.timedelta


@dataclasses.dataclass(frozen=True, slots=True)
class Granted:
    """An access token and what it permits."""

    token: str = dataclasses.field(repr=False)
    scopes: tuple[Scope, ...]
    life: dt.timedelta


@dataclasses.dataclass(frozen=True)
class Issuer:
    """Issues tokens for as long as the service runs."""

    clients: Clients
    guesses: Guesses
    hasher: Hasher
    keys: KeyRing
    claims: Claims
    now: Callable[[], dt.datetime]

    async def grant(self, request: TokenRequest, *, network: str) -> Granted:
        """A token for the client, or the ``Refusal``. ``network`` is where the request comes from."""
        client = await self._authenticated(request.credentials, network)
        _refuse_unauthorized(client)
        scopes = _scopes(client, request.scopes)
        subject = client.profile.acts_as or client.client_id
        return await self.issue(client.client_id, subject=subject, scopes=scopes, life=self.claims.life)

    async def issue(
        self, client_id: str, *, subject: str, scopes: tuple[Scope, ...], life: dt.timedelta
    ) -> Granted:
        """A token for somebody who has proved who it is."""
        token = await self._token(client_id, subject, scopes, life)
        log.info("token issued", client=client_id, scopes=[str(scope) for scope in scopes])
        return Granted(token, scopes, life)

    async def _authenticated(self, credentials: Credentials, network: str) -> Client:
        hashes = await self.clients.hashes(credentials.client_id)
        is_known = hashes is not None and await self.guesses.is_known(credentials.client_id, network)
        counted = ELSEWHERE
        async with self.hasher.turn(is_known=is_known):  # so that few are counted before they prove right
            if hashes is not None:
                counted = await self.guesses.count(credentials.client_id, network)
            if not await self.hasher.is_one_of(credentials.secret, *(hashes or ())):
                raise InvalidClient
        await self.guesses.was_right(credentials.client_id, network, counted)
        try:
            return await self.clients.get(credentials.client_id)
        except ClientUnknown:  # removed a moment ago
            raise InvalidClient from None

    async def _token(
        self, client_id: str, subject: str, scopes: tuple[Scope, ...], life: dt.timedelta
    ) -> str:
        key = await self.keys.signing_key()
        now = int(self.now().timestamp())
        claims = {
            "iss": self.claims.issuer,
            "aud": self.claims.audience,
            "sub": subject,
            "client_id": client_id,
            "iat": now,
            "exp": now + round(life.total_seconds()),
            "jti": str(uuid.uuid4()),
            "scope": " ".join(scopes),
        }
        return jwt.encode({"alg": ALGORITHM, "typ": "at+jwt", "kid": key.kid}, claims, key)


def _refuse_unauthorized(client: Client) -> None:
    if not client.profile.enabled:
        raise UnauthorizedClient("the client is disabled")
    if client.profile.grant_type is not GrantType.CLIENT_CREDENTIALS:
        raise UnauthorizedClient("the client is registered for another grant type")


def _scopes(client: Client, wanted: frozenset[str] | None) -> tuple[Scope, ...]:
    """In the order of their definition; all that the client has, where none are named."""
    had = client.profile.scopes
    if wanted is not None and wanted - set(map(str, Scope)):
        raise InvalidScope("a scope is asked for that does not exist")
    if wanted is not None and wanted - set(map(str, had)):
        raise InvalidScope("a scope is asked for that the client does not have")
    granted = tuple(scope for scope in Scope if scope in had and (wanted is None or scope in wanted))
    if not granted:
        raise InvalidScope("no scope is asked for, or the client has none")
    return granted
