"""Files: those that wait here, those that are known, and what became of the persons in them."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, Field
from registerbro.record_views import RecordShown

from cpr_batch.files import FileState, StoredFile
from cpr_batch.imports import Imported, ImportOutcome
from cpr_batch.interim import LocalFile
from cpr_batch.views.common import Counts, Failure


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
    ordinal: int | None = Field(
        description="the person whose record it is, by the place in the file, where that is known"
    )

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From the database."""
        return cls(**row)


class FileProblemView(ProblemView):
    """A rejected record or a remark, with the record that it is about."""

    record: RecordShown | None = Field(
        description="masked: of a record with a fault every value; null where the problem is about none, or the file "
        "cannot be read any more"
    )

    @classmethod
    def with_record(cls, problem: ProblemView, records: Mapping[int, str]) -> Self:
        """From a problem, and the file's records by the bytes where they begin."""
        line, offset = problem.line or 0, problem.byte_offset
        text = None if offset is None else records.get(offset)
        shown = None if offset is None or text is None else RecordShown.of(line, offset, text, shows=False)
        return cls(**problem.model_dump(), record=shown)


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


class PersonOutcomeView(OutcomeView):
    """What became of one person of a file, and what was wrong with the person's records."""

    problems: list[ProblemView]


class ContactImportView(PersonOutcomeView):
    """What one file did to one contact, or to one that turned out to be the same person."""

    file_id: int
    name: str
    production_date: dt.date | None
    imported_at: dt.datetime | None
