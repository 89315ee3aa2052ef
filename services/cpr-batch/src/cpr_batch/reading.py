"""A scanned file, ready to be read in chunks: what is true of all its persons, and what a merge of it may do."""

import asyncio
import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Self

from registerbro import sources
from registerbro.authorities import authority_names
from registerbro.contacts import merge
from registerbro.contacts.model import MergePolicy, Result
from registerbro.cpr.coverage import ALL_TYPES
from registerbro.cpr.mapping import MappingContext
from registerbro.cpr.reader import FileSummary, scan
from registerbro.database import Pool
from registerbro.number_hash import NumberHasher
from registerbro.sources import CprSource

from cpr_batch.batch import Batch
from cpr_batch.chunks import Chunk, ChunkReader, read_ahead
from cpr_batch.interim import faults


async def look(path: Path) -> FileSummary:
    """The first pass over a file; raises ``FileRefused``."""
    with faults(path):
        return await asyncio.to_thread(scan, path)


@dataclasses.dataclass(frozen=True)
class FileReading:
    """Reads the file anew each time that it is asked for chunks or plans."""

    path: Path
    summary: FileSummary
    context: MappingContext
    source: CprSource
    is_initial_load: bool
    chunk_persons: int
    hasher: NumberHasher | None = None  # what the numbers of erased persons are known by

    @classmethod
    async def of(
        cls, batch: Batch, name: str, summary: FileSummary, fetched_at: dt.datetime, *, is_initial_load: bool
    ) -> Self:
        """With the source's settings and the authorities of the day that the file was produced on."""
        source = await sources.load(batch.pool, "CPR")
        async with batch.pool.acquire() as connection:
            authorities = await authority_names(connection, summary.production_date)
        context = MappingContext(
            production_date=summary.production_date,
            task_number=summary.task_number,
            fetched_at=fetched_at,
            delivered_types=source.record_types or ALL_TYPES,
            authorities=authorities,
            guardian_name_type=source.guardian_name_type,
        )
        path = batch.interim.path(name)
        size = batch.settings.chunk_persons
        return cls(path, summary, context, source, is_initial_load, size, batch.hasher)

    def policy(self, chunk: Chunk) -> MergePolicy:
        """Contacts that are imported and subscribed; in an initial load all. The end of a subscription creates nobody."""
        loads = self.is_initial_load and not chunk.are_receipts
        return MergePolicy(
            may_create=loads,
            marks_subscribed=loads,
            requires_subscription=not loads,
            force_update=self.source.force_update,
        )

    def chunks(self) -> AsyncGenerator[Chunk, None]:
        """The file's persons, then its receipts; the caller closes the generator."""
        return read_ahead(ChunkReader(self.path, self.summary, self.context, self.chunk_persons))

    async def plans(
        self, pool: Pool, now: dt.datetime
    ) -> AsyncGenerator[tuple[Chunk, Sequence[Result]], None]:
        """Each chunk with what an import would do with it as the store is now. Takes no lock, writes nothing."""
        async with contextlib.aclosing(self.chunks()) as chunks:
            async for chunk in chunks:
                yield chunk, await self._planned(pool, chunk, now)

    async def _planned(self, pool: Pool, chunk: Chunk, now: dt.datetime) -> Sequence[Result]:
        if not chunk.mapped:
            return ()
        async with pool.acquire() as connection:
            policy = self.policy(chunk)
            plan = await merge.plan(connection, chunk.mapped, policy, now=now, hasher=self.hasher)
        return plan.results
