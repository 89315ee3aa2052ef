"""What the file server, or the way to it, says."""

from registerbro.presentation import BAD_USE, Presentation

from cpr_batch.errors.base import BatchError


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


class SshFailed(ServerError):
    """The server is no SSH server, or none that we can agree with."""

    text = "{server} does not speak SSH as required: {detail}"


class HostKeyRejected(ServerError):
    """The server's key is not the configured one: another server answers, or its key was changed."""

    text = "the host key of {server} is not the configured one; ask the server's operator for it: {detail}"


class LogonRefused(ServerError):
    """User name or password is wrong, or the account is locked."""

    text = "{server} refuses the logon: {detail}"


class DirectoryRefused(ServerError):
    """The directory is missing on the server, or not ours to enter or to list."""

    text = "{server} refuses the directory: {detail}"


class UploadRefused(ServerError):
    """The server does not take our file."""

    text = "{server} does not take the file: {detail}"


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


class RemoteFileMigrated(RemoteFileRefused):
    """The mainframe has moved the file to mass storage; a later transfer fetches it when it is back."""

    text = "{name} on {server} is on mass storage and cannot be had now; try later, or ask for its recall: {detail}"


class RemoteFileUnknown(RemoteFileError):
    """The server lists no such file."""

    text = "{server} lists no file {name}"


class TransferBroken(RemoteFileError):
    """The connection ended before the file did; what came is kept as a part, and the next transfer begins anew."""

    text = "the transfer of {name} with {server} broke off: {detail}"


class RenameRefused(RemoteFileError):
    """The file keeps its name on the server; renaming is tried again with the next transfer."""

    text = "{server} does not rename {name}: {detail}"


class TransferBusy(TransferError):
    """Another transfer is under way."""

    def __str__(self) -> str:
        return "another transfer is under way"


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
    SshFailed: Presentation("server-ssh-failed", 502, "The file server does not speak SSH as required"),
    HostKeyRejected: Presentation("server-host-key-rejected", 502, "The file server has another host key"),
    LogonRefused: Presentation("server-logon-refused", 502, "The file server refuses the logon"),
    DirectoryRefused: Presentation("server-directory-refused", 502, "The file server refuses the directory"),
    RemoteFileRefused: Presentation("remote-file-refused", 502, "The file server does not hand out the file"),
    RemoteFileMigrated: Presentation("remote-file-migrated", 409, "The file is on mass storage"),
    RemoteFileUnknown: Presentation("remote-file-unknown", 404, "The file server lists no such file"),
    TransferBroken: Presentation("transfer-broken", 502, "The transfer broke off"),
    RenameRefused: Presentation("remote-rename-refused", 502, "The file server does not rename the file"),
    UploadRefused: Presentation("upload-refused", 502, "The file server does not take the file"),
    TransferBusy: Presentation("transfer-busy", 409, "Another transfer is under way"),
    ServerError: Presentation("server-failed", 502, "The file server answers with an error"),
}
