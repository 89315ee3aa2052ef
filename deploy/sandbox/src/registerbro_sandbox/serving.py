"""The sandbox as a process: the file server with its first extract, until it is told to stop."""

import datetime as dt
import logging
import signal
import threading
from zoneinfo import ZoneInfo

import structlog

from registerbro_sandbox.ftp import Authority, CprFileServer, Tls
from registerbro_sandbox.persons import Delivery, Layout, Population
from registerbro_sandbox.persons.chronicle import Chronicle, NoWorld
from registerbro_sandbox.settings import FtpSettings, SandboxSection

log = structlog.get_logger(__name__)
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


def _tls(settings: FtpSettings) -> Tls:
    if settings.certificate_file and settings.key_file:
        return Tls.from_files(settings.certificate_file, settings.key_file)
    authority = Authority()
    if settings.authority_file:
        authority.write_to(settings.authority_file)
        log.info("authority's certificate written", file=str(settings.authority_file))
    return authority.issue(*settings.host_names)
