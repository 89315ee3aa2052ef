"""The connection test: each thing that may stand in the way, in the order in which it is met."""

import dataclasses

from cpr_batch import errors
from cpr_batch.batch import Batch
from cpr_batch.errors import BatchError

SERVER_STEPS: tuple[tuple[str, tuple[type[BatchError], ...]], ...] = (
    ("settings", (errors.ServerNotConfigured,)),
    ("address", (errors.HostUnknown,)),
    ("connection", (errors.ConnectionFailed, errors.ServerTimeout)),
    ("encryption", (errors.TlsFailed, errors.CertificateRejected)),
    ("logon", (errors.LogonRefused,)),
    ("directory", (errors.DirectoryRefused, errors.ServerError)),
)
INTERIM_STEP = "interim-directory"


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One step; ``is_ok`` is None where an earlier one failed."""

    name: str
    is_ok: bool | None
    failure: BatchError | None = None


async def check(batch: Batch) -> list[Step]:
    """Logs on once and reads the directory, and looks whether the interim directory can be written."""
    return [*_steps(await _server_failure(batch)), _interim_step(batch)]


async def _server_failure(batch: Batch) -> BatchError | None:
    try:
        async with batch.server.session() as session:
            await session.files()
    except BatchError as error:
        return error
    return None


def _steps(failure: BatchError | None) -> list[Step]:
    names = [name for name, _ in SERVER_STEPS]
    if failure is None:
        return [Step(name, is_ok=True) for name in names]
    failed = next(name for name, kinds in SERVER_STEPS if isinstance(failure, kinds))
    reached = names.index(failed)
    return [
        *(Step(name, is_ok=True) for name in names[:reached]),
        Step(failed, is_ok=False, failure=failure),
        *(Step(name, is_ok=None) for name in names[reached + 1 :]),
    ]


def _interim_step(batch: Batch) -> Step:
    try:
        batch.interim.check()
    except BatchError as error:
        return Step(INTERIM_STEP, is_ok=False, failure=error)
    return Step(INTERIM_STEP, is_ok=True)
