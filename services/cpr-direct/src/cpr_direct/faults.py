"""Gives the faults of sockets and TLS, before anything was asked, their names."""

import contextlib
import os
import socket
import ssl
from collections.abc import Iterator

from cpr_direct.errors import CertificateRejected, ConnectionFailed, HostUnknown, ServerError, TlsFailed

_CLOSED = "connection closed by the server"


@contextlib.contextmanager
def named(address: str) -> Iterator[None]:
    """Raises what the network or TLS said as an error of ours; time limits are not its business."""
    try:
        yield
    except TimeoutError:
        raise
    except (OSError, UnicodeError) as error:
        raise _named(error, address) from error


def _named(error: Exception, address: str) -> ServerError:
    match error:
        case socket.gaierror():
            return HostUnknown(address, str(error.strerror))
        case UnicodeError():
            return HostUnknown(address, "no host name")
        case ssl.SSLCertVerificationError():
            return CertificateRejected(address, error.verify_message)
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return ConnectionFailed(address, _CLOSED)
        case ssl.SSLError():
            return TlsFailed(address, error.reason or "handshake failed")
        case _:
            return ConnectionFailed(address, words(error))


def words(error: Exception) -> str:
    """What TLS or the operating system says of it."""
    if isinstance(error, ssl.SSLError):
        return error.reason or _CLOSED
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return str(error) or _CLOSED
