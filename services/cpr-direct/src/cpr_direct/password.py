"""Changes the password at CPR in steps of which none can lose it.

The new one is kept, encrypted, before CPR is told; that it was told is written down before it is. A crash in between leaves
both in the store, and the next logon, or ``settle``, finds out which one holds. All of it happens under the lock of logons.
"""

import datetime as dt
import enum
from collections.abc import Callable
from typing import TypeAlias

import asyncpg
import structlog
from pydantic import SecretStr

from cpr_direct import password_rules
from cpr_direct.credentials import Credentials
from cpr_direct.errors import (
    CprError,
    DirectError,
    LogonBusy,
    PasswordExpired,
    PasswordNotNew,
    PasswordUnsettled,
)
from cpr_direct.gateway import Gateway
from cpr_direct.held import Held, Outcome
from cpr_direct.logon import StoredLogons
from cpr_direct.settings import PasswordSettings
from cpr_direct.settling import settle as settle_held
from cpr_direct.transmitting import remember
from cpr_direct.wire import Header

log = structlog.get_logger()


class Point(enum.Enum):
    """Places between the steps, where tests let the process die."""

    CHECKED = enum.auto()
    PREPARED = enum.auto()  # the new password is kept
    SENT = enum.auto()  # it is written down that CPR may have it
    CHANGED = enum.auto()  # CPR has it, the store does not know
    PROMOTED = enum.auto()


Checkpoint: TypeAlias = Callable[[Point], None]


def nothing(_: Point) -> None:
    """Goes on."""


async def change(
    gateway: Gateway,
    logons: StoredLogons,
    new: SecretStr | None = None,
    *,
    by: str,
    checkpoint: Checkpoint = nothing,
) -> None:
    """Changes the password to ``new``, or to a generated one; works also when the old one has expired.

    Raises ``PasswordRuleBroken`` and ``SecretKeyMissing`` before CPR is asked; ``NewPasswordRefused``, ``LogonRefused`` and
    what else keeps CPR from changing it: then the old one holds. ``PasswordUnsettled``: nobody knows, until the next logon.
    """
    if new is not None:
        password_rules.check(new)
    async with logons.store.held() as held:
        old = await _old(held, gateway)
        new = new or password_rules.generated()
        if new.get_secret_value() == old.password.get_secret_value():
            raise PasswordNotNew
        checkpoint(Point.CHECKED)
        header = await _change(held, gateway, old, new, by, checkpoint)
    gateway.adopt(header)
    log.info("password changed", by=by)


async def settle(gateway: Gateway, logons: StoredLogons) -> None:
    """Ends a change that broke off; for the start of a service. Nothing while another process is at it.

    Raises ``NoPasswordHolds``, or why CPR could not be asked: then the next logon tries again.
    """
    try:
        async with logons.store.held() as held:
            header = await settle_held(held, gateway.transmit)
    except LogonBusy:
        return
    if header:
        gateway.adopt(header)


async def store(logons: StoredLogons, new: SecretStr, *, by: str) -> None:
    """Takes a password that was set on CPR's web page; CPR is not asked. Raises ``PasswordRuleBroken``, ``SecretKeyMissing``."""
    password_rules.check_sendable(new)
    async with logons.store.held() as held:
        await held.store(new, by=by)
    log.info("password stored", by=by)


async def due(logons: StoredLogons, settings: PasswordSettings, now: dt.datetime) -> bool:
    """Whether the password is to be changed: expired, or as old as it may get."""
    if settings.change_after_days is None:
        return False
    state = await logons.state()
    if state.is_expired:
        return True
    age = now - (state.password_since or now)
    return age >= dt.timedelta(days=settings.change_after_days)


async def _old(held: Held, gateway: Gateway) -> Credentials:
    """The credentials to change from, after a former change is settled; an expired password will do."""
    held.need_key()
    await settle_held(held, gateway.transmit)
    old = await held.in_force()
    if (block := await held.block(old)) and block.number != PasswordExpired.number:
        raise block
    return old


async def _change(
    held: Held, gateway: Gateway, old: Credentials, new: SecretStr, by: str, checkpoint: Checkpoint
) -> Header:
    await held.prepare(new, by=by)
    checkpoint(Point.PREPARED)
    await held.sent()
    checkpoint(Point.SENT)
    header = await _send(held, gateway, old, new)
    checkpoint(Point.CHANGED)
    try:
        await held.promote(Outcome.CHANGED)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise PasswordUnsettled from error  # both are kept: the next logon finds it out
    checkpoint(Point.PROMOTED)
    return header


async def _send(held: Held, gateway: Gateway, old: Credentials, new: SecretStr) -> Header:
    """Tells CPR. Where it surely did not take the new password, the old one holds; else both are kept."""
    try:
        return await gateway.transmit(old, new)
    except DirectError as error:
        if error.may_have_reached:
            raise PasswordUnsettled from error
        await held.end_change(Outcome.REFUSED if isinstance(error, CprError) else Outcome.NOT_SENT)
        if isinstance(error, CprError):
            await remember(held, old, error)
        raise
