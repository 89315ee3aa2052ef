"""Interim directory, pattern and prefix: under which names files wait, and that these stay while files do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from cpr_batch import files
from cpr_batch.batch import Batch
from cpr_batch.configuration.stored import SQL
from cpr_batch.errors import InterimMissing, SettingsOutdated
from cpr_batch.files import FileState
from cpr_batch.interim import Interim
from cpr_batch.settings import CprBatchSettings

NAMES = ("interim_directory", "pattern", "rename_prefix")
DONE_WITH = (FileState.IMPORTED, FileState.REFUSED, FileState.DECLINED)
log = structlog.get_logger()


def of(settings: CprBatchSettings) -> dict[str, str]:
    """The names in force."""
    return {name: str(getattr(settings, name)) for name in NAMES}


async def waiting(batch: Batch, names: Mapping[str, Any]) -> list[str]:
    """The files that wait for their import under these names, put there by a transfer or by hand."""
    interim = Interim(Path(names["interim_directory"]), batch.interim.log_name)
    try:
        found = [each.name for each in interim.waiting(names["pattern"], names["rename_prefix"])]
    except InterimMissing:
        return []
    known = await files.known(batch.pool, found)
    return [name for name in found if name not in known or known[name].state not in DONE_WITH]


async def remember(batch: Batch) -> None:
    """Notes the names that files are fetched under from now on; the caller holds the lock of transfers.

    An action that began under settings that were changed since does not go on.
    """
    if batch.settings_version not in (None, await SQL.version(batch.pool)):
        raise SettingsOutdated
    left = await left_behind(batch)
    if left:
        log.warning("files wait under other names than are in force", files=left)
    else:
        await SQL.remember_names(batch.pool, names=of(batch.settings))


async def left_behind(batch: Batch) -> list[str]:
    """Files that wait under the names that were in force when they were fetched, where those are no longer in force.

    Stored settings cannot change so, but the environment and the settings file can.
    """
    before = await SQL.names(batch.pool)
    if not before or before == of(batch.settings):
        return []
    seen = set(await waiting(batch, of(batch.settings))) if _same_directory(batch, before) else set()
    return [name for name in await waiting(batch, before) if name not in seen]


def _same_directory(batch: Batch, names: Mapping[str, Any]) -> bool:
    return bool(str(batch.settings.interim_directory) == names["interim_directory"])
