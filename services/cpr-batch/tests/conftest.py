"""What the tests of CPR Batch work with: a store, an interim directory and a server that is not ours."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cpr_batch.batch import Batch
from cpr_batch.checkpoint import Point, nothing
from cpr_batch.settings import CprBatchSettings, HousekeepingSettings
from registerbro.database import Pool

from tests.support.ftp import FtpServer, settings_of

MakeBatch = Callable[..., Batch]


@pytest.fixture
def interim_directory(tmp_path: Path) -> Path:
    """An empty interim directory."""
    directory = tmp_path / "interim"
    directory.mkdir()
    return directory


@pytest.fixture
def make_batch(pool: Pool, interim_directory: Path, ca_file: Path) -> MakeBatch:
    """Makes what all actions work with; ``server`` is one of Debian's, with ``changes``."""

    def make(
        server: FtpServer | None = None,
        checkpoint: Callable[[Point], None] = nothing,
        changes: dict[str, Any] | None = None,
        **settings: Any,
    ) -> Batch:
        if server is not None:
            settings["ftp"] = settings_of(server, ca_file, **(changes or {}))
        settings.setdefault("housekeeping", HousekeepingSettings(log_file=None))
        return Batch(
            pool, CprBatchSettings(interim_directory=interim_directory, **settings), checkpoint=checkpoint
        )

    return make
