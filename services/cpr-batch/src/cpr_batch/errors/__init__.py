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
    │   ├── SshFailed                no SSH server, or none to agree with
    │   ├── HostKeyRejected          the server's key is not the configured one
    │   ├── LogonRefused             tried once: CPR locks an account after a few wrong passwords
    │   ├── DirectoryRefused         missing there, or not ours to enter
    │   ├── RemoteFileRefused        cannot be read: gone, or not ours
    │   │   └── RemoteFileMigrated       on mass storage; a later transfer fetches it
    │   ├── RemoteFileUnknown        not in the list
    │   ├── TransferBroken           the connection ended before the file did
    │   ├── RenameRefused            the file is fetched; its new name is tried again next time
    │   ├── UploadRefused            our file is not taken
    │   └── TransferBusy             another transfer is under way
    ├── InterimError                 what the interim directory says
    │   ├── InterimMissing
    │   ├── InterimRefused           no permission
    │   ├── InterimFull
    │   └── InterimFailed            any other fault of the disk
    ├── OrderError                   orders to CPR, and the files that carry them
    │   ├── OrdersNotConfigured
    │   ├── OrdersBusy               another upload of orders is under way
    │   ├── OrderUnknown
    │   ├── OrderNotOpen             on its way to CPR, or done with
    │   └── InputFileTaken           the server has a file of that name which is not ours
    ├── AdoptionError                a former installation's state
    │   ├── AdoptionRefused          no such file, a column missing or unknown: refused whole, nothing written
    │   └── AdoptionBusy             another adoption is under way
    ├── RunError
    │   ├── RunUnknown
    │   ├── RunEnded                 there is nothing to stop any more
    │   ├── RunNotRetryable          it runs, or it is done
    │   ├── RunStopped               on request
    │   └── RunFailedElsewhere       in another process
    ├── TooManyWatchers              of the progress of runs
    ├── ConfigurationError
    │   ├── SettingsUnusable         what was told and what is stored do not go together
    │   │   └── SettingsRefused      a change; nothing of it was stored
    │   ├── SectionIncomplete        something in it is missing
    │   ├── FilesWaiting             directory, pattern and prefix stay while they do
    │   └── SettingsOutdated         changed since the action began
    ├── ShowFailed
    │   ├── FileNotThere             no such path, nor such a file in the interim directory
    │   ├── PersonNotInFile
    │   └── UnmaskedNotAllowed       the settings do not let anybody see names and numbers
    └── ImportFailed
        ├── LocalFileUnknown         no such file in the interim directory
        ├── FileBusy                 another import of it is under way
        ├── FileNotImportable        truncated, in another format or encoding: refused whole, nothing written
        ├── StoreRefused             the contact store did not take a chunk; what came before it is stored
        ├── FileHeld                 would end or blank too many contacts: it waits for an approval, nothing written
        ├── FileDeclined             somebody did not approve it
        ├── ApprovalUnknown
        ├── ApprovalDecided          decided already
        ├── GapUnknown
        ├── GapClosed
        ├── PlanUnknown              no dry run, or replaced by a later one
        ├── ContactTypeMissing       of persons that an initial load would create
        └── ImportSuperseded         another run took the file over; this one wrote nothing more

Each carries data; ``PRESENTATION`` says how each looks to a caller of the API (type and status) and of the command (exit code).
"""

import http

from registerbro.presentation import Presentation

from cpr_batch.errors import asking, configuration, importing, interim, orders, runs, servers, showing
from cpr_batch.errors.asking import (
    ApprovalDecided,
    ApprovalUnknown,
    FileDeclined,
    FileHeld,
    GapClosed,
    GapUnknown,
    PlanUnknown,
)
from cpr_batch.errors.base import BatchError
from cpr_batch.errors.configuration import (
    ConfigurationError,
    FieldProblem,
    FilesWaiting,
    SectionIncomplete,
    SettingsOutdated,
    SettingsRefused,
    SettingsUnusable,
)
from cpr_batch.errors.importing import (
    ContactTypeMissing,
    FileBusy,
    FileNotImportable,
    ImportFailed,
    ImportSuperseded,
    LocalFileUnknown,
    StoreRefused,
)
from cpr_batch.errors.interim import InterimError, InterimFailed, InterimFull, InterimMissing, InterimRefused
from cpr_batch.errors.orders import (
    AdoptionBusy,
    AdoptionError,
    AdoptionRefused,
    InputFileTaken,
    OrderError,
    OrderNotOpen,
    OrdersBusy,
    OrdersNotConfigured,
    OrderUnknown,
)
from cpr_batch.errors.runs import (
    RunEnded,
    RunError,
    RunFailedElsewhere,
    RunNotRetryable,
    RunStopped,
    RunUnknown,
    TooManyWatchers,
)
from cpr_batch.errors.servers import (
    CertificateExpired,
    CertificateForOtherHost,
    CertificateRejected,
    CertificateUntrusted,
    ConnectionFailed,
    DirectoryRefused,
    HostKeyRejected,
    HostUnknown,
    LogonRefused,
    RemoteFileError,
    RemoteFileMigrated,
    RemoteFileRefused,
    RemoteFileUnknown,
    RenameRefused,
    ServerError,
    ServerNotConfigured,
    ServerTimeout,
    SshFailed,
    TlsFailed,
    TransferBroken,
    TransferBusy,
    TransferError,
    UploadRefused,
)
from cpr_batch.errors.showing import FileNotThere, PersonNotInFile, ShowFailed, UnmaskedNotAllowed

__all__ = [
    "PRESENTATION",
    "AdoptionBusy",
    "AdoptionError",
    "AdoptionRefused",
    "ApprovalDecided",
    "ApprovalUnknown",
    "BatchError",
    "CertificateExpired",
    "CertificateForOtherHost",
    "CertificateRejected",
    "CertificateUntrusted",
    "ConfigurationError",
    "ConnectionFailed",
    "ContactTypeMissing",
    "DirectoryRefused",
    "FieldProblem",
    "FileBusy",
    "FileDeclined",
    "FileHeld",
    "FileNotImportable",
    "FileNotThere",
    "FilesWaiting",
    "GapClosed",
    "GapUnknown",
    "HostKeyRejected",
    "HostUnknown",
    "ImportFailed",
    "ImportSuperseded",
    "InputFileTaken",
    "InterimError",
    "InterimFailed",
    "InterimFull",
    "InterimMissing",
    "InterimRefused",
    "LocalFileUnknown",
    "LogonRefused",
    "OrderError",
    "OrderNotOpen",
    "OrderUnknown",
    "OrdersBusy",
    "OrdersNotConfigured",
    "PersonNotInFile",
    "PlanUnknown",
    "RemoteFileError",
    "RemoteFileMigrated",
    "RemoteFileRefused",
    "RemoteFileUnknown",
    "RenameRefused",
    "RunEnded",
    "RunError",
    "RunFailedElsewhere",
    "RunNotRetryable",
    "RunStopped",
    "RunUnknown",
    "SectionIncomplete",
    "ServerError",
    "ServerNotConfigured",
    "ServerTimeout",
    "SettingsOutdated",
    "SettingsRefused",
    "SettingsUnusable",
    "ShowFailed",
    "SshFailed",
    "StoreRefused",
    "TlsFailed",
    "TooManyWatchers",
    "TransferBroken",
    "TransferBusy",
    "TransferError",
    "UnmaskedNotAllowed",
    "UploadRefused",
    "presentation",
]

PRESENTATION: dict[type[BatchError], Presentation] = {
    **servers.PRESENTATION,
    **interim.PRESENTATION,
    **importing.PRESENTATION,
    **showing.PRESENTATION,
    **runs.PRESENTATION,
    **asking.PRESENTATION,
    **orders.PRESENTATION,
    **configuration.PRESENTATION,
}


def presentation(error: BatchError) -> Presentation:
    """How this error looks from outside."""
    for kind in type(error).__mro__:
        if kind in PRESENTATION:
            return PRESENTATION[kind]
    return Presentation("internal-error", http.HTTPStatus.INTERNAL_SERVER_ERROR, "An error of the service")
