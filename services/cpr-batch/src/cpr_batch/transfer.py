"""Stage one: files come from CPR's server into the interim directory.

Each file is received under a temporary name, checked to be whole, put in its place, made known by its content, and then renamed
on the server. A crash between any two steps is made good by the next transfer: it receives the file again, finds the content
known, and goes on from there. Nothing is deleted on either side.
"""

import asyncio
import dataclasses
import enum
from collections.abc import Sequence

import structlog

from cpr_batch import files, locks, runs
from cpr_batch.batch import Batch
from cpr_batch.checkpoint import Point
from cpr_batch.errors import (
    RemoteFileError,
    RemoteFileRefused,
    RemoteFileUnknown,
    RenameRefused,
    TransferBroken,
    TransferBusy,
)
from cpr_batch.files import FileState, StoredFile
from cpr_batch.interim import Part
from cpr_batch.progress import Listener, Progress, silent
from cpr_batch.remote import RemoteFile, RemoteServer, RemoteSession, free_name, selected
from cpr_batch.runs import RunKind, Running, Started, unheard

log = structlog.get_logger()


class TransferOutcome(enum.StrEnum):
    """What became of one file."""

    FETCHED = "fetched"
    KNOWN = "known"  # its content was fetched before, under this or another name
    FAILED = "failed"


@dataclasses.dataclass(frozen=True, slots=True)
class Transferred:
    """One file of a transfer; ``failure`` also where only the renaming failed."""

    name: str
    outcome: TransferOutcome
    file_id: int | None = None
    renamed_to: str | None = None
    failure: RemoteFileError | None = None


async def remote_files(batch: Batch) -> list[RemoteFile]:
    """The files that wait on the server, oldest first."""
    async with batch.server.session() as session:
        return _waiting(batch, await session.files())


async def fetch(
    batch: Batch,
    names: Sequence[str] | None = None,
    *,
    parent: Running | None = None,
    run: Running | None = None,
    started: Started = unheard,
    progress: Listener = silent,
) -> list[Transferred]:
    """Fetches the named files, or all that wait. A file that fails does not keep the others back."""
    server = batch.server
    batch.interim.check()
    async with locks.hold(batch.pool, locks.TRANSFERS) as is_free:
        if not is_free:
            raise TransferBusy
        asked = run or Running(names=None if names is None else list(names))
        async with runs.running(
            batch.pool, RunKind.TRANSFER, parent=parent, run=asked, started=started
        ) as run:
            fetched = await _Transfer(batch, server, run, run.telling(progress)).all(names)
            log.info("transfer finished", run_id=str(run.run_id), **run.counts)
            return fetched


class _Transfer:
    """One run over the server's files."""

    def __init__(self, batch: Batch, server: RemoteServer, run: Running, progress: Listener) -> None:
        self._batch = batch
        self._server = server
        self._run = run
        self._progress = progress
        self._taken: set[str] = set()

    async def all(self, names: Sequence[str] | None) -> list[Transferred]:
        """Each file in turn; after a broken transfer the rest is fetched in a new session."""
        fetched: list[Transferred] = []
        pending = await self._session(fetched, names, None)
        while pending:
            pending = await self._session(fetched, names, pending)
        return fetched

    async def _session(
        self, fetched: list[Transferred], names: Sequence[str] | None, pending: list[RemoteFile] | None
    ) -> list[RemoteFile]:
        """What one session gets done; returns what is left."""
        async with self._server.session() as session:
            listed = await session.files()
            self._taken = {file.name for file in listed}
            await self._remember_renamed()
            left = self._chosen(listed, names, fetched) if pending is None else pending
            while left:
                done = await self._one(session, left.pop(0))
                self._record(done)
                fetched.append(done)
                if isinstance(done.failure, TransferBroken):
                    break
        return left

    def _chosen(
        self, listed: list[RemoteFile], names: Sequence[str] | None, fetched: list[Transferred]
    ) -> list[RemoteFile]:
        waiting = _waiting(self._batch, listed)
        if names is None:
            return waiting
        by_name = {file.name: file for file in waiting}
        for name in dict.fromkeys(names):
            if name not in by_name:
                unknown = RemoteFileUnknown(self._server.address, name)
                fetched.append(Transferred(name, TransferOutcome.FAILED, failure=unknown))
                self._record(fetched[-1])
        return [by_name[name] for name in dict.fromkeys(names) if name in by_name]

    async def _one(self, session: RemoteSession, remote: RemoteFile) -> Transferred:
        try:
            stored, outcome = await self._receive(session, remote)
        except (RemoteFileRefused, TransferBroken) as error:
            return Transferred(remote.name, TransferOutcome.FAILED, failure=error)
        self._batch.checkpoint(Point.REGISTERED)
        try:
            renamed_to = await self._rename(session, remote, stored)
        except RenameRefused as error:
            return Transferred(remote.name, outcome, stored.file_id, failure=error)
        self._batch.checkpoint(Point.TRANSFERRED)
        return Transferred(remote.name, outcome, stored.file_id, renamed_to)

    async def _receive(
        self, session: RemoteSession, remote: RemoteFile
    ) -> tuple[StoredFile, TransferOutcome]:
        with self._batch.interim.receive(remote.name) as receiver:

            def take(piece: bytes) -> None:
                receiver.write(piece)
                self._progress(Progress(remote.name, "bytes", receiver.size, remote.size or 0))

            await session.fetch(remote.name, take)
            part = await asyncio.to_thread(receiver.finish)
            self._batch.checkpoint(Point.DOWNLOADED)
            stored = await files.by_content(self._batch.pool, part.sha256)
            if stored is None:
                return await self._keep(remote.name, part), TransferOutcome.FETCHED
            await self._restore(stored, part)
            return stored, TransferOutcome.KNOWN

    async def _keep(self, name: str, part: Part) -> StoredFile:
        """Puts a new file in its place, unless an interrupted transfer or a person did so before."""
        interim = self._batch.interim
        local_name = name
        if name not in interim.names() or (await asyncio.to_thread(interim.content, name))[0] != part.sha256:
            local_name = interim.keep(part, name)
        self._batch.checkpoint(Point.KEPT)
        return await files.register(
            self._batch.pool,
            sha256=part.sha256,
            size=part.size,
            name=name,
            local_name=local_name,
            now=self._batch.now(),
            transferred=True,
        )

    async def _restore(self, stored: StoredFile, part: Part) -> None:
        """A known file that still waits for its import, but is gone from the interim directory, comes back."""
        interim = self._batch.interim
        if stored.state is not FileState.IMPORTED and stored.local_name not in interim.names():
            local_name = interim.keep(part, stored.local_name)
            await files.SQL.remember_local_name(
                self._batch.pool, file_id=stored.file_id, local_name=local_name
            )

    async def _rename(self, session: RemoteSession, remote: RemoteFile, stored: StoredFile) -> str:
        new_name = free_name(self._batch.settings.rename_prefix + remote.name, self._taken)
        await session.rename(remote.name, new_name)
        self._taken.add(new_name)
        self._batch.checkpoint(Point.RENAMED_REMOTELY)
        await files.SQL.remember_remote_name(self._batch.pool, file_id=stored.file_id, remote_name=new_name)
        return new_name

    async def _remember_renamed(self) -> None:
        """A crash may have kept us from noting a new name that the server shows."""
        prefix = self._batch.settings.rename_prefix
        names = [name.removeprefix(prefix) for name in self._taken if name.startswith(prefix)]
        rows = files.SQL.not_renamed_remotely(
            self._batch.pool, names=[name for name in names if name not in self._taken]
        )
        for row in [row async for row in rows]:
            await files.SQL.remember_remote_name(
                self._batch.pool, file_id=row["file_id"], remote_name=prefix + row["name"]
            )

    def _record(self, done: Transferred) -> None:
        self._run.count(done.outcome)
        facts = {"run_id": str(self._run.run_id), "file": done.name, "file_id": done.file_id}
        if done.outcome is TransferOutcome.FAILED:
            log.warning("file not fetched", **facts, reason=str(done.failure))
        elif done.failure is not None:
            self._run.count("not-renamed")
            log.warning("file fetched but not renamed on the server", **facts, reason=str(done.failure))
        else:
            log.info("file fetched", **facts, outcome=str(done.outcome), renamed_to=done.renamed_to)


def _waiting(batch: Batch, listed: list[RemoteFile]) -> list[RemoteFile]:
    return selected(listed, batch.settings.pattern, batch.settings.rename_prefix)
