"""Erases for a caller, with what the audit log has to say about it: who had whom erased and why, before and after."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from registerbro.audit import Auditor, Inquiry, Purpose
from registerbro.auth import Caller
from registerbro.contacts import erasing
from registerbro.contacts.erasing import Erasure, Order, Reason
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool
from registerbro.privacy import mask

ERASE, PREVIEW, LIFT = "erase-contact", "preview-erasure", "lift-erasure"


@dataclasses.dataclass(frozen=True, slots=True)
class Desk:
    """For one call."""

    pool: Pool
    auditor: Auditor
    caller: Caller
    purpose: Purpose

    async def preview(self, contact_id: int, version: int, order: Order) -> Erasure:
        """What an erasure would take away. Raises ``ErasureRefused``, ``AuditUnavailable``."""
        inquiry = await self._asked(PREVIEW, contact_id)
        async with self.pool.acquire() as connection:
            foreseen = await erasing.preview(
                connection, contact_id, version, order, hasher=self.auditor.hasher, now=_now()
            )
        await self._delivered(inquiry, contact_id, sorted(foreseen.rows))
        return foreseen

    async def erase(self, contact_id: int, version: int, order: Order) -> Erasure:
        """Erases the contact. Raises ``ErasureRefused``, and ``AuditUnavailable`` before anything is done."""
        await self._asked(ERASE, contact_id)
        async with self.pool.acquire() as connection:
            return await erasing.erase_contact(
                connection, contact_id, version, order, hasher=self.auditor.hasher, now=_now()
            )

    async def lift(self, number: CprNumber, reason: Reason) -> int:
        """The person may be imported again; returns the id that the contact had. Raises ``NotErased``."""
        await self.auditor.asked(self.caller, LIFT, self.purpose, number=number)
        return await erasing.lift(
            self.pool,
            ("C", number.value),
            hasher=self.auditor.hasher,
            reason=reason,
            by=self.caller.name,
            now=_now(),
        )

    def order(self, reason: Reason, *, despite_open_cases: bool) -> Order:
        """What the caller asks for."""
        case = self.purpose.case_reference
        return Order(
            self.caller.client,
            self.caller.user,
            reason,
            case and mask(case),  # kept for ever, beside no name and no number
            despite_open_cases=despite_open_cases,
        )

    async def _asked(self, action: str, contact_id: int) -> Inquiry:
        """Also under the number that the contact has, so that the person's own report tells of it afterwards."""
        number = await erasing.current_number(self.pool, contact_id)
        asked = None if number is None else CprNumber(number)
        return await self.auditor.asked(
            self.caller, action, self.purpose, number=asked, contact_ids=[contact_id]
        )

    async def _delivered(self, inquiry: Inquiry, contact_id: int, fields: Sequence[str]) -> None:
        await self.auditor.delivered(inquiry, contact_ids=[contact_id], fields=fields)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
