"""The way to CPR: where its server is, how it proves who it is, and how long it may take."""

import dataclasses
import ssl
from pathlib import Path
from typing import Self

from cpr_direct.errors import TlsFailed
from cpr_direct.settings import CprDirectSettings, LimitSettings


@dataclasses.dataclass(frozen=True)
class Route:
    """One server. Without ``context`` it is spoken to in plain TCP, because a local proxy does TLS."""

    host: str
    port: int
    context: ssl.SSLContext | None
    server_name: str
    limits: LimitSettings

    @property
    def address(self) -> str:
        """How errors name it."""
        return f"{self.host}:{self.port}"

    @classmethod
    def of(cls, settings: CprDirectSettings) -> Self:
        """The way that is set; raises ``TlsFailed`` when the certificates cannot be read."""
        return cls(
            settings.host,
            settings.port,
            None if settings.tls_by_local_proxy else _context(settings.host, settings.ca_file),
            settings.server_name or settings.host,
            settings.limits,
        )


def _context(host: str, ca_file: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "strerror", None) or "not PEM"
        raise TlsFailed(host, f"the certificates in {ca_file} cannot be read ({reason})") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
