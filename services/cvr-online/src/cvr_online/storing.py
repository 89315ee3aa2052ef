"""Puts what the register answered into the contact store, through the one merge, with the audit log's rows in its transaction."""

import dataclasses
import enum
from collections.abc import Collection, Sequence
from typing import TypeAlias

import asyncpg
import structlog
from registerbro import contact_types
from registerbro.contacts import merge
from registerbro.contacts import units as units_of_cvr
from registerbro.contacts.model import Outcome, Result
from registerbro.cvr.numbers import UnitNumber
from registerbro.cvr.units import Unit
from registerbro.database import Connection
from registerbro.problems import AuditUnavailable
from registerbro.sources import CvrSource

from cvr_online import known
from cvr_online.errors import (
    ContactErased,
    ContactTypeMissing,
    ContactTypeUnfit,
    OnlineError,
    StoreContended,
    StoreGone,
    StoreRefused,
)
from cvr_online.online import Online, Reason

IMPORT = "import-unit"
log = structlog.get_logger()
FIELDS = ("records",)


class ImportOutcome(enum.StrEnum):
    """What became of an import."""

    CREATED = "created"  # a contact that was not imported before
    UPDATED = "updated"
    UNCHANGED = "unchanged"  # imported before, and the register says nothing new


@dataclasses.dataclass(frozen=True, slots=True)
class Imported:
    """A contact that is imported now."""

    outcome: ImportOutcome
    contact_id: int


Stored: TypeAlias = Imported | OnlineError


async def store(online: Online, units: Sequence[Unit], source: CvrSource, reason: Reason) -> list[Stored]:
    """Merges units in one transaction; where something stands in its way, each unit in one of its own.

    Raises ``AuditUnavailable``, which undoes what it could not record.
    """
    try:
        results = await _apply(online, units, source, reason)
    except OnlineError as error:
        if len(units) == 1:
            return [error]
        return [(await store(online, [unit], source, reason))[0] for unit in units]
    return [_stored(result) for result in results]


async def refuse_unusable_types(online: Online, source: CvrSource) -> None:
    """Before the register is asked for a unit that cannot be stored. Raises ``ContactTypeMissing``, ``ContactTypeUnfit``."""
    try:
        await units_of_cvr.require_types(online.pool, source)
    except contact_types.ContactTypeMissing as error:
        raise ContactTypeMissing(error.name_type) from None
    except contact_types.ContactTypeUnfit as error:
        raise ContactTypeUnfit(str(error), error.name_type) from None


async def erased(online: Online, numbers: Collection[UnitNumber], source: CvrSource) -> set[UnitNumber]:
    """Those of the numbers whose contact was erased for good."""
    return await units_of_cvr.erased(online.pool, numbers, source, online.auditor.hasher)


async def _apply(
    online: Online, units: Sequence[Unit], source: CvrSource, reason: Reason
) -> Sequence[Result]:
    async def also(connection: Connection, results: Sequence[Result]) -> None:
        for unit, result in zip(units, results, strict=True):
            await _audit(online, connection, reason, unit.number, source, result)

    try:
        return await units_of_cvr.store(
            online.pool, units, units_of_cvr.import_policy(source), source=source,
            fields=online.settings.import_fields, style=online.settings.writing.style,
            now=online.now(), hasher=online.auditor.hasher, also=also,
        )  # fmt: skip
    except contact_types.ContactTypeMissing as error:
        raise ContactTypeMissing(error.name_type) from None
    except merge.MergeContended:
        raise StoreContended from None
    except merge.StoreGone:
        raise StoreGone from None
    except merge.MergeFailed as error:
        raise StoreRefused(f"{error.sqlstate} {error.where or ''}".strip()) from None


async def _audit(
    online: Online,
    connection: Connection,
    reason: Reason,
    number: UnitNumber,
    source: CvrSource,
    result: Result,
) -> None:
    """Raises ``AuditUnavailable``, which undoes the import."""
    try:
        await online.auditor.imported(
            connection, reason.caller, IMPORT, reason.purpose,
            number=number, name_type=known.name_type_of(number, source), fields=FIELDS,
            contact_ids=[] if result.contact_id is None else [result.contact_id],
        )  # fmt: skip
    except asyncpg.PostgresError:
        log.error("audit row not written", action=IMPORT)
        raise AuditUnavailable from None


def _stored(result: Result) -> Stored:
    if result.outcome is Outcome.ERASED:
        return ContactErased()
    if result.contact_id is None:
        return StoreRefused(str(result.outcome))
    match result.outcome:
        case Outcome.CREATED | Outcome.FILLED:
            outcome = ImportOutcome.CREATED
        case Outcome.UPDATED:
            outcome = ImportOutcome.UPDATED
        case _:
            outcome = ImportOutcome.UNCHANGED
    return Imported(outcome, result.contact_id)
