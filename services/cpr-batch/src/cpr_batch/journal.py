"""The log of every important action: who did what, with which file, in which run, and how it ended."""

import enum
import uuid

import structlog

from cpr_batch.batch import Batch

log = structlog.get_logger()


class Action(enum.StrEnum):
    """What is worth a line."""

    CONNECTED = "connected"
    LISTED = "listed"
    FETCHED = "fetched"
    IMPORTED = "imported"
    REFUSED = "refused"
    DRY_RUN = "dry-run"
    RUN_STARTED = "run-started"
    RUN_ENDED = "run-ended"
    STOPPED = "stopped"
    RETRIED = "retried"
    HELD = "held"
    APPROVED = "approved"
    DECLINED = "declined"
    GAP_NOTICED = "gap-noticed"
    GAP_CLOSED = "gap-closed"
    SETTINGS_CHANGED = "settings-changed"
    ORDERED = "ordered"
    UPLOADED = "uploaded"
    ANSWERED = "answered"
    ADOPTED = "adopted"
    PURGED = "purged"
    SHOWN = "shown"
    FAILED = "failed"


async def note(
    batch: Batch,
    action: Action,
    *,
    file: str | None = None,
    run_id: uuid.UUID | None = None,
    **facts: str | int | float | bool | None,
) -> None:
    """Puts one line into the log. ``facts`` are constants, counts and ids: never a personal number, never a name of a person."""
    log.info("action", action=str(action), by=batch.by, file=file, run_id=run_id and str(run_id), **facts)
