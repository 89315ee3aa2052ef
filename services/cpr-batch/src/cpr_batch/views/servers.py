"""The file server: connection test, list, transfers."""

from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, Field

from cpr_batch import connect, remote
from cpr_batch.transfer import TransferOutcome, Transferred
from cpr_batch.views.common import Failure


class TestStep(BaseModel):
    """One step of the connection test."""

    __test__ = False  # not one of pytest's

    name: str = Field(
        description="settings, address, connection, encryption, host-key (SFTP), logon, directory, "
        "input-directory (where one is set) or interim-directory"
    )
    is_ok: bool | None = Field(description="null: not tried, because an earlier step failed")
    failure: Failure | None = None
    remark: str | None = Field(default=None, description="it works, and still somebody should look at it")


class ConnectionTest(BaseModel):
    """The result of the connection test."""

    is_ok: bool
    steps: list[TestStep]

    @classmethod
    def of(cls, steps: Sequence[connect.Step]) -> Self:
        """From the steps."""
        views = [
            TestStep(name=step.name, is_ok=step.is_ok, failure=Failure.of(step.failure), remark=step.remark)
            for step in steps
        ]
        return cls(is_ok=all(step.is_ok for step in steps), steps=views)


class RemoteFileView(BaseModel):
    """A file that waits on the server."""

    name: str
    size_bytes: int | None = Field(description="null where the server's list does not tell it")
    is_migrated: bool = Field(
        description="on the mainframe's mass storage: it cannot be had until it is recalled"
    )

    @classmethod
    def of(cls, file: remote.RemoteFile) -> Self:
        """From the server's list."""
        return cls(name=file.name, size_bytes=file.size, is_migrated=file.is_migrated)


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
