"""The registers' stand-ins: CPR's file server and CPR Direkte over a world of fictional persons, Datafordeleren and KMD Logic
over one of companies.
"""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from registerbro.auth import DevelopmentIssuer
from registerbro_sandbox.control import ControlServer
from registerbro_sandbox.datafordeler import DatafordelerServer
from registerbro_sandbox.direct import CprDirectServer
from registerbro_sandbox.ftp_server import CprFileServer
from registerbro_sandbox.logic import LogicServer
from registerbro_sandbox.serving import (
    control_server,
    datafordeler_server,
    direct_server,
    file_server,
    first_board,
    logic_server,
)
from registerbro_sandbox.settings import SandboxSection
from registerbro_sandbox.watching import Settable, Watch

from registerbro_local.keys import Keys
from registerbro_local.ports import ANY_PORT

T = TypeVar("T")
FTP_USER = "registerbro"
GRACE = dt.timedelta(seconds=5)  # for answers under way when the stand-ins stop


@dataclasses.dataclass(frozen=True)
class Registers:
    """The running servers, and what they were told."""

    files: CprFileServer
    online: CprDirectServer
    datafordeler: DatafordelerServer
    logic: LogicServer
    control: ControlServer
    told: SandboxSection

    @property
    def world(self) -> Path:
        """The directory of the world, which is what the file server shows."""
        return self.files.directory


@contextlib.contextmanager
def registers(directory: Path, keys: Keys, *, control_port: int) -> Iterator[Registers]:
    """Starts the servers on free ports, with one authority's certificates, and stops them with the block."""
    told = SandboxSection.model_validate(_told(directory, keys, control_port))
    files = file_server(told.ftp)
    online, datafordeler, logic, control = (
        _made(direct_server(told)),
        _made(datafordeler_server(told)),
        _made(logic_server(told)),
        _made(control_server(told)),
    )
    switches: dict[str, Settable] = {"datafordeler": datafordeler.faults, "logic": logic.faults}
    with Watch(files, first_board(told), online, switches=switches), files, contextlib.ExitStack() as stack:
        for server in (online, datafordeler, logic, control):
            server.start()
            stack.callback(server.stop, GRACE)
        yield Registers(files, online, datafordeler, logic, control, told)


def _made(server: T | None) -> T:
    if server is None:
        raise AssertionError("the sandbox was told to serve it")
    return server


def _told(directory: Path, keys: Keys, control_port: int) -> dict[str, Any]:
    return {
        "ftp": {
            "user": FTP_USER,
            "password": keys.ftp_password,
            "port": ANY_PORT,
            "directory": directory / "file-server",
            "host_names": ("localhost", "127.0.0.1"),
            "authority_file": directory / "sandbox-ca.pem",
        },
        "direct": {"password": keys.direct_password, "port": ANY_PORT},
        "datafordeler": {
            "password": keys.datafordeler_password,
            "certificate_file": directory / "sandbox-client.p12",
            "certificate_password": keys.certificate_password,
            "port": ANY_PORT,
            "open_port": ANY_PORT,
        },
        "logic": {"client_secret": keys.logic_secret, "port": ANY_PORT},
        "control": {
            "auth": DevelopmentIssuer(keys.development_key).settings().model_dump(),
            "port": control_port,
        },
    }
