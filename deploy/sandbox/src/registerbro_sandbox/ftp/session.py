"""One client's session: the handlers of pyftpdlib, with every command noted and the switchboard asked first."""

# ruff: noqa: N802 (pyftpdlib's names)

from pathlib import Path
from typing import Any, ClassVar

import structlog
from pyftpdlib.filesystems import AbstractedFS
from pyftpdlib.handlers import TLS_FTPHandler

from registerbro_sandbox.ftp.data import Data
from registerbro_sandbox.ftp.faults import HEALTH_CHECK, Faults
from registerbro_sandbox.ftp.ledger import Ledger
from registerbro_sandbox.ftp.storage import MassStorage
from registerbro_sandbox.hidden import is_hidden, is_private

log = structlog.get_logger(__name__)
_SECRET = frozenset({"PASS", "ACCT"})


class FileSystem(AbstractedFS):  # type: ignore[misc]
    """The home directory; what is not complete yet begins with a dot and is not shown."""

    def listdir(self, path: str) -> list[str]:
        """The names that clients see."""
        return [name for name in super().listdir(path) if not is_hidden(name)]

    def validpath(self, path: str) -> bool:
        """Whether clients may touch a path; what the sandbox keeps for itself is none of theirs."""
        return bool(super().validpath(path)) and not is_private(Path(path))


class Session(TLS_FTPHandler):  # type: ignore[misc]
    """A control connection: TLS before the login and on the data connection, or nothing."""

    faults: ClassVar[Faults]
    ledger: ClassVar[Ledger]
    storage: ClassVar[MassStorage]
    is_implicit: ClassVar[bool] = False  # TLS from the first byte, as on port 990
    is_health_check = False
    asked = ""  # the last command's argument as it came
    tls_control_required = True
    tls_data_required = True
    dtp_handler = Data
    abstracted_fs = FileSystem
    banner = "CPR file server (sandbox)"
    auth_failed_timeout = 0.2
    max_login_attempts = 3
    use_sendfile = False

    def __init__(self, conn: object, server: object, ioloop: object = None) -> None:
        super().__init__(conn, server, ioloop)
        if "AUTH" not in self.proto_cmds:
            self._extra_feats: list[str] = []

    @classmethod
    def get_ssl_context(cls) -> object:
        """What TLS needs; None without it."""
        return cls.ssl_context

    def handle(self) -> None:
        """Greets the client, after the handshake if TLS comes first."""
        if self.is_implicit:
            self.secure_connection(self.ssl_context)
        else:
            super().handle()

    def handle_ssl_established(self) -> None:
        """The handshake is done: with implicit TLS the greeting is next."""
        if self.is_implicit:
            super().handle()

    def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
        """Notes every command, also those that are refused."""
        self.asked = arg
        self.note(cmd, arg)
        if (cmd, arg) == ("CLNT", HEALTH_CHECK):
            self.is_health_check = True
            self.respond("200 Welcome.")
            return
        super().pre_process_command(line, cmd, arg)

    def note(self, verb: str, argument: str) -> None:
        """Notes a command; passwords are not kept."""
        shown = "***" if verb in _SECRET else argument
        self.ledger.note(self.username or "", verb, shown)
        log.info("command", user=self.username or "", command=verb, argument=shown)

    def process_command(self, cmd: str, *args: Any, **kwargs: Any) -> None:
        """Does a command, unless the switchboard says otherwise."""
        faults = Faults() if self.is_health_check else self.faults
        if cmd in faults.vanish_at and faults.use():
            self.vanish()
        elif cmd in faults.ignore and faults.use():
            log.warning("command ignored on purpose", command=cmd)
        elif cmd in faults.refuse and faults.use():
            self.respond(faults.refuse[cmd])
        else:
            super().process_command(cmd, *args, **kwargs)

    def ftp_RETR(self, file: str) -> None:
        """Sends a file; a migrated one after its recall, or not at all."""
        name = Path(file).name
        if not self.storage.holds(name):
            super().ftp_RETR(file)
        elif self.storage.recall_seconds is None:
            self.respond(f"550 Data set {self.shown(file)} is migrated and cannot be read now.")
        else:
            log.info("recalling a migrated file", file=name, seconds=self.storage.recall_seconds)
            self.call_later(self.storage.recall_seconds, self._send_recalled, file)

    def _send_recalled(self, file: str) -> None:
        self.storage.recall(Path(file).name)
        super().ftp_RETR(file)

    def shown(self, path: str) -> str:
        """What clients call a file."""
        return Path(path).name

    def vanish(self) -> None:
        """Close both connections without a word."""
        for channel in (self.data_channel, self):
            if channel is not None:
                channel._error = True  # noqa: SLF001
                channel.close()

    def on_login(self, username: str) -> None:
        """Somebody logged in."""
        log.info("logged in", user=username)

    def on_login_failed(self, username: str, password: str) -> None:
        """Somebody could not log in; the password is nobody's business."""
        del password
        log.warning("login refused", user=username)

    def on_file_sent(self, file: str) -> None:
        """A file was fetched to its end."""
        log.info("file sent", user=self.username, file=Path(file).name)

    def on_incomplete_file_sent(self, file: str) -> None:
        """A transfer ended before the file did."""
        log.warning("file sent in part", user=self.username, file=Path(file).name)

    def log(self, msg: str, logfun: object = None) -> None:
        """The library's own messages; ours say the same with fields."""
        del logfun
        log.debug("ftp", message=msg)
