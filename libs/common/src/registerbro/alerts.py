"""Alerts: what a data-protection officer or an operator must look into, kept until somebody acknowledges it.

An alert is raised in the transaction of what it tells of, and sent as the event ``alert.raised``. It says who did something
and how much of it, never to whom: facts are counts, ids and times, no text.

    Problem
    ├── AlertUnknown        404
    └── Conflict
        └── AlertAcknowledged   409
"""

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, TypeAlias

import aiosql
import structlog
from prometheus_client import Counter

from registerbro.bus import outbox
from registerbro.database import Connection, Pool
from registerbro.events import AlertRaised, Event
from registerbro.privacy import mask, mask_value
from registerbro.problems import Conflict, NotFound

Fact: TypeAlias = int | float | uuid.UUID | dt.date
RAISED = Counter(
    "registerbro_access_alerts_total", "Alerts on accesses that somebody must look into", ["kind"]
)
log = structlog.get_logger()
_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")


class AlertKind(enum.StrEnum):
    """What an alert tells of."""

    HARVESTING = "harvesting"  # a caller asks for unusually many persons
    BREAK_GLASS = "break-glass"  # protected data were opened without the right to read them
    SUBSCRIPTION_POLICY_HELD = "subscription-policy-held"  # the policy would end so many that it waits


class AlertUnknown(NotFound):
    """There is no such alert."""

    slug, title = "alert-unknown", "There is no such alert"


class AlertAcknowledged(Conflict):
    """Somebody was faster."""

    slug, title = "alert-acknowledged", "The alert is acknowledged already"


@dataclasses.dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it is kept; open until it is acknowledged."""

    alert_id: int
    kind: AlertKind
    raised_at: dt.datetime
    service: str
    client: str | None  # None: no call, but a job of the service
    acting_user: str | None
    facts: Mapping[str, Any]
    acknowledged_at: dt.datetime | None
    acknowledged_by: str | None
    note: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of ``access_alert``."""
        return cls(**{**dict(row), "kind": AlertKind(row["kind"])})


async def raise_alert(
    connection: Connection,
    kind: AlertKind,
    *,
    service: str,
    client: str | None,
    acting_user: str | None = None,
    facts: Mapping[str, Fact],
) -> Alert:
    """Raises an alert with its event, in the caller's transaction; logs and counts it.

    Best as the transaction's last act: one that fails afterwards leaves a line in the log that nothing stands behind.
    """
    row = await _SQL.raise_alert(
        connection,
        kind=kind,
        service=service,
        client=client,
        acting_user=acting_user,
        facts=mask_value(facts),
    )
    alert = Alert.of(row)
    await outbox.add(connection, [Event(AlertRaised(alert.alert_id, kind.value))])
    RAISED.labels(kind.value).inc()
    log.error("access alert raised", kind=kind.value, alert_id=alert.alert_id, client=client, facts=facts)
    return alert


async def page(source: "Pool | Connection", *, is_open: bool, before: int, size: int) -> list[Alert]:
    """Alerts below an id, newest first; only open ones, or all."""
    rows = _SQL.page(source, is_open=is_open, before=before, size=size)
    return [Alert.of(row) async for row in rows]


async def acknowledge(source: "Pool | Connection", alert_id: int, *, by: str, note: str | None) -> Alert:
    """Closes an alert that somebody has looked into; raises ``AlertUnknown`` or ``AlertAcknowledged``."""
    row = await _SQL.acknowledge(source, alert_id=alert_id, by=by, note=None if note is None else mask(note))
    if row is not None:
        return Alert.of(row)
    raise AlertAcknowledged if await _SQL.is_known(source, alert_id=alert_id) else AlertUnknown


async def drop_expired(connection: Connection, *, retention: dt.timedelta, now: dt.datetime) -> int:
    """Forgets alerts that are older than the audit log's retention time; returns how many."""
    return int(await _SQL.drop_expired(connection, before=now - retention))
