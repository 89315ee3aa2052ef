"""TLS towards one provider, and the HTTP clients on it: renewed when our certificate or the authorities' file changes."""

import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import httpx2

from registerbro.registers.certificates import CertificateKeeper, ClientCertificate, stamps
from registerbro.registers.errors import AnswerUnusable, ServerNotTrusted
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


class BoundedTransport(httpx2.AsyncHTTPTransport):
    """Connections for those who read an answer as a whole: one that is longer than the limit is ``AnswerUnusable``."""

    def __init__(self, context: ssl.SSLContext, longest: int, proxy: Proxy | None = None) -> None:
        super().__init__(verify=context, trust_env=False, proxy=proxy.of_httpx() if proxy else None)
        self._longest = longest

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, whose body counts itself as it is read."""
        response = await super().handle_async_request(request)
        response.stream = _Bounded(cast("httpx2.AsyncByteStream", response.stream), self._longest)
        return response


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, longest: int) -> None:
        self._stream = stream
        self._longest = longest

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > self._longest:
                raise AnswerUnusable(f"the answer is longer than {self._longest} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
