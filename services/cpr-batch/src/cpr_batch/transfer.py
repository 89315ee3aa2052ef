"""Stage one: files come from CPR's server into the interim directory.

Each file is received under a temporary name, checked to be whole, put in its place, made known by its content, and then renamed
on the server. A crash between any two steps is made good by the next transfer: it receives the file again, finds the content
known, and goes on from there. Nothing is deleted on either side.
"""

from collections.abc import Sequence

import structlog

from cpr_batch import files, journal, locks, runs
from cpr_batch.batch import Batch
from cpr_batch.configuration.names import remember
from cpr_batch.errors import RemoteFileUnknown, TransferBroken, TransferBusy
from cpr_batch.journal import Action
from cpr_batch.one_transfer import Names, OneTransfer, TransferOutcome, Transferred
from cpr_batch.progress import Listener, silent
from cpr_batch.remote import RemoteFile, RemoteServer, carries, selected
from cpr_batch.runs import RunKind, Running, Started, unheard

__all__ = ["TransferOutcome", "Transferred", "fetch", "remote_files"]

log = structlog.get_logger()


async def remote_files(batch: Batch) -> list[RemoteFile]:
    """The files that wait on the server, oldest first; those on mass storage, too."""
    async with batch.server.session() as session:
        listed = await session.files()
        is_cut = session.is_list_cut
    waiting = selected(listed, batch.settings.pattern, batch.settings.rename_prefix)
    await journal.note(batch, Action.LISTED, waiting=len(waiting), is_list_cut=is_cut)
    return waiting


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
        await remember(batch)
        asked = run or Running(names=None if names is None else list(names))
        async with runs.running(
            batch.pool, RunKind.TRANSFER, parent=parent, run=asked, started=started
        ) as own:
            fetched = await _Transfer(batch, server, own, own.telling(progress)).all(names)
            log.info("transfer finished", run_id=str(own.run_id), **own.counts)
            return fetched


class _Transfer:
    """One run over the server's files."""

    def __init__(self, batch: Batch, server: RemoteServer, run: Running, progress: Listener) -> None:
        self._batch = batch
        self._server = server
        self._run = run
        self._progress = progress

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
            taken = Names(self._server.naming, listed)
            await self._remember_renamed(taken.all)
            left = await self._chosen(listed, names, fetched) if pending is None else pending
            while left:
                one = OneTransfer(self._batch, session, taken, left.pop(0), self._progress)
                fetched.append(await self._recorded(await one.perform(self._server.address)))
                if isinstance(fetched[-1].failure, TransferBroken):
                    break
        return left

    async def _chosen(
        self, listed: list[RemoteFile], names: Sequence[str] | None, fetched: list[Transferred]
    ) -> list[RemoteFile]:
        """What was asked for; without names all that can be had now."""
        settings, key = self._batch.settings, self._server.naming.key
        waiting = selected(listed, settings.pattern, settings.rename_prefix)
        if names is None:
            return [file for file in waiting if not self._is_left(file)]
        by_name = {key(file.name): file for file in waiting}
        wanted = {key(name): name for name in reversed(names)}
        for name in [name for each, name in reversed(wanted.items()) if each not in by_name]:
            unknown = RemoteFileUnknown(self._server.address, name)
            done = Transferred(name, TransferOutcome.FAILED, failure=unknown)
            fetched.append(await self._recorded(done))
        return [by_name[each] for each in reversed(wanted) if each in by_name]

    def _is_left(self, file: RemoteFile) -> bool:
        """Whether a file is on mass storage, where it stays until somebody recalls it."""
        if file.is_migrated:
            self._run.count("migrated")
            log.info("file is on mass storage, left for later", run_id=str(self._run.run_id), file=file.name)
        return file.is_migrated

    async def _remember_renamed(self, taken: Sequence[str]) -> None:
        """A crash may have kept us from noting a new name that the server shows."""
        prefix, key = self._batch.settings.rename_prefix, self._server.naming.key
        present = {key(name) for name in taken}
        renamed = {name[len(prefix) :]: name for name in taken if carries(name, prefix)}
        names = [name for name in renamed if key(name) not in present]
        for row in [row async for row in files.SQL.not_renamed_remotely(self._batch.pool, names=names)]:
            await files.SQL.remember_remote_name(
                self._batch.pool, file_id=row["file_id"], remote_name=renamed[row["name"]]
            )

    async def _recorded(self, done: Transferred) -> Transferred:
        self._run.count(done.outcome)
        facts = {"run_id": str(self._run.run_id), "file": done.name, "file_id": done.file_id}
        if done.outcome is TransferOutcome.FAILED:
            log.warning("file not fetched", **facts, reason=str(done.failure))
        elif done.failure is not None:
            self._run.count("not-renamed")
            log.warning("file fetched but not renamed on the server", **facts, reason=str(done.failure))
        else:
            log.info("file fetched", **facts, outcome=str(done.outcome), renamed_to=done.renamed_to)
        await journal.note(
            self._batch,
            Action.FAILED if done.outcome is TransferOutcome.FAILED else Action.FETCHED,
            file=done.name,
            run_id=self._run.run_id,
            outcome=str(done.outcome),
            renamed_to=done.renamed_to,
            failure=None if done.failure is None else str(done.failure),
        )
        return done
