"""One file from the server: received, kept, made known, and then renamed there.

Its companion, where the server has one, is fetched after it and renamed before it: as long as the data file keeps its name, the
next transfer does all of this again and finds done what is done.
"""

import asyncio
import dataclasses
import enum
from collections.abc import Iterable
from pathlib import Path

import aiosql

from cpr_batch import files
from cpr_batch.batch import Batch
from cpr_batch.checkpoint import Point
from cpr_batch.errors import (
    RemoteFileError,
    RemoteFileMigrated,
    RemoteFileRefused,
    RenameRefused,
    TransferBroken,
)
from cpr_batch.files import FileState, StoredFile
from cpr_batch.interim import Part
from cpr_batch.progress import Listener, Progress
from cpr_batch.remote import COMPANION, Naming, RemoteFile, RemoteSession, free_name, is_companion, is_safe

SQL = aiosql.from_path(Path(__file__).parent / "sql" / "transfers.sql", "asyncpg")


class TransferOutcome(enum.StrEnum):
    """What became of one file."""

    FETCHED = "fetched"
    KNOWN = "known"  # its content was fetched before, under this or another name
    FAILED = "failed"


@dataclasses.dataclass(frozen=True, slots=True)
class Transferred:
    """One file of a transfer; ``failure`` also where only the renaming, or the companion, failed."""

    name: str
    outcome: TransferOutcome
    file_id: int | None = None
    renamed_to: str | None = None
    failure: RemoteFileError | None = None


class Names:
    """The names that are taken on the server, as one session sees them."""

    def __init__(self, naming: Naming, listed: Iterable[RemoteFile]) -> None:
        self.naming = naming
        self._listed = {naming.key(file.name): file.name for file in listed}

    @property
    def all(self) -> list[str]:
        """Every name, as listed."""
        return list(self._listed.values())

    def companion(self, name: str) -> str | None:
        """The companion that is there beside a data file."""
        found = {taken.lower(): taken for taken in self._listed.values()}.get(f"{name}{COMPANION}".lower())
        return found if found is not None and is_safe(found) else None

    def renamed(self, name: str, new_name: str) -> None:
        """One name less, one more."""
        self._listed.pop(self.naming.key(name), None)
        self._listed[self.naming.key(new_name)] = new_name


class OneTransfer:
    """One file of a transfer, in a session that is logged on."""

    def __init__(
        self, batch: Batch, session: RemoteSession, names: Names, remote: RemoteFile, progress: Listener
    ) -> None:
        self._batch = batch
        self._session = session
        self._names = names
        self._remote = remote
        self._progress = progress

    async def perform(self, address: str) -> Transferred:
        """All of it; a fault of this file alone is part of the result."""
        name = self._remote.name
        if self._remote.is_migrated:
            failure = RemoteFileMigrated(address, name)
            return Transferred(name, TransferOutcome.FAILED, failure=failure)
        try:
            stored, outcome = await self._known() or await self._receive()
        except (RemoteFileRefused, TransferBroken) as error:
            return Transferred(name, TransferOutcome.FAILED, failure=error)
        self._batch.checkpoint(Point.REGISTERED)
        try:
            renamed_to = await self._settle(stored)
        except (RemoteFileRefused, RenameRefused, TransferBroken) as error:
            return Transferred(name, outcome, stored.file_id, failure=error)
        self._batch.checkpoint(Point.TRANSFERRED)
        return Transferred(name, outcome, stored.file_id, renamed_to)

    async def _known(self) -> tuple[StoredFile, TransferOutcome] | None:
        """A file that is here already, and of which the server's list says what it said when it was fetched."""
        facts = self._remote.facts
        if facts is None:
            return None
        row = await SQL.unrenamed(self._batch.pool, remote_name=self._remote.name, facts=facts)
        if row is None or self._is_lost(stored := StoredFile.of(row)):
            return None
        return stored, TransferOutcome.KNOWN

    async def _receive(self) -> tuple[StoredFile, TransferOutcome]:
        name = self._remote.name
        with self._batch.interim.receive(name) as receiver:

            def take(piece: bytes) -> None:
                receiver.write(piece)
                self._progress(Progress(name, "bytes", receiver.size, self._remote.size or 0))

            await self._session.fetch(name, take)
            part = await asyncio.to_thread(receiver.finish)
            self._batch.checkpoint(Point.DOWNLOADED)
            stored = await files.by_content(self._batch.pool, part.sha256)
            if stored is None:
                return await self._keep(part), TransferOutcome.FETCHED
            return await self._restored(stored, part), TransferOutcome.KNOWN

    async def _keep(self, part: Part) -> StoredFile:
        """Puts a new file in its place, unless an interrupted transfer or a person did so before."""
        local_name = await self._placed(part, self._remote.name)
        self._batch.checkpoint(Point.KEPT)
        return await files.register(
            self._batch.pool,
            sha256=part.sha256,
            size=part.size,
            name=self._remote.name,
            local_name=local_name,
            now=self._batch.now(),
            transferred=True,
        )

    async def _restored(self, stored: StoredFile, part: Part) -> StoredFile:
        """A known file that still waits for its import, but is gone from the interim directory, comes back."""
        if not self._is_lost(stored):
            return stored
        local_name = self._batch.interim.keep(part, stored.local_name)
        await files.SQL.remember_local_name(self._batch.pool, file_id=stored.file_id, local_name=local_name)
        return dataclasses.replace(stored, local_name=local_name)

    def _is_lost(self, stored: StoredFile) -> bool:
        return stored.state is not FileState.IMPORTED and stored.local_name not in self._batch.interim.names()

    async def _placed(self, part: Part, wanted: str) -> str:
        return wanted if await self._holds(part, wanted) else self._batch.interim.keep(part, wanted)

    async def _holds(self, part: Part, name: str) -> bool:
        """Whether the interim directory has this content under this name already."""
        interim = self._batch.interim
        if name not in interim.names():
            return False
        return (await asyncio.to_thread(interim.content, name))[0] == part.sha256

    async def _settle(self, stored: StoredFile) -> str:
        """Fetches the companion, renames it, and then the file; returns the file's new name."""
        companion = self._names.companion(self._remote.name)
        if companion is not None:
            await self._fetch_companion(companion)
        new_name = self._new_name(has_companion=companion is not None)
        try:
            if companion is not None:
                await self._rename(companion, f"{new_name}{COMPANION}")
                self._batch.checkpoint(Point.COMPANION_RENAMED)
            await self._rename(self._remote.name, new_name)
        except RenameRefused:
            await self._remember(stored)
            raise
        self._batch.checkpoint(Point.RENAMED_REMOTELY)
        await files.SQL.remember_remote_name(self._batch.pool, file_id=stored.file_id, remote_name=new_name)
        await SQL.forget_unrenamed(self._batch.pool, remote_name=self._remote.name)
        return new_name

    async def _fetch_companion(self, companion: str) -> None:
        with self._batch.interim.receive(companion) as receiver:
            await self._session.fetch(companion, receiver.write)
            part = await asyncio.to_thread(receiver.finish)
        if await self._holds(part, companion):
            return
        taken = [name[: -len(COMPANION)] for name in self._batch.interim.names() if is_companion(name)]
        self._batch.interim.keep(part, free_name(self._remote.name, taken) + COMPANION)

    def _new_name(self, *, has_companion: bool) -> str:
        """A name that is free, and with it the companion's."""
        taken = self._names.all
        if has_companion:
            taken += [name[: -len(COMPANION)] for name in taken if is_companion(name)]
        return self._names.naming.free(self._batch.settings.rename_prefix + self._remote.name, taken)

    async def _rename(self, name: str, new_name: str) -> None:
        await self._session.rename(name, new_name)
        self._names.renamed(name, new_name)

    async def _remember(self, stored: StoredFile) -> None:
        """So that the next transfer tries the renaming alone, unless the list says something new of the file."""
        if (facts := self._remote.facts) is not None:
            await SQL.remember_unrenamed(
                self._batch.pool, remote_name=self._remote.name, facts=facts, file_id=stored.file_id
            )
