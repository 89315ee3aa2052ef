"""Puts what CPR answered into the contact store, through the one merge, together with everything that belongs to it."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

import asyncpg
import structlog
from registerbro import contact_types
from registerbro.audit import Purpose
from registerbro.auth import Caller
from registerbro.contacts import merge
from registerbro.contacts.merge import Also
from registerbro.contacts.model import MappedContact, MergePolicy, Result
from registerbro.cpr.mapping import map_subscription
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Connection
from registerbro.problems import AuditUnavailable

from cpr_direct import asking, known, open_calls
from cpr_direct.asking import Asked
from cpr_direct.checkpoint import Point
from cpr_direct.direct import Direct
from cpr_direct.errors import ContactTypeMissing, StoreContended, StoreGone, StoreRefused
from cpr_direct.open_calls import CallKind

FIELDS = ("records",)
log = structlog.get_logger()
KNOWN_ONLY = MergePolicy(requires_subscription=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Reason:
    """For whom something is stored, and why: the audit log's row."""

    caller: Caller
    action: str
    purpose: Purpose


async def store_answers(
    direct: Direct, asked: Sequence[Asked], reason: Reason, *, may_create: bool, also: Also
) -> Result:
    """Merges the answers about a person; ``also`` runs in the same transaction. The result is the current number's."""
    source = await direct.source()
    policy = MergePolicy(may_create=may_create, requires_subscription=False, force_update=source.force_update)

    async def all_of_it(connection: Connection, results: Sequence[Result]) -> None:
        await also(connection, results)
        await _audit(direct, connection, reason, asked[0].answer.number, results[-1])
        await _end_replaced(direct, connection, asked, reason)
        direct.checkpoint(Point.IN_MERGE)

    return await _apply(direct, await asking.mapped(direct, asked, source), policy, all_of_it)


async def store_statement(
    direct: Direct, number: CprNumber, *, is_subscribed: bool, at: dt.datetime, also: Also
) -> Result:
    """Stores that a person is subscribed or no longer; nothing else is known."""
    after = await known.said_on(direct.pool, number)
    statement = map_subscription(number, is_subscribed=is_subscribed, at=at, after=after)
    return await _apply(direct, [statement], KNOWN_ONLY, also)


async def _apply(direct: Direct, mapped: Sequence[MappedContact], policy: MergePolicy, also: Also) -> Result:
    try:
        results = await merge.apply(
            direct.pool, mapped, policy, now=direct.now(), also=also, hasher=direct.auditor.hasher
        )
    except contact_types.ContactTypeMissing as error:
        raise ContactTypeMissing(error.name_type) from error
    except merge.MergeContended as error:
        raise StoreContended from error
    except merge.StoreGone as error:
        raise StoreGone from error
    except merge.MergeFailed as error:
        raise StoreRefused(f"{error.sqlstate} {error.where or ''}".strip()) from error
    direct.checkpoint(Point.MERGED)
    return results[-1]


async def _audit(
    direct: Direct, connection: Connection, reason: Reason, number: CprNumber, result: Result
) -> None:
    """Raises ``AuditUnavailable``, which undoes the import."""
    contact_ids = [] if result.contact_id is None else [result.contact_id]
    try:
        await direct.auditor.imported(
            connection, reason.caller, reason.action, reason.purpose,
            number=number, contact_ids=contact_ids, fields=FIELDS,
        )  # fmt: skip
    except asyncpg.PostgresError:
        log.error("audit row not written", action=reason.action)
        raise AuditUnavailable from None  # the driver's text may cite the row


async def _end_replaced(
    direct: Direct, connection: Connection, asked: Sequence[Asked], reason: Reason
) -> None:
    """Numbers that were replaced got subscribed on the way to the current one: the worker ends that."""
    for each in asked[:-1]:
        if each.is_subscribed:
            await open_calls.keep(
                connection, each.answer.number, CallKind.UNSUBSCRIBE, reason.caller, reason.purpose,
                due_at=direct.now(),
            )  # fmt: skip
