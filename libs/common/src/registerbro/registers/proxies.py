"""An HTTP proxy between us and the providers, setting ``cvr.proxy_url``: where a network lets nothing else out.

What is encrypted goes through a tunnel (``CONNECT``, RFC 9110 9.3.6): the proxy sees the provider's name and port, nothing of
the call. The variables HTTP_PROXY and HTTPS_PROXY are not read: who is asked, and by which way, stands in our settings alone.
"""

import asyncio
import base64
import dataclasses
import http
from urllib.parse import urlsplit

import h11
import httpx2
from pydantic import SecretStr

from registerbro.registers.errors import ProxyRefused, RegisterError, Unreachable

_PORT = 80
_CHUNK_BYTES = 4096


@dataclasses.dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, by the URL that it is set with: ``http://user:password@host:port``."""

    url: SecretStr

    @property
    def host(self) -> str:
        """Its name or address."""
        return urlsplit(self.url.get_secret_value()).hostname or ""

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.url.get_secret_value()).port or _PORT

    def of_httpx(self) -> httpx2.Proxy:
        """For HTTP clients."""
        return httpx2.Proxy(self.url.get_secret_value())

    async def tunnel(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to a host through it. Raises ``OSError``, ``ProxyRefused``, ``Unreachable``."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            protocol = h11.Connection(h11.CLIENT)
            writer.write(protocol.send(self._wish(host, port)) or b"")
            status = await self._status(protocol, reader)
            if not http.HTTPStatus.OK <= status < http.HTTPStatus.MULTIPLE_CHOICES:
                raise refusal(self, host, status)
        except BaseException:
            writer.close()
            raise
        return reader, writer

    def _wish(self, host: str, port: int) -> h11.Request:
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        headers = [("Host", target)]
        if auth := self.of_httpx().raw_auth:
            headers.append(("Proxy-Authorization", f"Basic {base64.b64encode(b':'.join(auth)).decode()}"))
        return h11.Request(method="CONNECT", target=target, headers=headers)

    async def _status(self, protocol: h11.Connection, reader: asyncio.StreamReader) -> int:
        """What it answers to the wish."""
        try:
            while not isinstance(event := protocol.next_event(), h11.Response | h11.ConnectionClosed):
                if event is h11.NEED_DATA:
                    protocol.receive_data(await reader.read(_CHUNK_BYTES))
        except h11.RemoteProtocolError:
            event = h11.ConnectionClosed()
        if isinstance(event, h11.ConnectionClosed):
            raise Unreachable(f"the proxy {self.host} cut the connection, or gave an answer that is no HTTP")
        return event.status_code


def refusal(proxy: Proxy, host: str, status: int) -> RegisterError:
    """Our error for a proxy that does not connect us: with 4xx somebody must look into it, with others it may work later."""
    text = f"the proxy {proxy.host} does not connect us to {host}: it answered {status}"
    if status == http.HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        text += ", it wants a user and password that it knows"
    is_ours = http.HTTPStatus.BAD_REQUEST <= status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    return ProxyRefused(text, status=status) if is_ours else Unreachable(text)
