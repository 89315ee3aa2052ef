"""TLS towards one provider, and the HTTP clients on it: renewed when our certificate or the authorities' file changes."""

import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2

from registerbro.registers.certificates import CertificateKeeper, ClientCertificate, stamps
from registerbro.registers.errors import ServerNotTrusted
from registerbro.registers.lending import Lending
from registerbro.registers.proxies import Proxy
from registerbro.registers.settings import CvrLimitSettings


class Tls:
    """The context for connections, the same one as long as nothing changes."""

    def __init__(self, ca_file: Path | None = None, keeper: CertificateKeeper | None = None) -> None:
        self._ca_file = ca_file
        self._keeper = keeper
        self._made_of: object = None
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext:
        """The context to connect with. Raises ``CertificateUnusable``, ``CertificateExpired``, ``ServerNotTrusted``."""
        certificate = self._keeper.current() if self._keeper else None
        made_of = (certificate, stamps([self._ca_file]) if self._ca_file else None)
        if self._context is None or made_of != self._made_of:
            self._context = self._new(certificate)
            self._made_of = made_of
        return self._context

    def _new(self, certificate: ClientCertificate | None) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self._ca_file)
        except (OSError, ssl.SSLError):
            reason = f"the file of authorities cannot be read: {self._ca_file}"
            raise ServerNotTrusted(f"no server is trusted: {reason}") from None
        if certificate is not None:
            certificate.load_into(context)
        return context


class Clients:
    """Lends the HTTP client of the present TLS context."""

    def __init__(self, tls: Tls, limits: CvrLimitSettings, proxy: Proxy | None = None) -> None:
        self._tls = tls
        self._limits = limits
        self._proxy = proxy
        self._context: ssl.SSLContext | None = None  # of the client that is lent
        self._lending = Lending(httpx2.AsyncClient.aclose)

    @contextlib.asynccontextmanager
    async def lend(self) -> AsyncIterator[httpx2.AsyncClient]:
        """The client, for one call. Raises what ``Tls.context`` raises."""
        context = self._tls.context()
        if context is not self._context:
            self._context = context
            await self._lending.put(self._new(context))
        async with self._lending.lend() as client:
            yield client

    def _new(self, context: ssl.SSLContext) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            verify=context,
            proxy=self._proxy.of_httpx() if self._proxy else None,
            trust_env=False,
            follow_redirects=False,
            headers={"Accept": "application/json", "User-Agent": "Registerbro"},
            timeout=httpx2.Timeout(self._limits.answer_seconds, connect=self._limits.connect_seconds),
            limits=httpx2.Limits(max_connections=self._limits.at_once),
        )

    async def close(self) -> None:
        """Closes what is open; calls under way break off."""
        await self._lending.close()
