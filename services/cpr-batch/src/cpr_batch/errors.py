"""What can go wrong with a transfer or an import.

    BatchError
    ├── TransferError                what the file server or the way to it says
    │   ├── ServerNotConfigured      no file server is set up
    │   ├── HostUnknown              the name has no address
    │   ├── ConnectionFailed         refused, unreachable or reset while connecting
    │   ├── ServerTimeout            no answer in time
    │   ├── TlsFailed                the server offers no TLS, or no version that we accept
    │   ├── CertificateRejected
    │   │   ├── CertificateExpired
    │   │   ├── CertificateUntrusted     signed by nobody we trust
    │   │   └── CertificateForOtherHost
    │   ├── LogonRefused             tried once: CPR locks an account after a few wrong passwords
    │   ├── DirectoryRefused         missing there, or not ours to enter
    │   ├── RemoteFileRefused        cannot be read: migrated, gone, or not ours
    │   ├── RemoteFileUnknown        not in the list
    │   ├── TransferBroken           the connection ended before the file did
    │   ├── RenameRefused            the file is fetched; its new name is tried again next time
    │   └── TransferBusy             another transfer is under way
    ├── InterimError                 what the interim directory says
    │   ├── InterimMissing
    │   ├── InterimRefused           no permission
    │   ├── InterimFull
    │   └── InterimFailed            any other fault of the disk
    └── ImportFailed
        ├── LocalFileUnknown         no such file in the interim directory
        ├── FileBusy                 another import of it is under way
        ├── FileNotImportable        truncated, in another format or encoding: refused whole, nothing written
        ├── StoreRefused             the contact store did not take a chunk; what came before it is stored
        ├── ImportSuperseded         another run took the file over; this one wrote nothing more
        └── RunUnknown

Each carries data; ``PRESENTATION`` says how each looks to a caller of the API (type and status) and of the command (exit code).
"""

import dataclasses
import http

FAILED = 1
BAD_USE = 2


class BatchError(Exception):
    """A fault with a name of its own; its text is one line and holds no personal data."""


class TransferError(BatchError):
    """The file server, or the way to it, does not do what is asked."""


class ServerNotConfigured(TransferError):
    """No file server is configured."""

    def __str__(self) -> str:
        return "no file server is configured: set REGISTERBRO_CPR_BATCH__FTP__HOST and what belongs to it"


class ServerError(TransferError):
    """A fault of one server, with what it or the network said."""

    text = "{server}: {detail}"

    def __init__(self, server: str, detail: str = "") -> None:
        super().__init__(server, detail)
        self.server = server
        self.detail = detail

    def __str__(self) -> str:
        return self.text.format(server=self.server, detail=self.detail).removesuffix(": ")


class HostUnknown(ServerError):
    """The server's name has no address."""

    text = "the host name of {server} has no address: {detail}"


class ConnectionFailed(ServerError):
    """No connection comes about."""

    text = "{server} cannot be reached: {detail}"


class ServerTimeout(ServerError):
    """The server did not answer in time."""

    text = "{server} did not answer in time: {detail}"


class TlsFailed(ServerError):
    """Encryption does not come about."""

    text = "{server} does not speak TLS as required: {detail}"


class CertificateRejected(ServerError):
    """The server's certificate is not accepted."""

    text = "the certificate of {server} is not accepted: {detail}"


class CertificateExpired(CertificateRejected):
    """The server's certificate has expired."""

    text = "the certificate of {server} has expired: {detail}"


class CertificateUntrusted(CertificateRejected):
    """The server's certificate is signed by nobody that we trust."""

    text = "the certificate of {server} is signed by an unknown authority: {detail}"


class CertificateForOtherHost(CertificateRejected):
    """The server's certificate belongs to another host."""

    text = "the certificate of {server} belongs to another host: {detail}"


class LogonRefused(ServerError):
    """User name or password is wrong, or the account is locked."""

    text = "{server} refuses the logon: {detail}"


class DirectoryRefused(ServerError):
    """The directory is missing on the server, or not ours to enter."""

    text = "{server} refuses the directory: {detail}"


class RemoteFileError(ServerError):
    """A fault with one file on the server."""

    text = "{name} on {server}: {detail}"

    def __init__(self, server: str, name: str, detail: str = "") -> None:
        super().__init__(server, detail)
        self.name = name

    def __str__(self) -> str:
        return self.text.format(server=self.server, name=self.name, detail=self.detail).removesuffix(": ")


class RemoteFileRefused(RemoteFileError):
    """The server does not hand the file out."""

    text = "{server} does not hand out {name}: {detail}"


class RemoteFileUnknown(RemoteFileError):
    """The server lists no such file."""

    text = "{server} lists no file {name}"


class TransferBroken(RemoteFileError):
    """The connection ended before the file did; what came is kept as a part and fetched anew next time."""

    text = "the transfer of {name} from {server} broke off: {detail}"


class RenameRefused(RemoteFileError):
    """The file keeps its name on the server; renaming is tried again with the next transfer."""

    text = "{server} does not rename {name}: {detail}"


class TransferBusy(TransferError):
    """Another transfer is under way."""

    def __str__(self) -> str:
        return "another transfer is under way"


class InterimError(BatchError):
    """The interim directory does not do what is asked."""

    text = "{path}: {detail}"

    def __init__(self, path: str, detail: str = "") -> None:
        super().__init__(path, detail)
        self.path = path
        self.detail = detail

    def __str__(self) -> str:
        return self.text.format(path=self.path, detail=self.detail).removesuffix(": ")


class InterimMissing(InterimError):
    """The interim directory does not exist."""

    text = "the interim directory {path} does not exist"


class InterimRefused(InterimError):
    """No permission in the interim directory."""

    text = "no permission for {path} in the interim directory"


class InterimFull(InterimError):
    """No space is left for the interim directory."""

    text = "no space is left for {path}"


class InterimFailed(InterimError):
    """The disk of the interim directory fails."""


class ImportFailed(BatchError):
    """A file cannot be imported."""

    text = "{name}"

    def __init__(self, name: str, detail: str = "") -> None:
        super().__init__(name, detail)
        self.name = name
        self.detail = detail

    def __str__(self) -> str:
        return self.text.format(name=self.name, detail=self.detail)


class LocalFileUnknown(ImportFailed):
    """The interim directory holds no such file."""

    text = "there is no file {name} to import"


class FileBusy(ImportFailed):
    """Another import of the file is under way."""

    text = "{name} is being imported by another run"


class FileNotImportable(ImportFailed):
    """The file is refused whole; nothing of it was written."""

    text = "{name} is refused: {detail}"


class StoreRefused(ImportFailed):
    """The contact store did not take a chunk; the file can be imported again, what is stored already is found equal."""

    text = "the contact store did not take all of {name}: {detail}"


class ImportSuperseded(ImportFailed):
    """Another run took the file over; this one wrote nothing more."""

    text = "{name} was taken over by another run"


class RunUnknown(ImportFailed):
    """There is no such run."""

    text = "there is no run {name}"


@dataclasses.dataclass(frozen=True, slots=True)
class Presentation:
    """How an error looks from outside: problem type and title, HTTP status, exit code of the command."""

    slug: str
    status: int
    title: str
    exit_code: int = FAILED


PRESENTATION: dict[type[BatchError], Presentation] = {
    ServerNotConfigured: Presentation("server-not-configured", 409, "No file server is configured", BAD_USE),
    HostUnknown: Presentation("server-host-unknown", 502, "The file server's name has no address"),
    ConnectionFailed: Presentation("server-unreachable", 502, "The file server cannot be reached"),
    ServerTimeout: Presentation("server-timeout", 504, "The file server did not answer in time"),
    TlsFailed: Presentation("server-tls-failed", 502, "The file server does not speak TLS as required"),
    CertificateExpired: Presentation(
        "server-certificate-expired", 502, "The file server's certificate expired"
    ),
    CertificateUntrusted: Presentation(
        "server-certificate-untrusted", 502, "The file server's certificate is signed by an unknown authority"
    ),
    CertificateForOtherHost: Presentation(
        "server-certificate-other-host", 502, "The file server's certificate belongs to another host"
    ),
    CertificateRejected: Presentation(
        "server-certificate-rejected", 502, "The file server's certificate is not accepted"
    ),
    LogonRefused: Presentation("server-logon-refused", 502, "The file server refuses the logon"),
    DirectoryRefused: Presentation("server-directory-refused", 502, "The file server refuses the directory"),
    RemoteFileRefused: Presentation("remote-file-refused", 502, "The file server does not hand out the file"),
    RemoteFileUnknown: Presentation("remote-file-unknown", 404, "The file server lists no such file"),
    TransferBroken: Presentation("transfer-broken", 502, "The transfer broke off"),
    RenameRefused: Presentation("remote-rename-refused", 502, "The file server does not rename the file"),
    TransferBusy: Presentation("transfer-busy", 409, "Another transfer is under way"),
    ServerError: Presentation("server-failed", 502, "The file server answers with an error"),
    InterimMissing: Presentation("interim-directory-missing", 500, "The interim directory does not exist"),
    InterimRefused: Presentation("interim-directory-refused", 500, "No permission in the interim directory"),
    InterimFull: Presentation("interim-directory-full", 507, "The disk of the interim directory is full"),
    InterimFailed: Presentation("interim-directory-failed", 500, "The disk of the interim directory fails"),
    LocalFileUnknown: Presentation("local-file-unknown", 404, "There is no such file to import"),
    FileBusy: Presentation("file-busy", 409, "Another import of the file is under way"),
    FileNotImportable: Presentation("file-refused", 422, "The file is refused"),
    StoreRefused: Presentation("store-refused", 503, "The contact store did not take all of the file"),
    ImportSuperseded: Presentation("import-superseded", 409, "Another run took the file over"),
    RunUnknown: Presentation("run-unknown", 404, "There is no such run"),
}


def presentation(error: BatchError) -> Presentation:
    """How this error looks from outside."""
    for kind in type(error).__mro__:
        if kind in PRESENTATION:
            return PRESENTATION[kind]
    return Presentation("internal-error", http.HTTPStatus.INTERNAL_SERVER_ERROR, "An error of the service")
