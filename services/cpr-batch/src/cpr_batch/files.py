"""The files CPR Batch knows of: each by its content, with what became of it."""

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeAlias

import aiosql
from registerbro.bus import outbox
from registerbro.contacts.model import Result
from registerbro.cpr.refusals import Problem
from registerbro.database import Connection, Pool
from registerbro.events import CprFileTransferred, Event

SQL = aiosql.from_path(Path(__file__).parent / "sql" / "files.sql", "asyncpg")
PROBLEM_COLUMNS = ("file_id", "severity", "line", "byte_offset", "record_type", "field", "reason")
PAGE = 1000
Store: TypeAlias = "Pool | Connection"


class FileState(enum.StrEnum):
    """How far a file has come."""

    FETCHED = "fetched"  # waits for its import
    IMPORTING = "importing"
    IMPORTED = "imported"
    REFUSED = "refused"
    HELD = "held"  # stopped before anything of it was written: it waits for an approval
    DECLINED = "declined"  # it was not approved, and stays where it is


@dataclasses.dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as the database knows it."""

    file_id: int
    sha256: bytes
    name: str
    size_bytes: int
    task_number: str | None
    production_date: dt.date | None
    previous_production_date: dt.date | None
    fetched_at: dt.datetime
    remote_renamed_to: str | None
    state: FileState
    refusal: str | None
    imported_at: dt.datetime | None
    local_name: str
    error_log: str | None
    run_id: uuid.UUID | None
    purged_at: dt.datetime | None = None  # housekeeping removed it from the interim directory

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of ``cpr_file``."""
        return cls(**{**dict(row), "state": FileState(row["state"])})


async def register(
    pool: Pool, *, sha256: bytes, size: int, name: str, local_name: str, now: dt.datetime, transferred: bool
) -> StoredFile:
    """The file with this content, made known now if it was not; with its event if it came from the server."""
    async with pool.acquire() as connection, connection.transaction():
        file_id = await SQL.register(
            connection, sha256=sha256, name=name, size_bytes=size, fetched_at=now, local_name=local_name
        )
        if file_id is not None and transferred:
            await outbox.add(connection, [Event(CprFileTransferred(file_id=file_id, size_bytes=size))])
        return StoredFile.of(await SQL.by_content(connection, sha256=sha256))


async def by_content(source: Store, sha256: bytes) -> StoredFile | None:
    """The file with this content, if it is known."""
    row = await SQL.by_content(source, sha256=sha256)
    return StoredFile.of(row) if row else None


async def by_id(source: Store, file_id: int) -> StoredFile | None:
    """The file with this id, if there is one."""
    row = await SQL.by_id(source, file_id=file_id)
    return StoredFile.of(row) if row else None


async def by_name(source: Store, name: str) -> StoredFile | None:
    """The newest file that bears or bore this name."""
    row = await SQL.by_name(source, name=name)
    return StoredFile.of(row) if row else None


async def known(source: Store, names: Sequence[str]) -> dict[str, StoredFile]:
    """What is known of files in the interim directory, by their present names."""
    return {row["local_name"]: StoredFile.of(row) async for row in SQL.by_names(source, names=list(names))}


async def add_outcomes(
    connection: Connection, file_id: int, ordinals: Sequence[int], results: Sequence[Result]
) -> None:
    """Records what became of each person; the first record of a person stays."""
    await SQL.add_outcomes(
        connection,
        file_id=file_id,
        ordinals=list(ordinals),
        contact_ids=[result.contact_id for result in results],
        outcomes=[str(result.outcome) for result in results],
        groups=["\x1f".join(result.groups) for result in results],
    )


async def add_problems(connection: Connection, file_id: int, problems: Sequence[Problem]) -> None:
    """Records what was wrong, in the order of the file."""
    rows = [
        (file_id, str(each.severity), each.line, each.offset, each.record_type, each.field, each.reason)
        for each in problems
    ]
    await connection.copy_records_to_table("cpr_problem", records=rows, columns=PROBLEM_COLUMNS)


async def problems_of_persons(
    source: Store, persons: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], list[Mapping[str, Any]]]:
    """What was wrong with the records of some persons, each a file and a place in it."""
    found: dict[tuple[int, int], list[Mapping[str, Any]]] = {person: [] for person in persons}
    file_ids, ordinals = [list(each) for each in zip(*persons, strict=True)] or ([], [])
    async for row in SQL.problems_of_persons(source, file_ids=file_ids, ordinals=ordinals):
        found[row["file_id"], row["ordinal"]].append(row)
    return found


async def link_problems(connection: Connection, file_id: int, faults: Sequence[tuple[int, int]]) -> None:
    """Records whose the rejected records are: lines, each with a person's place in the file."""
    if faults:
        lines, ordinals = zip(*faults, strict=True)
        await SQL.link_problems(connection, file_id=file_id, lines=lines, ordinals=ordinals)


async def counts(source: Store, file_id: int) -> dict[str, int]:
    """How many persons had each outcome, and how many problems of each severity there are."""
    outcomes = {row["outcome"]: row["persons"] async for row in SQL.outcome_counts(source, file_id=file_id)}
    problems = {row["severity"]: row["problems"] async for row in SQL.problem_counts(source, file_id=file_id)}
    return {"persons": sum(outcomes.values()), **outcomes, **problems}


async def problems(source: Store, file_id: int) -> AsyncIterator[Mapping[str, Any]]:
    """All problems of a file, a page at a time."""
    after = 0
    while page := [row async for row in SQL.problems_page(source, file_id=file_id, after=after, size=PAGE)]:
        for row in page:
            yield row
        after = page[-1]["problem_id"]
