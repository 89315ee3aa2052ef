"""The sandbox as a process: the servers with their first extract, until they are told to stop."""

import contextlib
import datetime as dt
import logging
import signal
import threading
import uuid

import structlog

from registerbro_sandbox.companies import NoCompanies, World
from registerbro_sandbox.control import ControlledPlace, ControlServer
from registerbro_sandbox.datafordeler import NOTHING as NOTHING_AT_DATAFORDELER
from registerbro_sandbox.datafordeler import CompanyRegister, DatafordelerServer, Users, client_certificate
from registerbro_sandbox.direct import NOTHING, Certificates, CprDirectServer, Key, Rules, Terms
from registerbro_sandbox.direct.desk import danish_day
from registerbro_sandbox.ftp import Authority, CprFileServer, Faults, Tls
from registerbro_sandbox.logic import NOTHING as NOTHING_AT_LOGIC
from registerbro_sandbox.logic import LogicServer
from registerbro_sandbox.logic import Terms as LogicTerms
from registerbro_sandbox.persons import Delivery, Layout, Population
from registerbro_sandbox.persons.chronicle import Chronicle, NoWorld
from registerbro_sandbox.settings import DirectSettings, FtpSettings, Protocol, SandboxSection
from registerbro_sandbox.sftp import CprSftpServer
from registerbro_sandbox.sftp.host_key import host_key, write_fingerprint
from registerbro_sandbox.switchboard import Board
from registerbro_sandbox.watching import Watch

log = structlog.get_logger(__name__)
today = danish_day


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


def direct_server(settings: SandboxSection) -> CprDirectServer | None:
    """CPR Direkte as configured, its first user made if need be; None if it is off. It shares the file server's authority."""
    direct, directory = settings.direct, settings.ftp.directory
    if direct is None:
        return None
    rules = Rules(
        dt.timedelta(days=direct.password_days) if direct.password_days else None, direct.wrong_logons
    )
    server = CprDirectServer(
        directory,
        _certificates(settings.ftp) if direct.tls else None,
        host=direct.host,
        port=direct.port,
        terms=_terms(direct, rules),
    )
    first = Key(direct.customer_number, direct.user)
    if server.accounts.find(first) is None:
        server.accounts.add(first, direct.password, rules.expiry(dt.datetime.now(dt.UTC)))
    return server


def companies(settings: SandboxSection) -> World:
    """The register of companies, made if there is none yet."""
    directory, its = settings.ftp.directory, settings.companies
    retention = dt.timedelta(days=its.retention_days) if its.retention_days else None
    try:
        return World.read(directory, retention=retention)
    except NoCompanies:
        log.info("companies made", companies=its.count, seed=its.seed)
        return World.begin(directory, its.seed, its.count, retention=retention)


def logic_server(settings: SandboxSection) -> LogicServer | None:
    """KMD Logic as configured; None if it is off."""
    logic = settings.logic
    if logic is None:
        return None
    terms = LogicTerms(
        client_id=logic.client_id,
        client_secret=logic.client_secret,
        scope=logic.scope,
        subscription_id=logic.subscription_id,
        configuration_ids=tuple(map(uuid.UUID, logic.configuration_ids)),
        token_life=dt.timedelta(seconds=logic.token_seconds),
        refuses_repeats=logic.refuses_repeats,
    )
    return LogicServer(companies(settings), terms, host=logic.host, port=logic.port)


def datafordeler_server(settings: SandboxSection) -> DatafordelerServer | None:
    """Datafordeleren as configured, its client's certificate written; None if it is off."""
    its = settings.datafordeler
    if its is None:
        return None
    authority = Authority.kept_in(settings.ftp.directory)
    certificate = client_certificate(authority, days=its.certificate_days)
    certificate.write(its.certificate_file, its.certificate_password)
    log.info("client's certificate written", file=str(its.certificate_file))
    users = Users(
        user=its.user,
        password=its.password,
        api_key=its.api_key,
        client_id=its.client_id,
        client_secret=its.client_secret,
        token_life=dt.timedelta(seconds=its.token_seconds),
    )
    return DatafordelerServer(
        CompanyRegister(companies(settings)),
        authority,
        _certificates(settings.ftp),
        users=users,
        shape=its.rest,
        host=its.host,
        port=its.port,
        open_port=its.open_port,
        open_tls=its.open_tls,
    )


def control_server(settings: SandboxSection) -> ControlServer | None:
    """The control API as configured; None if it is off."""
    if settings.control is None:
        return None
    return ControlServer(
        settings.control, ControlledPlace(settings.ftp.directory, settings.ftp.input_directory)
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
    population = Population(extract.seed, extract.persons)
    _, written = Chronicle.begin(directory, population, delivery, subscribed=extract.subscribed)
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
    direct = direct_server(settings)
    logic = logic_server(settings)
    datafordeler = datafordeler_server(settings)
    control = control_server(settings)
    on = {"logic": logic, "datafordeler": datafordeler}
    switches = {name: each.faults for name, each in on.items() if each}
    with Watch(server, first_board(settings), direct, switches=switches), contextlib.ExitStack() as stack:
        for each in (server, other, direct, logic, datafordeler, control):
            if each is not None:
                each.start()
                stack.callback(each.stop, grace)
        stopping.wait()
        log.info("stopping")


def first_board(settings: SandboxSection) -> Board:
    """What the switchboard says until somebody sets it."""
    return Board(
        faults=settings.faults,
        direct=settings.direct.faults if settings.direct else NOTHING,
        logic=settings.logic.faults if settings.logic else NOTHING_AT_LOGIC,
        datafordeler=settings.datafordeler.faults if settings.datafordeler else NOTHING_AT_DATAFORDELER,
        migrated=settings.ftp.migrated,
        recall_seconds=settings.ftp.recall_seconds,
    ).with_migrated()


def _terms(direct: DirectSettings, rules: Rules) -> Terms:
    return Terms(
        transaction_code=direct.transaction_code,
        record_types=direct.record_types,
        token_life=dt.timedelta(minutes=direct.token_minutes),
        rules=rules,
        allowed_addresses=frozenset(direct.allowed_addresses),
        sends_error_texts=direct.error_texts,
    )


def _certificates(settings: FtpSettings) -> Certificates:
    own = _own_certificate(settings)
    authority = Authority.kept_in(settings.directory) if own else _authority(settings)
    return Certificates(authority, *settings.host_names, tls=own)


def _tls(settings: FtpSettings) -> Tls | None:
    if settings.protocol is Protocol.FTP:
        return None
    return _own_certificate(settings) or _authority(settings).issue(*settings.host_names)


def _own_certificate(settings: FtpSettings) -> Tls | None:
    if settings.certificate_file and settings.key_file:
        return Tls.from_files(settings.certificate_file, settings.key_file)
    return None


def _authority(settings: FtpSettings) -> Authority:
    """The world's authority, its certificate written where clients can read it."""
    authority = Authority.kept_in(settings.directory)
    authority.write_to(settings.authority_file)
    log.info("authority's certificate written", file=str(settings.authority_file))
    return authority
