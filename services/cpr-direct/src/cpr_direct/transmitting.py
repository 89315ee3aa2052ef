"""One logon with given credentials, and what is remembered of it."""

from typing import Protocol

import structlog
from pydantic import SecretStr

from cpr_direct.credentials import Credentials
from cpr_direct.errors import CprError
from cpr_direct.held import Held, obstacle_of
from cpr_direct.wire import Header

log = structlog.get_logger()


class Transmit(Protocol):
    """Sends a logon to CPR, with a new password the change to it, and returns the answer's header; raises ``DirectError``."""

    async def __call__(self, credentials: Credentials, new_password: SecretStr | None = None) -> Header: ...


async def attempt(held: Held, credentials: Credentials, transmit: Transmit) -> Header:
    """Logs on, unless CPR refused these credentials before; raises ``LogonBlocked`` or ``PasswordExpired`` then."""
    if block := await held.block(credentials):
        raise obstacle_of(block)
    try:
        header = await transmit(credentials)
    except CprError as error:
        await remember(held, credentials, error)
        raise
    await held.accepted(credentials)
    return header


async def remember(held: Held, credentials: Credentials, error: CprError) -> None:
    """Keeps credentials from being tried again, where CPR's error means that."""
    if error.blocks:
        await held.refused(credentials, error)
        log.error("logon blocked", cpr_error=error.number, origin=credentials.origin, said=error.said)
