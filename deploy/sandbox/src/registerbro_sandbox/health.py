"""Whether the servers of this machine do for a client what they should: a logon to each, certificate and host key checked.

The logon to CPR Direkte is announced as a probe: the server answers it once it could read accounts and world, whatever
became of anybody's password, and neither faults nor counts notice.
"""

import asyncio
import contextlib
import ftplib
import socket
import ssl
import tempfile
from pathlib import Path

import asyncssh
import httpx

from registerbro_sandbox.datafordeler import client_certificate
from registerbro_sandbox.datafordeler.app import HEALTH_PATH
from registerbro_sandbox.direct.probe import announced
from registerbro_sandbox.ftp import Authority
from registerbro_sandbox.ftp.faults import HEALTH_CHECK
from registerbro_sandbox.logic.server import GATEWAY_PATH, TOKEN_PATH
from registerbro_sandbox.settings import (
    ControlSettings,
    DatafordelerSettings,
    DirectSettings,
    FtpSettings,
    LogicSettings,
    Protocol,
    SandboxSection,
    SftpSettings,
)
from registerbro_sandbox.sftp.host_key import host_key

_SECONDS = 5.0
_LOGON_LENGTH, _HEADER_LENGTH = 35, 28
_ERROR = slice(22, 24)  # of the header
UNHEALTHY = (OSError, EOFError, ftplib.Error, asyncssh.Error, httpx.HTTPError)
"""What a failed check raises."""


def check(settings: SandboxSection) -> None:
    """Log on to each server that is on; raises one of ``UNHEALTHY``."""
    _check_ftp(settings.ftp)
    if settings.sftp:
        asyncio.run(asyncio.wait_for(_check_sftp(settings.ftp, settings.sftp), _SECONDS))
    if settings.direct:
        _check_direct(settings.ftp, settings.direct)
    if settings.logic:
        check_logic(settings.logic)
    if settings.datafordeler:
        _check_datafordeler(settings.ftp, settings.datafordeler)
    if settings.control:
        _check_control(settings.control)


def _check_ftp(settings: FtpSettings) -> None:
    with contextlib.closing(_connected(settings)) as ftp:
        ftp.sendcmd(f"CLNT {HEALTH_CHECK}")
        ftp.login(settings.user, settings.password.get_secret_value())
        ftp.quit()


def _connected(settings: FtpSettings) -> ftplib.FTP:
    host = _local(settings.host)
    if settings.protocol is Protocol.FTP:
        plain = ftplib.FTP(timeout=_SECONDS, encoding="utf-8")  # noqa: S321 (that is what is checked)
        plain.connect(host, settings.port)
        return plain
    if settings.implicit:
        return _Implicit(_context(settings), host, settings.port)
    ftp = ftplib.FTP_TLS(context=_context(settings), timeout=_SECONDS, encoding="utf-8")  # noqa: S321 (over TLS)
    ftp.connect(host, settings.port)
    return ftp


class _Implicit(ftplib.FTP):
    """A connection that begins with TLS, which ftplib has not."""

    def __init__(self, context: ssl.SSLContext, host: str, port: int) -> None:
        super().__init__(timeout=_SECONDS, encoding="utf-8")
        plain = socket.create_connection((host, port), timeout=_SECONDS)
        self.sock = context.wrap_socket(plain, server_hostname=host)
        self.af = self.sock.family
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()


def _context(settings: FtpSettings) -> ssl.SSLContext:
    trusted = settings.certificate_file or settings.authority_file
    context = ssl.create_default_context(cafile=str(trusted))
    context.check_hostname = (
        False  # it is asked by its address here, whatever name the certificate is made for
    )
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


async def _check_sftp(ftp: FtpSettings, settings: SftpSettings) -> None:
    host, expected = _local(settings.host), host_key(ftp.directory)
    shown = await asyncssh.get_server_host_key(host, settings.port, config=None)
    if shown != expected.convert_to_public():
        raise asyncssh.HostKeyNotVerifiable("the SFTP server shows another host key than its own")
    if settings.password is None:
        return
    async with (
        asyncssh.connect(
            host,
            settings.port,
            username=settings.user,
            password=settings.password.get_secret_value(),
            client_version=HEALTH_CHECK,
            known_hosts=([expected.convert_to_public()], [], []),
            client_keys=None,
            agent_path=None,
            config=None,
        ) as connection,
        connection.start_sftp_client() as sftp,
    ):
        await sftp.listdir(".")


def _check_direct(ftp: FtpSettings, settings: DirectSettings) -> None:
    host = _local(settings.host)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as plain:
        plain.settimeout(_SECONDS)
        plain.bind(("", 0))
        with announced(ftp.directory, plain.getsockname()[1]):
            plain.connect((host, settings.port))
            answer = _answered(ftp, settings, plain)
    if len(answer) != _HEADER_LENGTH or answer[_ERROR] != b"00":
        raise EOFError("CPR Direkte answers a logon otherwise than it should")


def _answered(ftp: FtpSettings, settings: DirectSettings, plain: socket.socket) -> bytes:
    """What a probe's logon is answered with."""
    logon = f"{settings.transaction_code},{settings.customer_number}90{settings.user:8}".ljust(_LOGON_LENGTH)
    connection = (
        _context(ftp).wrap_socket(plain, server_hostname=_local(settings.host)) if settings.tls else plain
    )
    with connection, connection.makefile("rb") as stream:
        connection.sendall(logon.encode())
        return stream.read()


def check_logic(settings: LogicSettings) -> None:
    """Ask KMD Logic for a token, and with it for the configurations; raises one of ``UNHEALTHY``."""
    credentials = {
        "grant_type": "client_credentials",
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.get_secret_value(),
        "scope": settings.scope,
    }
    base = f"http://{_in_url(settings.host)}:{settings.port}"
    with httpx.Client(base_url=base, headers={"User-Agent": HEALTH_CHECK}, timeout=_SECONDS) as client:
        token = client.post(TOKEN_PATH, data=credentials).raise_for_status().json()["access_token"]
        answer = client.get(
            f"{GATEWAY_PATH}/subscriptions/{settings.subscription_id}/cvr/configurations",
            headers={"Authorization": f"Bearer {token}"},
        )
        answer.raise_for_status()


def _check_datafordeler(ftp: FtpSettings, settings: DatafordelerSettings) -> None:
    """Both hosts, the one with a certificate made for this check."""
    with tempfile.TemporaryDirectory() as place:
        own = Path(place) / "client.pem"
        client_certificate(Authority.kept_in(ftp.directory), days=1).write(own)
        context = _context(ftp)
        context.load_cert_chain(own)
    scheme = "https" if settings.open_tls else "http"
    with httpx.Client(verify=context, timeout=_SECONDS) as client:
        for url in (f"https://{{}}:{settings.port}", f"{scheme}://{{}}:{settings.open_port}"):
            client.get(url.format(_in_url(settings.host)) + HEALTH_PATH).raise_for_status()


def _check_control(settings: ControlSettings) -> None:
    url = f"http://{_in_url(settings.host)}:{settings.port}/readiness"
    httpx.get(url, timeout=_SECONDS).raise_for_status()


def _in_url(host: str) -> str:
    local = _local(host)
    return f"[{local}]" if ":" in local else local


def _local(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", ""} else host  # noqa: S104
