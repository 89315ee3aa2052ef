"""Gives the faults of sockets, TLS, ``ftplib`` and ``asyncssh`` their names."""

import contextlib
import ftplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import asyncssh

from cpr_batch.errors import (
    CertificateExpired,
    CertificateForOtherHost,
    CertificateRejected,
    CertificateUntrusted,
    ConnectionFailed,
    HostKeyRejected,
    HostUnknown,
    LogonRefused,
    ServerError,
    ServerTimeout,
    SshFailed,
    TlsFailed,
)
from cpr_batch.servers.channel import Aborted, Endless

_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED
_OTHER_HOST = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_UNTRUSTED = {2, 18, 19, 20, 21, 27}  # no issuer found, self-signed, chain incomplete or not trusted
_CLOSED = "connection closed by the server"

Refusals: TypeAlias = Mapping[type[Exception], type[ServerError]]


@contextlib.contextmanager
def named(address: str, refusals: Refusals | None = None) -> Iterator[None]:
    """``refusals`` says what a server's own refusal means here; other faults are the same everywhere."""
    try:
        yield
    except (ftplib.Error, asyncssh.SFTPError) as error:
        if isinstance(error, asyncssh.SFTPConnectionLost | asyncssh.SFTPNoConnection):
            raise ConnectionFailed(address, _CLOSED) from error
        for kind, refusal in (refusals or {}).items():
            if isinstance(error, kind):
                raise refusal(address, answer(error)) from error
        raise ServerError(address, answer(error)) from error
    except asyncssh.Error as error:
        raise _ssh(error, address) from error
    except ssl.SSLError as error:
        raise _tls(error, address) from error
    except Endless as error:
        raise ServerError(address, f"{error} without an end") from error
    except (Aborted, EOFError, OSError, UnicodeError, ValueError) as error:
        raise _plain(error, address) from error


def answer(error: Exception) -> str:
    """The server's own words, on one line."""
    words = getattr(error, "reason", None) or str(error)
    printable = "".join(sign if sign.isprintable() else " " for sign in words)
    return " ".join(printable.split())[:200]


def _plain(error: Exception, address: str) -> ServerError:
    match error:
        case socket.gaierror():
            return HostUnknown(address, str(error.strerror))
        case TimeoutError():
            return ServerTimeout(address, "timed out")
        case UnicodeError():
            return ServerError(address, "a name that is not in the configured encoding")
        case _:
            return ConnectionFailed(address, getattr(error, "strerror", None) or answer(error) or _CLOSED)


def _tls(error: ssl.SSLError, address: str) -> ServerError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate_error(error)(address, error.verify_message)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return ConnectionFailed(address, _CLOSED)
    return TlsFailed(address, error.reason or "handshake failed")


def _certificate_error(error: ssl.SSLCertVerificationError) -> type[CertificateRejected]:
    if error.verify_code == _EXPIRED:
        return CertificateExpired
    if error.verify_code in _OTHER_HOST:
        return CertificateForOtherHost
    return CertificateUntrusted if error.verify_code in _UNTRUSTED else CertificateRejected


def _ssh(error: asyncssh.Error, address: str) -> ServerError:
    match error:
        case asyncssh.HostKeyNotVerifiable():
            return HostKeyRejected(address, answer(error))
        case asyncssh.PermissionDenied():
            return LogonRefused(address, answer(error))
        case asyncssh.ConnectionLost():
            return ConnectionFailed(address, answer(error) or _CLOSED)
        case _:
            return SshFailed(address, answer(error))
