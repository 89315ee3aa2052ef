"""The registers' stand-ins: CPR's file server and CPR Direkte over one world of fictional persons, KMD Logic and Datafordeleren over one of companies."""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from registerbro_sandbox.direct import CprDirectServer
from registerbro_sandbox.ftp_server import CprFileServer
from registerbro_sandbox.serving import direct_server, file_server, first_board
from registerbro_sandbox.settings import DirectSettings, FtpSettings, SandboxSection
from registerbro_sandbox.watching import Watch

from registerbro_local.keys import Keys
from registerbro_local.ports import ANY_PORT

FTP_USER = "registerbro"
GRACE = dt.timedelta(seconds=5)  # for answers under way when the stand-ins stop


@dataclasses.dataclass(frozen=True)
class Registers:
    """The running servers, and what they were told."""

    files: CprFileServer
    online: CprDirectServer
    logic: LogicServer
    datafordeler: DatafordelerServer
    settings: SandboxSection

    @property
    def ftp(self) -> FtpSettings:
        """What the file server was told."""
        return self.settings.ftp

    @property
    def world(self) -> Path:
        """The directory of the world, which is what the file server shows."""
        return self.files.directory


@contextlib.contextmanager
def registers(directory: Path, keys: Keys) -> Iterator[Registers]:
    """Starts the servers on free ports, with one authority's certificates, and stops them with the block."""
    sandbox = SandboxSection.model_validate(
        {
            "ftp": _ftp(directory, keys),
            "direct": {"password": keys.direct_password, "port": ANY_PORT},
            "logic": {"client_secret": keys.logic_secret, "port": ANY_PORT},
            "datafordeler": {"api_key": keys.datafordeler_key, "port": ANY_PORT, "open_port": ANY_PORT},
        }
    )
    with standing_in(sandbox) as servers:
        yield Registers(servers, sandbox)


def _ftp(directory: Path, keys: Keys) -> FtpSettings:
    return FtpSettings.model_validate(
        {
            "user": FTP_USER,
            "password": keys.ftp_password,
            "port": ANY_PORT,
            "directory": directory / "file-server",
            "host_names": ("localhost", "127.0.0.1"),
            "authority_file": directory / "sandbox-ca.pem",
        }
    )
