"""What goes wrong on the way to a provider, told as our errors. Texts name the host, never a URL: secrets stand in some."""

import contextlib
import datetime as dt
import email.utils
import re
import socket
import ssl
from collections.abc import Iterator, Mapping

import httpx2

from registerbro.privacy import scrub
from registerbro.registers.errors import (
    AnswerUnusable,
    CertificateRefused,
    RegisterError,
    ServerNotTrusted,
    Throttled,
    TimedOut,
    Unreachable,
)
from registerbro.registers.proxies import Proxy, refusal

LONGEST_PAUSE = dt.timedelta(days=1)  # whatever a server asks for
_AUTHORITY_UNKNOWN = frozenset({2, 18, 19, 20, 21})  # X509_V_ERR_…: no issuer found that we trust
_EXPIRED = frozenset({9, 10})
_WRONG_NAME = frozenset({62, 64})
_CUT_HINT = "; a server that does not take our certificate, or wants one, may do so"
_STATUS = re.compile(r"[0-9]{3}\b")  # at the beginning of what the HTTP library says of a proxy
_NUMBERS = re.compile(r"[0-9]{6,}")  # of units, or what somebody typed in their place
_ABOUT_OUR_CERTIFICATE = ("CERTIFICATE", "UNKNOWN_CA", "HANDSHAKE_FAILURE", "ACCESS_DENIED")


@contextlib.contextmanager
def told(host: str, proxy: Proxy | None = None) -> Iterator[None]:
    """Turns what a call to a host raises into ``RegisterUnavailable``, ``AccessRefused`` or ``AnswerUnusable``."""
    try:
        yield
    except (TimeoutError, httpx2.TimeoutException) as error:
        raise _timed_out(host, error, proxy) from None
    except httpx2.ProxyError as error:
        raise _refused_by(proxy, host, error) from None
    except httpx2.DecodingError:
        raise AnswerUnusable(f"the answer of {host} is compressed in a way that cannot be read") from None
    except (httpx2.TransportError, httpx2.InvalidURL, OSError) as error:
        raise failure(host, error, proxy) from None


def _timed_out(host: str, error: Exception, proxy: Proxy | None) -> TimedOut | Unreachable:
    if isinstance(error, httpx2.ConnectTimeout):
        return Unreachable(f"no connection to {_nearest(host, proxy)} came about within the time limit")
    return TimedOut(f"{host} did not answer within the time limit")


def _refused_by(proxy: Proxy | None, host: str, error: httpx2.ProxyError) -> RegisterError:
    status = _STATUS.match(str(error))
    return refusal(proxy, host, int(status[0])) if proxy and status else failure(host, error, proxy)


def _nearest(host: str, proxy: Proxy | None) -> str:
    """To whom we make the connection ourselves."""
    return f"the proxy {proxy.host}" if proxy else host


def failure(host: str, error: BaseException, proxy: Proxy | None = None) -> RegisterError:
    """Our error for one of the network or of TLS."""
    nearest = _nearest(host, proxy)
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ServerNotTrusted(f"the certificate of {host} is not trusted: {_distrust(cause)}")
        if isinstance(cause, ssl.SSLError) and (told_of := _of_tls(host, cause)):
            return told_of
        if isinstance(cause, socket.gaierror):
            return Unreachable(f"no address is known of {nearest}")
        if isinstance(cause, ConnectionRefusedError):
            return Unreachable(f"{nearest} refused the connection")
    if isinstance(error, httpx2.RemoteProtocolError):
        hint = _CUT_HINT if "without sending a response" in str(error) else ""
        return Unreachable(f"{host} cut the connection before its answer ended{hint}")
    return Unreachable(f"the connection to {host} was cut or did not come about")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _distrust(error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code in _WRONG_NAME:
        return "it is made for another name"
    if error.verify_code in _EXPIRED:
        return "it is not valid at this time"
    if error.verify_code in _AUTHORITY_UNKNOWN:
        return "no authority that we know vouches for it"
    return error.verify_message


def _of_tls(host: str, error: ssl.SSLError) -> RegisterError | None:
    reason = error.reason or ""
    if "ALERT" in reason and any(word in reason for word in _ABOUT_OUR_CERTIFICATE):
        return CertificateRefused(f"{host} does not take our certificate, or wants one: {reason}")
    if "EOF" in reason:
        return None
    return Unreachable(f"no encrypted connection to {host}: {reason or 'TLS failed'}")


def retry_after(headers: Mapping[str, str], now: dt.datetime) -> dt.timedelta | None:
    """When a server says that we may ask again: seconds, or a date (RFC 9110 10.2.3); None where it says nothing usable."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(dt.timedelta(seconds=min(int(text), 10**9)), LONGEST_PAUSE)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return min(max(moment - now, dt.timedelta(0)), LONGEST_PAUSE)


def throttled(host: str, after: dt.timedelta | None) -> Throttled:
    """The error that asks us to wait."""
    when = "" if after is None else f", for {after.total_seconds():g} seconds"
    return Throttled(f"{host} asks us to wait{when}", retry_after=after)


def quoted(content: bytes) -> str:
    """What a register said in an error, fit to be shown: short, on one line, without numbers and what looks like a secret."""
    text = " ".join(content[:1000].decode(errors="replace").split())
    return scrub(_NUMBERS.sub("…", text))[:200] or "nothing"
