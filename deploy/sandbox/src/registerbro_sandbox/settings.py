"""What the sandbox can be told: ``REGISTERBRO_SANDBOX__FTP__…`` for the file server, ``…__EXTRACT__…`` for what it starts with."""

import re
import socket
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from registerbro.cpr.writer import Form
from registerbro.settings import Names, ProcessSettings, Section

from registerbro_sandbox.persons import MAX_SIZE

DIRECTORY = Path("cpr-files")


class FtpSettings(Section):
    """CPR's file server."""

    password: SecretStr = Field(min_length=8, description="the one user's password")
    user: str = Field(default="registerbro", min_length=1, description="the one user's name")
    host: str = Field(default="127.0.0.1", description="address to listen on; in a container 0.0.0.0")
    port: int = Field(default=2121, ge=0, le=65535, description="0: any free one")
    directory: Path = Field(default=DIRECTORY, description="what the user sees as home")
    passive_ports: str = Field(
        default="",
        pattern=r"^(\d{1,5}-\d{1,5})?$",
        description="ports of data connections, as 30000-30009; none: any",
    )
    public_address: str | None = Field(
        default=None, description="address that clients are told to open data connections to"
    )
    host_names: Names = Field(
        default_factory=lambda: ("localhost", "127.0.0.1", "::1", socket.gethostname()),
        min_length=1,
        description="names and addresses that the certificate is made for",
    )
    authority_file: Path = Field(
        default=Path("sandbox-ca.pem"),
        description="where to write the certificate of the authority that clients are to trust",
    )
    certificate_file: Path | None = Field(
        default=None, description="a certificate with its chain, PEM, in place of one made at the start"
    )
    key_file: Path | None = Field(default=None, description="its private key, PEM")
    drain_seconds: float = Field(
        default=10, ge=0, le=300, description="time for transfers under way when stopping"
    )

    @field_validator("passive_ports")
    @classmethod
    def _ascending(cls, ports: str) -> str:
        numbers = [int(part) for part in re.findall(r"\d+", ports)]
        if numbers and not 0 < numbers[0] <= numbers[1] <= 65535:
            raise ValueError("must be two port numbers, the lower one first")
        return ports

    @model_validator(mode="after")
    def _certificate_with_key(self) -> Self:
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("set certificate_file and key_file together")
        return self

    @property
    def passive_range(self) -> range | None:
        """The ports of data connections, None for any."""
        if not self.passive_ports:
            return None
        first, last = self.passive_ports.split("-")
        return range(int(first), int(last) + 1)


class ExtractSettings(Section):
    """What the file server's directory is filled with at the first start."""

    persons: int = Field(default=0, ge=0, le=MAX_SIZE, description="size of the first extract; 0: none")
    seed: int = Field(default=1, description="the same seed makes the same persons")
    form: Form = Field(default=Form.LINES, description="lines or stream")


class SandboxSection(Section):
    """The sandbox's own settings."""

    ftp: FtpSettings
    extract: ExtractSettings = ExtractSettings()


class SandboxSettings(ProcessSettings):
    """What the sandbox is told."""

    sandbox: SandboxSection
