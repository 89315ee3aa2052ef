"""Brings orders to CPR: one input file a day, whole, and no line twice.

The order of the steps is what keeps orders safe. Name and content are committed first; then a copy is put into the interim
directory; then it is noted that the upload begins; then the server gets the file; last it is noted that it has it. After a
crash, or a connection that broke, the same bytes are sent again only if the server does not list the name. A file whose day
passed without it is given up, and its orders go into the next one.
"""

import asyncio
import dataclasses
import datetime as dt
import enum

import structlog

from cpr_batch import journal, locks
from cpr_batch.batch import Batch
from cpr_batch.checkpoint import Point
from cpr_batch.errors import BatchError, InputFileTaken, OrdersBusy, UploadRefused
from cpr_batch.journal import Action
from cpr_batch.orders import asking
from cpr_batch.orders.model import SQL, InputFile, settings_of
from cpr_batch.orders.writing import run_date, write
from cpr_batch.remote import Place, RemoteFile, RemoteSession

log = structlog.get_logger()


class UploadOutcome(enum.StrEnum):
    """What came of an upload."""

    UPLOADED = "uploaded"
    NOTHING_WAITS = "nothing-waits"
    WAITS = "waits"  # the day's file is with CPR already: what waits goes into the next day's


@dataclasses.dataclass(frozen=True, slots=True)
class Upload:
    """What an upload did; ``waiting`` orders go into a later file."""

    outcome: UploadOutcome
    files: list[InputFile]
    waiting: int


async def upload(batch: Batch) -> Upload:
    """Writes the input file of the day and uploads it, and before it what an earlier attempt could not."""
    settings = settings_of(batch)
    async with locks.hold(batch.pool, locks.ORDERS) as is_free:
        if not is_free:
            raise OrdersBusy
        if batch.orders_wishes:
            await asking.ask_wishes(batch)
        files = await _Uploader(batch).all(run_date(batch.now(), settings.deadline))
    waiting = await SQL.waiting_count(batch.pool)
    nothing = UploadOutcome.WAITS if waiting else UploadOutcome.NOTHING_WAITS
    return Upload(UploadOutcome.UPLOADED if files else nothing, files, waiting)


class _Uploader:
    """One upload, by the holder of the lock."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    async def all(self, day: dt.date) -> list[InputFile]:
        """What earlier attempts left, then the day's own file."""
        done = []
        for file in [InputFile.of(row) async for row in SQL.unfinished_files(self._batch.pool)]:
            sent = await self._send(file) if file.run_date >= day else await self._give_up(file)
            done += [sent] if sent else []
        async with self._batch.pool.acquire() as connection, connection.transaction():
            written = await write(connection, self._batch, settings_of(self._batch), day)
        if written:
            self._batch.checkpoint(Point.ORDERS_WRITTEN)
            done.append(await self._send(written))
        return done

    async def _give_up(self, file: InputFile) -> InputFile | None:
        """A file whose day has passed: the server may have it nevertheless."""
        if file.upload_begun_at is not None:
            async with self._batch.server.session(Place.INPUT) as session:
                if await self._is_there(session, file):
                    return await self._note_uploaded(file)
        await SQL.missed(self._batch.pool, input_file_id=file.input_file_id)
        log.warning("input file not uploaded in time", file=file.name, lines=file.lines)
        return None

    async def _send(self, file: InputFile) -> InputFile:
        try:
            await asyncio.to_thread(self._keep, file)
            self._batch.checkpoint(Point.ORDERS_KEPT)
            await self._store(file)
        except BatchError as error:
            await self._note_failure(file, error)
            raise
        self._batch.checkpoint(Point.STORED_REMOTELY)
        return await self._note_uploaded(file)

    def _keep(self, file: InputFile) -> None:
        """Our copy, under a name that no import takes; a crash may have kept it before."""
        interim = self._batch.interim
        name = f"{self._batch.settings.rename_prefix}{file.name}"
        if name in interim.names() and interim.content(name)[0] == file.sha256:
            return
        with interim.receive(name) as receiver:
            receiver.write(file.content or b"")
            interim.keep(receiver.finish(), name)

    async def _store(self, file: InputFile) -> None:
        async with self._batch.server.session(Place.INPUT) as session:
            if await self._is_there(session, file):
                return
            await SQL.begin_upload(self._batch.pool, input_file_id=file.input_file_id, now=self._batch.now())
            self._batch.checkpoint(Point.UPLOAD_BEGUN)
            await session.store(file.name, file.content or b"")

    async def _is_there(self, session: RemoteSession, file: InputFile) -> bool:
        """Whether the server has our file. One that it had before we began is not ours, nor one of another size."""
        listed = next((each for each in await session.files() if _is_named(each, file.name)), None)
        if listed is None:
            return False
        is_other_size = file.content is not None and listed.size not in (None, len(file.content))
        if file.upload_begun_at is None or is_other_size:
            raise InputFileTaken(file.name)
        return True

    async def _note_uploaded(self, file: InputFile) -> InputFile:
        days = dt.timedelta(days=settings_of(self._batch).overdue_days)
        row = await SQL.uploaded(
            self._batch.pool,
            input_file_id=file.input_file_id,
            now=self._batch.now(),
            answer_due_at=self._batch.now() + days,
        )
        self._batch.checkpoint(Point.UPLOADED)
        await journal.note(self._batch, Action.UPLOADED, file=file.name, lines=file.lines)
        return InputFile.of(row)

    async def _note_failure(self, file: InputFile, error: BatchError) -> None:
        await SQL.note_failure(
            self._batch.pool,
            input_file_id=file.input_file_id,
            failure=str(error),
            is_certain=isinstance(error, UploadRefused),
        )
        await journal.note(self._batch, Action.FAILED, file=file.name, reason=str(error))


def _is_named(listed: RemoteFile, name: str) -> bool:
    return listed.name.lower() == name.lower()
