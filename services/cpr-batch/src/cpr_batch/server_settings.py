"""What can be configured for the file server: section ``cpr_batch.ftp``, variables ``REGISTERBRO_CPR_BATCH__FTP__…``.

The section keeps the name ``ftp`` for every kind of server.
"""

import enum
import ssl
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_core import PydanticCustomError
from registerbro.settings import Section

from cpr_batch.servers import keys


class Protocol(enum.StrEnum):
    """How the server is spoken to."""

    FTPS = "ftps"  # TLS after AUTH TLS (RFC 4217)
    FTPS_IMPLICIT = "ftps-implicit"  # TLS from the first byte
    FTP = "ftp"  # no encryption
    SFTP = "sftp"


class TransferType(enum.StrEnum):
    """What an FTP server does to the bytes of a file."""

    BINARY = "binary"  # nothing: TYPE I
    TEXT = "text"  # a mainframe translates EBCDIC and ends each record with CR LF: TYPE A


PORTS = {Protocol.FTPS: 21, Protocol.FTPS_IMPLICIT: 990, Protocol.FTP: 21, Protocol.SFTP: 22}


class FtpSettings(Section):
    """The file server: FTP over TLS in passive mode, SFTP, or plain FTP where that is allowed."""

    protocol: Protocol = Field(
        default=Protocol.FTPS,
        description="ftps (explicit TLS), ftps-implicit, sftp, or ftp (not encrypted; see allow_plain)",
    )
    host: str = Field(min_length=1, description="the server's name, as its certificate has it")
    port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="default: 21 for ftps and ftp, 990 for ftps-implicit, 22 for sftp",
    )
    user: str = Field(min_length=1)
    password: SecretStr | None = Field(default=None, description="needed unless key_file is used")
    allow_plain: bool = Field(
        default=False,
        description="allow protocol ftp, which sends the password and all persons' data unencrypted",
    )
    mvs: bool = Field(
        default=False,
        description="the server is CPR's mainframe (z/OS): data sets in place of files, 5,000 of them listed at most",
    )
    transfer_type: TransferType = Field(
        default=TransferType.BINARY,
        description="binary; text where a mainframe keeps its data sets in EBCDIC; FTP only",
    )
    directory: str = Field(
        default="", description="directory on the server with CPR's files; default: the user's home"
    )
    input_directory: str = Field(
        default="", description="directory there for our files to CPR; default: home"
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file with the authority to trust; default: the machine's authorities"
    )
    host_key: str | None = Field(
        default=None,
        max_length=4000,
        description="sftp: the server's key, as SHA256:… or as a line that OpenSSH calls a public key",
    )
    known_hosts_file: Path | None = Field(
        default=None, description="sftp: file in OpenSSH's known_hosts format; this or host_key is needed"
    )
    key_file: Path | None = Field(default=None, description="sftp: our private key, in a format of OpenSSH's")
    key_passphrase: SecretStr | None = Field(
        default=None, description="opens key_file, where it is encrypted"
    )
    connect_seconds: float = Field(
        default=20, gt=0, le=300, description="time for a connection to come about"
    )
    timeout_seconds: float = Field(default=120, gt=0, le=3600, description="longest silence of the server")
    first_byte_seconds: float = Field(
        default=600,
        gt=0,
        le=7200,
        description="longest wait for the first byte of a file: a mainframe may have to fetch it from mass storage",
    )
    encoding: Literal["iso-8859-1", "utf-8"] = Field(
        default="iso-8859-1", description="of names on the server"
    )

    @property
    def port_number(self) -> int:
        """The port, given or usual."""
        return self.port or PORTS[self.protocol]

    @property
    def is_encrypted(self) -> bool:
        """Whether nobody on the way can read along."""
        return self.protocol is not Protocol.FTP

    @field_validator("user", "directory", "input_directory")
    @classmethod
    def _one_line(cls, text: str) -> str:
        if not text.isprintable():
            raise ValueError("must not hold control characters")
        return text

    @field_validator("password")
    @classmethod
    def _one_line_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not secret.get_secret_value().isprintable():
            raise ValueError("must not hold control characters")
        return secret

    @field_validator("ca_file")
    @classmethod
    def _readable_authority(cls, path: Path | None) -> Path | None:
        if path is not None:
            try:
                ssl.create_default_context(cafile=path)
            except OSError as error:  # ssl.SSLError is one
                raise ValueError(f"no usable certificate file ({error.strerror})") from None
        return path

    @field_validator("host_key")
    @classmethod
    def _real_host_key(cls, text: str | None) -> str | None:
        if text is not None:
            keys.HostKey.parse(text)
        return text

    @field_validator("known_hosts_file")
    @classmethod
    def _readable_hosts(cls, path: Path | None) -> Path | None:
        if path is not None:
            keys.known_hosts(path)
        return path

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if self.protocol is Protocol.FTP and not self.allow_plain:
            raise ValueError("protocol ftp is not encrypted: choose ftps or sftp, or set allow_plain")
        if self.protocol is Protocol.SFTP:
            self._usable_for_sftp()
        elif self.password is None:
            raise _missing("password is missing")
        elif self.key_file or self.host_key or self.known_hosts_file:
            raise ValueError("key_file, host_key and known_hosts_file are for protocol sftp only")
        return self

    def _usable_for_sftp(self) -> None:
        if self.host_key is None and self.known_hosts_file is None:
            raise _missing("sftp needs host_key or known_hosts_file: no server is trusted unseen")
        if self.password is None and self.key_file is None:
            raise _missing("sftp needs key_file or password")
        if self.mvs or self.transfer_type is not TransferType.BINARY:
            raise ValueError("mvs and transfer_type are for FTP only")
        if self.key_file is not None:
            keys.private_key(self.key_file, self.key_passphrase)


def _missing(what: str) -> PydanticCustomError:
    """Of the same kind as a missing field: it may still come from elsewhere."""
    return PydanticCustomError("missing", "{what}", {"what": what})
