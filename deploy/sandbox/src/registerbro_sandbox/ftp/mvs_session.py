"""A session with CPR's mainframe: z/OS's replies, and its listings."""

# ruff: noqa: N802 (pyftpdlib's names)

import datetime as dt
from pathlib import Path
from typing import Any

from registerbro_sandbox.ftp.mvs import (
    HEADER,
    HOME,
    DataSets,
    full_name,
    is_data_set_name,
    migrated_row,
    new_prefix,
    row,
)
from registerbro_sandbox.ftp.session import Session

_UNKNOWN = frozenset({"MLSD", "MLST", "MFMT", "STOU", "SITE CHMOD"})
_NAMING = frozenset({"STOR", "APPE", "RNFR", "RNTO", "RETR"})
_SIZES_OFF = "501 command aborted -- FTP server not configured for SIZE/MDTM"


class MvsSession(Session):
    """z/OS as a client sees it; sizes, restarts and machine-readable listings it has none."""

    banner = "TCPFTP1 IBM FTP CS 3.2 (sandbox)"
    abstracted_fs = DataSets
    fs: DataSets
    _begun = _ended = ""
    _rnfr: str | None

    def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
        """Refuses what the mainframe does not know, and names it cannot have."""
        if cmd in _UNKNOWN:
            self.note(cmd, arg)
            self.respond(f"500 unknown command {cmd}")
        elif self.authenticated and cmd in _NAMING and not self._can_be_named(arg):
            self.note(cmd, arg)
            self.respond(f'501 Invalid data set name "{arg}".  Use MVS Dsname conventions.')
        else:
            super().pre_process_command(line, cmd, arg)

    def respond(self, resp: str, *args: Any, **kwargs: Any) -> None:
        """Says that a transfer begins or has ended in the mainframe's words."""
        if resp.startswith(("150 ", "125 ")):
            resp = self._begun
        elif resp == "226 Transfer complete.":
            resp = self._ended
        super().respond(resp, *args, **kwargs)

    def handle_auth_success(self, home: str, password: str, msg_login: str) -> None:
        """Greets by the working directory."""
        del msg_login
        greeting = f'{self.username} is logged on.  Working directory is "{HOME}".'
        super().handle_auth_success(home, password, greeting)

    def ftp_SYST(self, line: str) -> None:
        """The operating system."""
        del line
        self.respond("215 MVS is the operating system of this server. FTP Server is running on z/OS.")

    def ftp_FEAT(self, line: str) -> None:
        """What it can beyond the oldest standard: TLS, if it has it."""
        del line
        if not self._extra_feats:
            self.respond("211 no Extensions supported")
            return
        self.push("211- Extensions supported\r\n AUTH TLS\r\n PBSZ\r\n PROT\r\n")
        self.respond("211 End")

    def ftp_PWD(self, line: str) -> None:
        """The prefix of names."""
        del line
        self.respond(f"257 \"'{self.fs.prefix}'\" is working directory.")

    def ftp_CWD(self, path: str) -> None:
        """Another prefix, whether any data set has it or not; the other file system is out of bounds."""
        del path
        if self.asked.startswith("/"):
            self.respond(f"550 Cannot change to {self.asked}: EDC5111I Permission denied.")
            return
        self.fs.prefix = new_prefix(self.asked, self.fs.prefix)
        self.respond(f'250 "{self.fs.prefix}" is the working directory name prefix.')

    def ftp_CDUP(self, path: str) -> None:
        """One qualifier less."""
        self.asked = ".."
        self.ftp_CWD(path)

    def ftp_LIST(self, path: str) -> None:
        """Data sets with what the catalogue knows of them."""
        del path
        found = self.fs.matching(self.asked)
        self._send_lines("LIST", [HEADER, *(self._row(name, file) for name, file in found)] if found else [])

    def ftp_NLST(self, path: str) -> None:
        """Names alone."""
        del path
        self._send_lines("NLST", [name for name, _ in self.fs.matching(self.asked)])

    def ftp_RETR(self, file: str) -> None:
        """Sends a data set."""
        if not Path(file).is_file():
            self.respond(f"550 Data set {self.shown(file)} not found")
            return
        self._announce(f"125 Sending data set {self.shown(file)} VARrecfm 1024")
        super().ftp_RETR(file)

    def ftp_STOR(self, file: str, mode: str = "w") -> None:
        """Takes a data set."""
        self._announce(f"125 Storing data set {self.shown(file)}")
        super().ftp_STOR(file, mode)

    def ftp_RNFR(self, path: str) -> None:
        """What to rename."""
        if not Path(path).is_file():
            self.respond(f"550 RNFR fails: {self.shown(path)} does not exist.")
            return
        self._rnfr = path
        self.respond("350 RNFR accepted. Please supply new name for RNTO.")

    def ftp_RNTO(self, path: str) -> None:
        """Renames; never over another data set."""
        if self._rnfr and Path(path).exists():
            self._rnfr = None
            self.respond(f"550 Rename fails: {self.shown(path)} already exists.")
        else:
            super().ftp_RNTO(path)

    def ftp_REST(self, line: str) -> None:
        """No restart in the middle."""
        del line
        self.respond("504 Restart requires Block or Compressed transfer mode.")

    def ftp_SIZE(self, path: str) -> None:
        """No size: it would have to read the data set."""
        del path
        self.respond(_SIZES_OFF)

    def ftp_MDTM(self, path: str) -> None:
        """No time either."""
        self.ftp_SIZE(path)

    def shown(self, path: str) -> str:
        """A data set's full name."""
        return self.fs.fs2ftp(path)

    def _can_be_named(self, argument: str) -> bool:
        return is_data_set_name(full_name(argument, self.fs.prefix))

    def _row(self, name: str, file: Path) -> str:
        if self.storage.holds(file.name):
            return migrated_row(name)
        about = file.stat()
        return row(name, about.st_size, dt.datetime.fromtimestamp(about.st_mtime, dt.UTC).date())

    def _send_lines(self, verb: str, lines: list[str]) -> None:
        if not lines:
            self.respond("550 No data sets found.")
            return
        self._announce("125 List started OK", "250 List completed successfully.")
        self.push_dtp_data("".join(f"{line}\r\n" for line in lines).encode("ascii"), cmd=verb)

    def _announce(self, begun: str, ended: str = "250 Transfer completed successfully.") -> None:
        self._begun, self._ended = begun, ended
