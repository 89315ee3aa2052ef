"""What the API answers with and the command line prints as JSON: the same models for both."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from registerbro.problems import BASE

from cpr_batch import connect, remote
from cpr_batch.errors import BatchError, presentation
from cpr_batch.files import FileState, StoredFile
from cpr_batch.imports import Imported, ImportOutcome
from cpr_batch.interim import LocalFile
from cpr_batch.runs import Run, RunKind, RunState
from cpr_batch.transfer import TransferOutcome, Transferred

T = TypeVar("T")
Counts = dict[str, int]


class Failure(BaseModel):
    """Why something failed."""

    type: str = Field(description="identifies the kind of failure, as in a problem")
    title: str
    detail: str

    @classmethod
    def of(cls, error: BatchError | None) -> "Failure | None":
        """The failure that an error tells of."""
        if error is None:
            return None
        seen_as = presentation(error)
        return cls(type=BASE + seen_as.slug, title=seen_as.title, detail=str(error))


class Page(BaseModel, Generic[T]):
    """Some of a list; ``next`` is what to ask for to get the following ones, null at the end."""

    items: list[T]
    next: str | None = None

    @classmethod
    def cut(cls, items: Sequence[T], size: int, cursor: str) -> Self:
        """A page of rows that were asked for with this size; ``cursor`` is the last row's."""
        return cls(items=list(items), next=cursor if len(items) == size else None)


class TestStep(BaseModel):
    """One step of the connection test."""

    __test__ = False  # not one of pytest's

    name: str = Field(
        description="settings, address, connection, encryption, logon, directory or interim-directory"
    )
    is_ok: bool | None = Field(description="null: not tried, because an earlier step failed")
    failure: Failure | None = None


class ConnectionTest(BaseModel):
    """The result of the connection test."""

    is_ok: bool
    steps: list[TestStep]

    @classmethod
    def of(cls, steps: Sequence[connect.Step]) -> Self:
        """From the steps."""
        views = [TestStep(name=s.name, is_ok=s.is_ok, failure=Failure.of(s.failure)) for s in steps]
        return cls(is_ok=all(step.is_ok for step in steps), steps=views)


class RemoteFileView(BaseModel):
    """A file that waits on the server."""

    name: str
    size_bytes: int | None = Field(description="null where the server's list does not tell it")

    @classmethod
    def of(cls, file: remote.RemoteFile) -> Self:
        """From the server's list."""
        return cls(name=file.name, size_bytes=file.size)


class LocalFileView(BaseModel):
    """A file that waits in the interim directory."""

    name: str
    size_bytes: int
    changed_at: dt.datetime
    file_id: int | None = Field(
        description="null for a file that was put there by hand and not yet looked at"
    )
    state: FileState | None
    refusal: str | None = Field(default=None, description="why it was refused, where it was")

    @classmethod
    def of(cls, local: LocalFile, stored: StoredFile | None) -> Self:
        """From the directory and what is known of the file."""
        return cls(
            name=local.name,
            size_bytes=local.size,
            changed_at=local.changed_at,
            file_id=stored.file_id if stored else None,
            state=stored.state if stored else None,
            refusal=stored.refusal if stored else None,
        )


class FileView(BaseModel):
    """A file that CPR Batch knows of, by its content."""

    file_id: int
    name: str = Field(description="what it was called when it came")
    local_name: str = Field(description="what it is called in the interim directory")
    remote_renamed_to: str | None = Field(description="what the server calls it now, where we renamed it")
    sha256: str
    size_bytes: int
    task_number: str | None
    production_date: dt.date | None
    previous_production_date: dt.date | None
    fetched_at: dt.datetime
    state: FileState
    refusal: str | None
    imported_at: dt.datetime | None
    error_log: str | None = Field(description="name of its error log in the interim directory")
    counts: Counts | None = Field(
        default=None, description="persons, persons by outcome, rejected, remark; for a single file only"
    )

    @classmethod
    def of(cls, file: StoredFile, counts: Counts | None = None) -> Self:
        """From the database."""
        columns = {name: getattr(file, name) for name in cls.model_fields if name not in ("sha256", "counts")}
        return cls(**columns, sha256=file.sha256.hex(), counts=counts)


class RunView(BaseModel):
    """A run: what it does, how far it is, how it ended."""

    run_id: uuid.UUID
    parent_id: uuid.UUID | None
    kind: RunKind
    file_id: int | None
    file_name: str | None
    initial_load: bool
    state: RunState
    started_at: dt.datetime
    heartbeat_at: dt.datetime
    finished_at: dt.datetime | None
    counts: Counts
    failure: str | None
    parts: list["RunView"] = Field(
        default=[], description="the runs this one is made of; for a single run only"
    )

    @classmethod
    def of(cls, run: Run, parts: Sequence[Run] = ()) -> Self:
        """From the database."""
        columns = {name: getattr(run, name) for name in cls.model_fields if name != "parts"}
        return cls(**columns, parts=[RunView.of(part) for part in parts])


class RunStarted(BaseModel):
    """A run that goes on in the background: ask for it by its id."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"run_id": "7f1c0b0e-54a5-4f0e-9d5b-1a3c9d0c2f11"}]}
    )

    run_id: uuid.UUID


class TransferResult(BaseModel):
    """What became of one file of a transfer."""

    name: str
    outcome: TransferOutcome
    file_id: int | None
    renamed_to: str | None
    failure: Failure | None

    @classmethod
    def of(cls, done: Transferred) -> Self:
        """From the transfer."""
        return cls(
            name=done.name,
            outcome=done.outcome,
            file_id=done.file_id,
            renamed_to=done.renamed_to,
            failure=Failure.of(done.failure),
        )


class ImportResult(BaseModel):
    """What became of one file of an import."""

    name: str
    outcome: ImportOutcome
    file_id: int | None
    run_id: uuid.UUID | None
    counts: Counts
    error_log: str | None
    failure: Failure | None

    @classmethod
    def of(cls, done: Imported) -> Self:
        """From the import."""
        return cls(
            name=done.name,
            outcome=done.outcome,
            file_id=done.file_id,
            run_id=done.run_id,
            counts=done.counts,
            error_log=done.error_log,
            failure=Failure.of(done.failure),
        )


class ProblemView(BaseModel):
    """A rejected record, or a remark. It names the place and the reason, and no personal data."""

    problem_id: int
    severity: str = Field(description="rejected or remark")
    line: int | None = Field(description="1-based; in a file without line ends the record's ordinal")
    byte_offset: int | None
    record_type: str | None
    field: str | None
    reason: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From the database."""
        return cls(**row)


class OutcomeView(BaseModel):
    """What became of one person of a file."""

    ordinal: int = Field(description="the person's place in the file, from 1")
    contact_id: int | None = Field(description="null where no contact is concerned")
    outcome: str
    groups: list[str] = Field(description="what changed")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From the database."""
        return cls(**row)


class ContactImportView(OutcomeView):
    """What one file did to one contact."""

    file_id: int
    name: str
    production_date: dt.date | None
    imported_at: dt.datetime | None
