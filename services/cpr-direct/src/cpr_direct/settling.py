"""Finds out which password holds after a change that broke off: at the cost of one wrong logon at most."""

import structlog

from cpr_direct.credentials import Credentials
from cpr_direct.errors import LogonBlocked, LogonRefused, NoPasswordHolds, PasswordExpired
from cpr_direct.held import Held, Outcome
from cpr_direct.transmitting import Transmit, attempt
from cpr_direct.wire import Header

log = structlog.get_logger()


async def settle(held: Held, transmit: Transmit) -> Header | None:
    """Ends a change that broke off; returns the header of the logon that CPR took on the way, if it took one.

    One that was prepared only was never sent: the old password holds. Of one that was sent, the new password is tried
    once, then the old one once. Raises ``NoPasswordHolds``, or why CPR could not be asked; then it stays as it is.
    """
    change = await held.open_change()
    if change is None or not change.is_ours:
        return None
    if not change.is_sent:
        await _end(held, Outcome.NOT_SENT)
        return None
    return await _try_both(held, transmit)


async def _try_both(held: Held, transmit: Transmit) -> Header | None:
    try:
        header = await _try(held, await held.prepared(), transmit)
    except LogonRefused:
        return await _try_old(held, transmit)
    await held.promote(Outcome.FOUND_CHANGED)
    log.warning("password change settled", outcome=Outcome.FOUND_CHANGED)
    return header


async def _try_old(held: Held, transmit: Transmit) -> Header | None:
    try:
        header = await _try(held, await held.in_force(), transmit)
    except LogonRefused as error:
        await _end(held, Outcome.NONE_HOLDS)
        raise NoPasswordHolds from error
    await _end(held, Outcome.FOUND_UNCHANGED)
    return header


async def _try(held: Held, credentials: Credentials, transmit: Transmit) -> Header | None:
    """One logon; none where its answer is known. An expired password is right all the same."""
    try:
        return await attempt(held, credentials, transmit)
    except PasswordExpired:
        return None
    except LogonBlocked as block:
        if block.number == LogonRefused.number:
            raise LogonRefused from block
        raise


async def _end(held: Held, outcome: Outcome) -> None:
    await held.end_change(outcome)
    log.warning("password change settled", outcome=outcome)
