"""What housekeeping deletes."""

import datetime as dt
from typing import Self

from pydantic import BaseModel, Field

from cpr_batch.purge import Purged


class PurgedFile(BaseModel):
    """A file that was deleted from the interim directory, or would be."""

    file_id: int
    local_name: str = Field(description="its name in the interim directory")
    size_bytes: int
    imported_at: dt.datetime | None
    also: list[str] = Field(description="error log and companion that go with it")

    @classmethod
    def of(cls, purged: Purged) -> Self:
        """From housekeeping."""
        file = purged.file
        return cls(
            file_id=file.file_id,
            local_name=file.local_name,
            size_bytes=file.size_bytes,
            imported_at=file.imported_at,
            also=list(purged.also),
        )


class PurgeResult(BaseModel):
    """What a purge did, or would do."""

    is_dry_run: bool
    files: list[PurgedFile]
