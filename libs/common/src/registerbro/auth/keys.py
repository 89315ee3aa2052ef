"""Where the public keys come from that tokens are checked with."""

import asyncio
import contextlib
import datetime as dt
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import httpx
import structlog
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from joserfc import errors
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from registerbro.problems import Unavailable
from registerbro.settings import AuthSettings

FETCH_TIMEOUT = 5.0
STALE = dt.timedelta(days=1)
SHORTEST_RSA = 2048  # bits (RFC 7518, 3.3)
BITS_OF_BASE64 = 6
log = structlog.get_logger()


class Keys(Protocol):
    """The public keys of an issuer."""

    async def find(self, kid: str | None) -> Key | None:
        """The key that a token names, or the only key if it names none; None if there is no such key."""


class SingleKey:
    """One public key, whatever a token calls it."""

    def __init__(self, pem_or_path: str) -> None:
        self._key = public_key(pem_text(pem_or_path))

    async def find(self, kid: str | None) -> Key | None:
        """The key."""
        return self._key


class PublishedKeys:
    """The keys that an issuer publishes (JWKS), kept for a while, fetched anew when a token names a key not seen before.

    Two fetches are never closer than the configured pause, whatever tokens name. When the issuer cannot be reached, the keys
    already known serve on for a day; without any, callers are told to come again (503): their tokens may be good.
    """

    def __init__(
        self,
        settings: AuthSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = settings.jwks_url or ""
        self._refresh = settings.jwks_refresh_seconds
        self._pause = settings.jwks_pause_seconds
        self._transport = transport
        self._now = now
        self._lock = asyncio.Lock()
        self._keys: dict[str | None, Key] = {}
        self._fetched_at = self._tried_at = -math.inf

    async def find(self, kid: str | None) -> Key | None:
        """The key of that name; without a name, the only one there is."""
        if not self._is_current(kid):
            async with self._lock:
                if not self._is_current(kid) and self._now() - self._tried_at >= self._pause:
                    await self._fetch()
        if self._now() - self._fetched_at > max(STALE.total_seconds(), self._refresh):
            raise Unavailable("The issuer's keys cannot be fetched.")
        if kid is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid)

    def _is_current(self, kid: str | None) -> bool:
        is_fresh = self._now() - self._fetched_at <= self._refresh
        return is_fresh and (kid is None or kid in self._keys)

    async def _fetch(self) -> None:
        self._tried_at = self._now()
        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=FETCH_TIMEOUT) as client:
                answer = await client.get(self._url, headers={"Accept": "application/json"})
                answer.raise_for_status()
                published = answer.json()["keys"]
                self._keys = dict(_signature_keys(published))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("issuer's keys not fetched", error=type(error).__name__)
        else:
            self._fetched_at = self._now()


def _signature_keys(published: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str | None, Key]]:
    """The keys for signatures that we know how to use, and long enough; others do not harm."""
    for entry in published:
        is_long = entry.get("kty") != "RSA" or len(str(entry.get("n"))) * BITS_OF_BASE64 >= SHORTEST_RSA
        if entry.get("kty") in ("RSA", "EC", "OKP") and entry.get("use", "sig") == "sig" and is_long:
            with contextlib.suppress(errors.JoseError, ValueError):
                yield entry.get("kid"), JWKRegistry.import_key(dict(entry))


def keys_of(settings: AuthSettings) -> Keys:
    """The source of keys that the settings name."""
    if settings.jwks_url is not None:
        return PublishedKeys(settings)
    private = settings.development_key.get_secret_value() if settings.development_key else None
    return SingleKey(settings.public_key or private or "")


def pem_text(pem_or_path: str) -> str:
    """A key given as PEM, or as the path of a file that holds it."""
    return pem_or_path if "-----BEGIN" in pem_or_path else Path(pem_or_path).read_text(encoding="ascii")


def public_key(pem: str) -> Key:
    """The public key in a PEM text, or the public half of the private key in it."""
    if "PRIVATE KEY" in pem:
        loaded = load_pem_private_key(pem.encode(), password=None).public_key()
    else:
        loaded = load_pem_public_key(pem.encode())
    match loaded:
        case rsa.RSAPublicKey(key_size=size):
            if size < SHORTEST_RSA:
                raise ValueError(f"an RSA key of less than {SHORTEST_RSA} bits")
            return RSAKey.import_key(loaded)
        case ec.EllipticCurvePublicKey():
            return ECKey.import_key(loaded)
        case ed25519.Ed25519PublicKey():
            return OKPKey.import_key(loaded)
        case _:
            raise ValueError("neither an RSA, an EC nor an Ed25519 key")
