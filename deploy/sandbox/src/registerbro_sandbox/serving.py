"""The sandbox as a process: the file server with its first extract, until it is told to stop."""

import contextlib
import datetime as dt
import ftplib
import logging
import signal
import ssl
import threading
from zoneinfo import ZoneInfo

import structlog

from registerbro_sandbox.ftp import Authority, CprFileServer, Tls
from registerbro_sandbox.persons import Delivery, Layout, Population
from registerbro_sandbox.persons.chronicle import Chronicle, NoWorld
from registerbro_sandbox.settings import FtpSettings, SandboxSection

log = structlog.get_logger(__name__)
_CHECK_SECONDS = 5.0
DENMARK = ZoneInfo("Europe/Copenhagen")


def today() -> dt.date:
    """The Danish date."""
    return dt.datetime.now(DENMARK).date()


def file_server(settings: FtpSettings) -> CprFileServer:
    """The file server as configured, its certificate made or read; clients can verify it once it has started."""
    settings.directory.mkdir(parents=True, exist_ok=True)
    return CprFileServer(
        settings.directory,
        {settings.user: settings.password},
        _tls(settings),
        host=settings.host,
        port=settings.port,
        passive_ports=settings.passive_range,
        public_address=settings.public_address,
    )


def prepare(settings: SandboxSection) -> None:
    """Write the first extract, unless the directory has a world already."""
    directory, extract = settings.ftp.directory, settings.extract
    try:
        Chronicle.read(directory)
    except NoWorld:
        pass
    else:
        return
    if not extract.persons:
        return
    delivery = Delivery(today(), layout=Layout(form=extract.form))
    _, written = Chronicle.begin(directory, Population(extract.seed, extract.persons), delivery)
    log.info("first extract written", file=written.path.name, persons=written.persons, bytes=written.bytes)


def serve(settings: SandboxSection) -> None:
    """Serve until SIGTERM or SIGINT, then let transfers under way end."""
    logging.getLogger("pyftpdlib").setLevel(logging.WARNING)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    prepare(settings)
    server = file_server(settings.ftp)
    server.start()
    stopping.wait()
    log.info("stopping")
    server.stop(dt.timedelta(seconds=settings.ftp.drain_seconds))


def check(settings: FtpSettings) -> None:
    """Log on to the file server of this machine as a client does, certificate verified; raises what ftplib raises."""
    trusted = settings.certificate_file or settings.authority_file
    context = ssl.create_default_context(cafile=str(trusted))
    context.check_hostname = (
        False  # it is asked by its address here, whatever name the certificate is made for
    )
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    host = "127.0.0.1" if settings.host in {"0.0.0.0", ""} else settings.host  # noqa: S104
    ftp = ftplib.FTP_TLS(context=context, timeout=_CHECK_SECONDS, encoding="utf-8")  # noqa: S321 (over TLS)
    with contextlib.closing(ftp):
        ftp.connect(host, settings.port)
        ftp.login(settings.user, settings.password.get_secret_value())
        ftp.quit()


def _tls(settings: FtpSettings) -> Tls:
    if settings.certificate_file and settings.key_file:
        return Tls.from_files(settings.certificate_file, settings.key_file)
    authority = Authority()
    authority.write_to(settings.authority_file)
    log.info("authority's certificate written", file=str(settings.authority_file))
    return authority.issue(*settings.host_names)
