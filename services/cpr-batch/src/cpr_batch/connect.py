"""The connection test: each thing that may stand in the way, in the order in which it is met."""

import dataclasses

from cpr_batch import errors, journal
from cpr_batch.batch import Batch
from cpr_batch.errors import BatchError
from cpr_batch.journal import Action
from cpr_batch.remote import Place
from cpr_batch.server_settings import FtpSettings, Protocol

HOST_KEY_STEP = "host-key"
SERVER_STEPS: tuple[tuple[str, tuple[type[BatchError], ...]], ...] = (
    ("settings", (errors.ServerNotConfigured,)),
    ("address", (errors.HostUnknown,)),
    ("connection", (errors.ConnectionFailed, errors.ServerTimeout)),
    ("encryption", (errors.TlsFailed, errors.CertificateRejected, errors.SshFailed)),
    (HOST_KEY_STEP, (errors.HostKeyRejected,)),
    ("logon", (errors.LogonRefused,)),
    ("directory", (errors.DirectoryRefused, errors.TransferError)),
)
INPUT_STEP = "input-directory"
INTERIM_STEP = "interim-directory"
PLAIN = "not encrypted: password and data of persons can be read on the way; choose ftps or sftp"
LIST_CUT = "the list holds more than is read of it: files at its end are not seen"


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One step; ``is_ok`` is None where an earlier one failed. ``remark``: it works, and still somebody should look."""

    name: str
    is_ok: bool | None
    failure: BatchError | None = None
    remark: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class _Look:
    """What one session showed."""

    failure: BatchError | None = None
    is_list_cut: bool = False


async def check(batch: Batch) -> list[Step]:
    """Logs on, reads the directories (a second logon, where there are two), and looks whether the interim directory can be written."""
    ftp = batch.settings.ftp
    seen = await _look(batch, Place.OUTPUT)
    steps = [_remarked(step, ftp, seen) for step in _steps(seen.failure, _names(ftp))]
    if ftp is not None and ftp.input_directory:
        steps.append(await _input_step(batch, seen))
    steps.append(_interim_step(batch))
    is_ok = all(step.is_ok for step in steps)
    await journal.note(batch, Action.CONNECTED if is_ok else Action.FAILED, step=_failed(steps))
    return steps


async def _look(batch: Batch, place: Place) -> _Look:
    try:
        async with batch.server.session(place) as session:
            await session.files()
            return _Look(is_list_cut=session.is_list_cut)
    except BatchError as error:
        return _Look(error)


def _names(ftp: FtpSettings | None) -> list[str]:
    has_host_key = ftp is not None and ftp.protocol is Protocol.SFTP
    return [name for name, _ in SERVER_STEPS if name != HOST_KEY_STEP or has_host_key]


def _steps(failure: BatchError | None, names: list[str]) -> list[Step]:
    if failure is None:
        return [Step(name, is_ok=True) for name in names]
    failed = next((name for name, kinds in SERVER_STEPS if isinstance(failure, kinds)), names[0])
    reached = names.index(failed)
    return [
        *(Step(name, is_ok=True) for name in names[:reached]),
        Step(failed, is_ok=False, failure=failure),
        *(Step(name, is_ok=None) for name in names[reached + 1 :]),
    ]


def _remarked(step: Step, ftp: FtpSettings | None, seen: _Look) -> Step:
    if not step.is_ok or ftp is None:
        return step
    if step.name == "encryption" and not ftp.is_encrypted:
        return dataclasses.replace(step, remark=PLAIN)
    if step.name == "directory" and seen.is_list_cut:
        return dataclasses.replace(step, remark=LIST_CUT)
    return step


async def _input_step(batch: Batch, seen: _Look) -> Step:
    """Not tried where the first logon failed: an account is locked after a few."""
    if seen.failure is not None and not isinstance(seen.failure, errors.DirectoryRefused):
        return Step(INPUT_STEP, is_ok=None)
    failure = (await _look(batch, Place.INPUT)).failure
    return Step(INPUT_STEP, is_ok=failure is None, failure=failure)


def _interim_step(batch: Batch) -> Step:
    try:
        batch.interim.check()
    except BatchError as error:
        return Step(INTERIM_STEP, is_ok=False, failure=error)
    return Step(INTERIM_STEP, is_ok=True)


def _failed(steps: list[Step]) -> str | None:
    return next((step.name for step in steps if step.is_ok is False), None)
