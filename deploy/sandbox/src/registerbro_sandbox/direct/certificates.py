"""The certificates that CPR Direkte shows: the right one, and on request one that no client should accept."""

import datetime as dt
import ssl

from registerbro_sandbox.direct.faults import BadCertificate
from registerbro_sandbox.ftp.certificates import Authority, Tls

_ELSEWHERE = "direkte.example.org"


class Certificates:
    """Contexts for TLS. ``tls`` is shown where there is one already, as from files; else ``authority`` issues one for ``hosts``."""

    def __init__(self, authority: Authority, *hosts: str, tls: Tls | None = None) -> None:
        self._authority = authority
        self._hosts = hosts
        self._tls = tls or authority.issue(*hosts)
        self._right = self.fresh()
        self._bad: dict[BadCertificate, ssl.SSLContext] = {}

    def context(self, bad: BadCertificate | None = None) -> ssl.SSLContext:
        """What the server needs to speak TLS with the right certificate, or with a bad one."""
        if bad is None:
            return self._right
        if bad not in self._bad:
            self._bad[bad] = self._issued(bad).server_context()
        return self._bad[bad]

    def fresh(self) -> ssl.SSLContext:
        """The right certificate in a context that nobody else uses."""
        return self._tls.server_context()

    def _issued(self, bad: BadCertificate) -> Tls:
        match bad:
            case BadCertificate.EXPIRED:
                return self._authority.issue(
                    *self._hosts, expires=dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
                )
            case BadCertificate.OTHER_HOST:
                return self._authority.issue(_ELSEWHERE)
            case BadCertificate.UNTRUSTED:
                return Authority().issue(*self._hosts)
