"""What the sandbox can be told: ``REGISTERBRO_SANDBOX__FTP__…`` for the file server, ``…__SFTP__…`` for the one by SSH,
``…__DIRECT__…`` for CPR Direkte, ``…__FAULTS__…`` for what goes wrong with files, ``…__EXTRACT__…`` for what they start with;
``…__COMPANIES__…`` for the register of companies, ``…__LOGIC__…`` for KMD Logic, ``…__DATAFORDELER__…`` for Datafordeleren;
``…__CONTROL__…`` for the API by which something is made to happen.
"""

import enum
import re
import socket
import uuid
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from registerbro.cpr.layouts import LAYOUTS
from registerbro.cpr.writer import Form
from registerbro.settings import AuthSettings, Names, ProcessSettings, Section

from registerbro_sandbox.companies.numbers import MAX_COMPANIES
from registerbro_sandbox.datafordeler.faults import NOTHING as NOTHING_AT_DATAFORDELER
from registerbro_sandbox.datafordeler.faults import DatafordelerWrong
from registerbro_sandbox.datafordeler.shape import RestShape
from registerbro_sandbox.direct import CURRENT, NOTHING, DirectWrong
from registerbro_sandbox.logic.faults import NOTHING as NOTHING_AT_LOGIC
from registerbro_sandbox.logic.faults import LogicWrong
from registerbro_sandbox.persons import MAX_SIZE
from registerbro_sandbox.switchboard import Wrong

DIRECTORY = Path("cpr-files")
INPUT_DIRECTORY = "ind"
LOGIC_CLIENT = "5a9d0b0c-1111-4000-8000-000000000001"
LOGIC_SUBSCRIPTION = uuid.UUID("5a9d0b0c-2222-4000-8000-000000000002")
LOGIC_CONFIGURATION = uuid.UUID("5a9d0b0c-3333-4000-8000-000000000003")
_ABOUT_PERSONS = frozenset(LAYOUTS) - {"000", "099", "910", "997", "999"}


class Protocol(enum.StrEnum):
    """With TLS or without."""

    FTPS = "ftps"
    FTP = "ftp"


class FtpSettings(Section):
    """CPR's file server."""

    password: SecretStr = Field(min_length=8, description="the one user's password")
    user: str = Field(default="registerbro", min_length=1, description="the one user's name")
    host: str = Field(default="127.0.0.1", description="address to listen on; in a container 0.0.0.0")
    port: int = Field(default=2121, ge=0, le=65535, description="0: any free one")
    directory: Path = Field(default=DIRECTORY, description="what the user sees as home")
    protocol: Protocol = Field(default=Protocol.FTPS, description="ftps, or ftp without any TLS")
    implicit: bool = Field(default=False, description="TLS from the first byte, as on port 990")
    mvs: bool = Field(default=False, description="show the directory as z/OS shows data sets")
    input_directory: str = Field(
        default=INPUT_DIRECTORY,
        pattern=r"^[^./][^/]*$",
        description="directory in the home for what customers upload",
    )
    migrated: Names = Field(
        default=(), description="names of files that lie on mass storage at the first start"
    )
    recall_seconds: float | None = Field(
        default=None,
        ge=0,
        le=3600,
        description="how long a migrated file's recall takes; none: it is refused",
    )
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
        if self.implicit and self.protocol is Protocol.FTP:
            raise ValueError("implicit TLS and protocol ftp exclude each other")
        return self

    @property
    def inbox(self) -> Path:
        """Where customers upload."""
        return self.directory / self.input_directory

    @property
    def passive_range(self) -> range | None:
        """The ports of data connections, None for any."""
        if not self.passive_ports:
            return None
        first, last = self.passive_ports.split("-")
        return range(int(first), int(last) + 1)


class SftpSettings(Section):
    """The same directory by SFTP."""

    user: str = Field(default="registerbro", min_length=1, description="the one user's name")
    password: SecretStr | None = Field(default=None, min_length=8, description="the one user's password")
    public_key_file: Path | None = Field(
        default=None, description="the one user's public keys, one a line in OpenSSH's form"
    )
    host: str = Field(default="127.0.0.1", description="address to listen on; in a container 0.0.0.0")
    port: int = Field(default=2222, ge=0, le=65535, description="0: any free one")
    fingerprint_file: Path = Field(
        default=Path("sandbox-sftp.fingerprint"), description="where to write the host key's fingerprint"
    )
    companions: bool = Field(
        default=False, description="put <name>.metadata beside each file, as the service platform does"
    )

    @model_validator(mode="after")
    def _someone_can_log_on(self) -> Self:
        if self.password is None and self.public_key_file is None:
            raise ValueError("set password, public_key_file or both")
        return self


class DirectSettings(Section):
    """CPR Direkte. Its certificate is the file server's: the same authority, host names and files."""

    password: SecretStr = Field(
        min_length=8, max_length=8, description="the first user's password at the first start"
    )
    user: str = Field(default="SANDBOX1", pattern=r"^[!-~]{1,8}$", description="the first user's id")
    customer_number: str = Field(default="4630", pattern=r"^\d{4}$", description="the first user's customer")
    transaction_code: str = Field(default="OFF4", pattern=r"^[A-Z0-9]{4}$", description="of the lookup")
    host: str = Field(default="127.0.0.1", description="address to listen on; in a container 0.0.0.0")
    port: int = Field(default=5000, ge=0, le=65535, description="0: any free one")
    tls: bool = Field(default=True, description="false: plain TCP, for clients whose local proxy does TLS")
    record_types: Names = Field(
        default=CURRENT, min_length=1, description="records that answers hold, as the agreement has it"
    )
    token_minutes: float = Field(default=30, gt=0, le=1440, description="how long a logon lasts")
    password_days: int | None = Field(
        default=None, ge=1, le=3650, description="how long a password lasts; none: for ever"
    )
    wrong_logons: int = Field(default=3, ge=1, le=1000, description="wrong passwords that lock an account")
    allowed_addresses: Names = Field(default=(), description="addresses that may ask; none: all")
    error_texts: bool = Field(default=True, description="send a text behind the header of an error")
    faults: DirectWrong = Field(
        default=NOTHING,
        description="what goes wrong from the first start on, until `direct fault` commands change it",
    )

    @field_validator("record_types")
    @classmethod
    def _of_persons(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [name for name in types if name not in _ABOUT_PERSONS]:
            raise ValueError(f"{', '.join(unknown)}: no record about a person")
        if "001" not in types:
            raise ValueError("001 is always delivered")
        return types


class ExtractSettings(Section):
    """What the file server's directory is filled with at the first start."""

    persons: int = Field(default=0, ge=0, le=MAX_SIZE, description="how many there are; 0: no world is made")
    subscribed: int | None = Field(
        default=None,
        ge=0,
        description="how many of them the first extract delivers; the others come once subscribed; none: all",
    )
    seed: int = Field(default=1, description="the same seed makes the same persons")
    form: Form = Field(default=Form.LINES, description="lines or stream")

    @model_validator(mode="after")
    def _no_more_than_there_are(self) -> Self:
        if self.subscribed is not None and self.subscribed > self.persons:
            raise ValueError("subscribed cannot be more than persons")
        return self


class CompaniesSettings(Section):
    """The register of companies, which the stand-ins for CVR's providers share; made at the first start of one of them."""

    count: int = Field(
        default=200, ge=0, le=MAX_COMPANIES, description="companies at the first start, besides the samples"
    )
    seed: int = Field(default=1, description="the same seed makes the same companies")
    retention_days: float | None = Field(
        default=None, gt=0, le=36_500, description="how long events are kept; none: for ever"
    )


class LogicSettings(Section):
    """KMD Logic."""

    client_secret: SecretStr = Field(min_length=8, description="the one client's secret")
    client_id: str = Field(default=LOGIC_CLIENT, min_length=1, description="the one client's id")
    scope: str = Field(
        default="https://logic.example/sandbox/.default", min_length=1, description="what tokens are for"
    )
    subscription_id: uuid.UUID = Field(default=LOGIC_SUBSCRIPTION, description="the one subscription's id")
    configuration_ids: Names = Field(
        default=(str(LOGIC_CONFIGURATION),),
        min_length=1,
        description="ids of configurations; all but the first have object ids of their own",
    )
    host: str = Field(default="127.0.0.1", description="address to listen on; in a container 0.0.0.0")
    port: int = Field(default=8101, ge=0, le=65535, description="0: any free one")
    token_seconds: float = Field(default=3600, ge=1, le=86_400, description="how long a token lasts")
    refuses_repeats: bool = Field(
        default=False, description="400 for subscribing twice and for unsubscribing what is not subscribed"
    )
    faults: LogicWrong = Field(
        default=NOTHING_AT_LOGIC,
        description="what goes wrong from the first start on, until `logic fault` commands change it",
    )

    @field_validator("configuration_ids")
    @classmethod
    def _are_ids(cls, ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(uuid.UUID(each)) for each in ids)


class DatafordelerSettings(Section):
    """Datafordeleren. Its certificate is the file server's, and the same authority issues its clients' ones."""

    password: SecretStr = Field(min_length=8, description="the service user's, where no certificate is used")
    user: str = Field(default="registerbro", min_length=1, description="the service user's name")
    api_key: SecretStr | None = Field(default=None, min_length=8, description="GraphQL: an API key")
    client_id: str = Field(default="registerbro", min_length=1, description="OAuth: the client")
    client_secret: SecretStr | None = Field(
        default=None, min_length=8, description="OAuth: its secret; none: only a certificate gives tokens"
    )
    token_seconds: float = Field(default=3600, ge=1, le=86_400, description="how long a token lasts")
    certificate_file: Path = Field(
        default=Path("sandbox-client.p12"), description="where the client's certificate is written"
    )
    certificate_password: SecretStr | None = Field(
        default=None, min_length=4, description="of that file; none: it is PEM, not encrypted"
    )
    certificate_days: int = Field(default=365, ge=1, le=3650, description="how long it is good")
    host: str = Field(default="127.0.0.1", description="address to listen on; in a container 0.0.0.0")
    port: int = Field(
        default=8102, ge=0, le=65535, description="for clients with a certificate; 0: any free one"
    )
    open_port: int = Field(default=8103, ge=0, le=65535, description="for clients without; 0: any free one")
    open_tls: bool = Field(default=True, description="false: the latter is plain HTTP")
    rest: RestShape = RestShape()
    faults: DatafordelerWrong = Field(
        default=NOTHING_AT_DATAFORDELER,
        description="what goes wrong from the first start on, until `datafordeler fault` commands change it",
    )


class ControlSettings(Section):
    """The control API. Its tokens are checked as a service's, so it is told the same of their issuer."""

    auth: AuthSettings
    host: str = Field(default="127.0.0.1", description="address to listen on; in a container 0.0.0.0")
    port: int = Field(default=8104, ge=0, le=65535, description="0: any free one")


class SandboxSection(Section):
    """The sandbox's own settings."""

    ftp: FtpSettings
    sftp: SftpSettings | None = Field(default=None, description="none: no SFTP server")
    direct: DirectSettings | None = Field(default=None, description="none: no CPR Direkte")
    faults: Wrong = Field(
        default=Wrong(),
        description="what goes wrong from the first start on, until `fault` commands change it",
    )
    extract: ExtractSettings = ExtractSettings()
    companies: CompaniesSettings = CompaniesSettings()
    logic: LogicSettings | None = Field(default=None, description="none: no KMD Logic")
    datafordeler: DatafordelerSettings | None = Field(default=None, description="none: no Datafordeler")
    control: ControlSettings | None = Field(default=None, description="none: no control API")


class SandboxSettings(ProcessSettings):
    """What the sandbox is told."""

    sandbox: SandboxSection
