"""One client's session: the handlers of pyftpdlib, with every command noted and the switchboard asked first."""

from pathlib import Path
from typing import Any, ClassVar

import structlog
from pyftpdlib.filesystems import AbstractedFS
from pyftpdlib.handlers import TLS_DTPHandler, TLS_FTPHandler

from registerbro_sandbox.ftp.faults import Break, Faults
from registerbro_sandbox.ftp.ledger import Ledger

log = structlog.get_logger(__name__)
_SECRET = frozenset({"PASS", "ACCT"})


class FileSystem(AbstractedFS):  # type: ignore[misc]
    """The home directory; what is not complete yet begins with a dot and is not shown."""

    def listdir(self, path: str) -> list[str]:
        """The names that clients see."""
        return [name for name in super().listdir(path) if not name.startswith(".")]


class Data(TLS_DTPHandler):  # type: ignore[misc]
    """A data connection, which may break on the way."""

    def send(self, data: bytes) -> int:
        """Send as much as the switchboard lets through."""
        faults: Faults = self.cmd_channel.faults
        if faults.transfer is None or self.file_obj is None:
            return int(super().send(data))
        left = faults.after_bytes - self.tot_bytes_sent
        if left > 0:
            return int(super().send(data[:left]))
        if not faults.use():
            faults.none()
            return int(super().send(data))
        self._break(faults.transfer)
        return 0

    def _break(self, how: Break) -> None:
        log.warning("transfer broken on purpose", how=how.value, sent_bytes=self.tot_bytes_sent)
        self._error = True  # so that TLS is not shut down politely, neither now nor when the session ends
        if how is Break.STALL:
            self.del_channel()
            return
        if how is Break.VANISH:
            self.cmd_channel.vanish()
        else:
            self._resp = ("426 Connection closed; transfer aborted.", self.log)
            self.close()


class Session(TLS_FTPHandler):  # type: ignore[misc]
    """A control connection: TLS before the login and on the data connection, or nothing."""

    faults: ClassVar[Faults]
    ledger: ClassVar[Ledger]
    tls_control_required = True
    tls_data_required = True
    dtp_handler = Data
    abstracted_fs = FileSystem
    banner = "CPR file server (sandbox)"
    auth_failed_timeout = 0.2
    max_login_attempts = 3
    use_sendfile = False

    def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
        """Notes every command, also those that are refused."""
        shown = "***" if cmd in _SECRET else arg
        self.ledger.note(self.username or "", cmd, shown)
        log.info("command", user=self.username or "", command=cmd, argument=shown)
        super().pre_process_command(line, cmd, arg)

    def process_command(self, cmd: str, *args: Any, **kwargs: Any) -> None:
        """Does a command, unless the switchboard says otherwise."""
        faults = self.faults
        if cmd in faults.vanish_at and faults.use():
            self.vanish()
        elif cmd in faults.ignore and faults.use():
            log.warning("command ignored on purpose", command=cmd)
        elif cmd in faults.refuse and faults.use():
            self.respond(faults.refuse[cmd])
        else:
            super().process_command(cmd, *args, **kwargs)

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
