"""The sandbox as a process: the file servers with their first extract, until they are told to stop."""

import contextlib
import datetime as dt
import logging
import signal
import threading
from zoneinfo import ZoneInfo

import structlog

from registerbro_sandbox.ftp import Authority, CprFileServer, Faults, Tls
from registerbro_sandbox.persons import Delivery, Layout, Population
from registerbro_sandbox.persons.chronicle import Chronicle, NoWorld
from registerbro_sandbox.settings import FtpSettings, Protocol, SandboxSection
from registerbro_sandbox.sftp import CprSftpServer
from registerbro_sandbox.sftp.host_key import host_key, write_fingerprint
from registerbro_sandbox.switchboard import Board
from registerbro_sandbox.watching import Watch

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
        mvs=settings.mvs,
        implicit=settings.implicit,
        recall_seconds=settings.recall_seconds,
        input_directory=settings.input_directory,
    )


def sftp_server(settings: SandboxSection, faults: Faults) -> CprSftpServer | None:
    """The SFTP server as configured, its fingerprint written; None if it is off. It shares the file server's faults."""
    sftp = settings.sftp
    if sftp is None:
        return None
    key = host_key(settings.ftp.directory)
    write_fingerprint(key, sftp.fingerprint_file)
    log.info(
        "host key's fingerprint written", file=str(sftp.fingerprint_file), fingerprint=key.get_fingerprint()
    )
    keys = sftp.public_key_file.read_text().splitlines() if sftp.public_key_file else []
    return CprSftpServer(
        settings.ftp.directory,
        sftp.user,
        password=sftp.password,
        public_keys=[line for line in keys if line.strip() and not line.startswith("#")],
        host=sftp.host,
        port=sftp.port,
        input_directory=settings.ftp.input_directory,
        writes_companions=sftp.companions,
        faults=faults,
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
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    prepare(settings)
    grace = dt.timedelta(seconds=settings.ftp.drain_seconds)
    server = file_server(settings.ftp)
    other = sftp_server(settings, server.faults)
    with Watch(server, first_board(settings)), contextlib.ExitStack() as stack:
        for each in (server, other):
            if each is not None:
                each.start()
                stack.callback(each.stop, grace)
        stopping.wait()
        log.info("stopping")


def first_board(settings: SandboxSection) -> Board:
    """What the switchboard says until somebody sets it."""
    return Board(
        faults=settings.faults, migrated=settings.ftp.migrated, recall_seconds=settings.ftp.recall_seconds
    ).with_migrated()


def _tls(settings: FtpSettings) -> Tls | None:
    if settings.protocol is Protocol.FTP:
        return None
    if settings.certificate_file and settings.key_file:
        return Tls.from_files(settings.certificate_file, settings.key_file)
    authority = Authority()
    authority.write_to(settings.authority_file)
    log.info("authority's certificate written", file=str(settings.authority_file))
    return authority.issue(*settings.host_names)
