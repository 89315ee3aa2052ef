"""The session's token: shared by all calls, and renewed once, however many of them find it expired."""

import asyncio
import contextlib
import copy
from collections.abc import Awaitable, Callable

from pydantic import SecretStr

from cpr_direct.errors import DirectError

PATIENCE_SECONDS = (
    5.0  # for a logon that is under way at the end: its answer decides whether the next one is blocked
)


class Tokens:
    """Holds the token of this process: CPR binds it to the address that the logon came from."""

    def __init__(self, logon: Callable[[], Awaitable[SecretStr]]) -> None:
        self._logon = logon
        self._token: SecretStr | None = None
        self._renewing: asyncio.Task[SecretStr] | None = None

    async def current(self) -> SecretStr:
        """The token, after a logon where there is none; raises what all calls that wait for that logon are told."""
        if self._token is not None:
            return self._token
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew(), name="logon to CPR")
            self._renewing.add_done_callback(self._renewed)
        try:  # a caller that goes away does not end it for the others
            return await asyncio.shield(self._renewing)
        except DirectError as error:
            raise _for_one_caller(error) from error

    def is_current(self, token: SecretStr) -> bool:
        """Whether nobody has found it expired."""
        return token is self._token

    def expire(self, token: SecretStr) -> None:
        """CPR does not know it any more; one that is newer stays."""
        if self.is_current(token):
            self._token = None

    def adopt(self, token: SecretStr) -> None:
        """Takes the token of a logon that was made for another reason."""
        self._token = token

    async def close(self) -> None:
        """Lets a logon end that is under way."""
        if self._renewing:
            await asyncio.wait([self._renewing], timeout=PATIENCE_SECONDS)
        if self._renewing:
            self._renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError, DirectError):
                await self._renewing

    async def _renew(self) -> SecretStr:
        self._token = await self._logon()
        return self._token

    def _renewed(self, task: "asyncio.Task[SecretStr]") -> None:
        self._renewing = None
        if not task.cancelled():
            task.exception()  # was told to whoever waited; nobody may have


def _for_one_caller(error: DirectError) -> DirectError:
    """The caller's own: of its call nothing was sent, whatever became of the logon."""
    own = copy.copy(error)
    own.may_have_reached = False
    return own
