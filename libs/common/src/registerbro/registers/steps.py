"""The connection test: what may stand between us and a provider, one by one, up to a real call."""

import asyncio
import contextlib
import dataclasses
import enum
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TypeAlias
from urllib.parse import urlsplit

from registerbro.cvr.numbers import PNumber
from registerbro.registers.access import Access
from registerbro.registers.certificates import CertificateKeeper
from registerbro.registers.errors import NotConfigured, RegisterError, TimedOut
from registerbro.registers.failures import failure
from registerbro.registers.port import Lookup
from registerbro.registers.tls import Tls
from registerbro.registers.tokens import Tokens

SAMPLE = PNumber("1003387453")  # the vendor's guide tests with it: KMD A/S, Ballerup
_PORTS: Mapping[str, int] = {"http": 80, "https": 443}


class StepName(enum.StrEnum):
    """What is tried, in this order."""

    SETTINGS = "settings"
    ADDRESS = "address"  # DNS
    CONNECTION = "connection"  # TCP
    ENCRYPTION = "encryption"  # TLS: their certificate, and ours
    AUTHORISATION = "authorisation"  # a token, where one is needed
    SAMPLE_CALL = "sample-call"


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One step; ``is_ok`` is None where it was not tried: an earlier one failed, or ``remark`` says why."""

    name: StepName
    is_ok: bool | None
    failure: RegisterError | None = None
    remark: str = ""


_Remark: TypeAlias = str
_Work: TypeAlias = Callable[[], Awaitable[_Remark | None]]  # None: there is nothing to try
_OF_THE_WAY = frozenset({StepName.ADDRESS, StepName.CONNECTION, StepName.ENCRYPTION})
_NOT_TRIED: Mapping[StepName, str] = {
    StepName.ENCRYPTION: "http: nothing is encrypted",
    StepName.AUTHORISATION: "no token is used: the call itself says who we are",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What the test looks at."""

    access: Access
    lookup: Lookup
    tls: Tls
    keeper: CertificateKeeper | None
    tokens: Tokens | None
    connect_seconds: float

    async def steps(self) -> AsyncIterator[Step]:
        """Tries one after the other; after one that failed the others are not tried."""
        has_failed = False
        for name, work in self._work().items():
            step = Step(name, None) if has_failed else await self._tried(name, work)
            has_failed = has_failed or step.is_ok is False
            yield step

    def _work(self) -> Mapping[StepName, _Work]:
        return {
            StepName.SETTINGS: self._settings,
            StepName.ADDRESS: self._address,
            StepName.CONNECTION: self._connection,
            StepName.ENCRYPTION: self._encryption,
            StepName.AUTHORISATION: self._authorisation,
            StepName.SAMPLE_CALL: self._sample_call,
        }

    async def _tried(self, name: StepName, work: _Work) -> Step:
        host, _ = self._place
        try:
            async with (
                asyncio.timeout(self.connect_seconds) if name in _OF_THE_WAY else contextlib.nullcontext()
            ):
                remark = await work()
        except RegisterError as error:
            return Step(name, is_ok=False, failure=error)
        except TimeoutError:
            return Step(name, is_ok=False, failure=TimedOut(f"{host} did not answer within the time limit"))
        except OSError as error:
            return Step(name, is_ok=False, failure=failure(host, error))
        return (
            Step(name, None, remark=_NOT_TRIED[name])
            if remark is None
            else Step(name, is_ok=True, remark=remark)
        )

    async def _settings(self) -> _Remark:
        if self.access.missing:
            raise NotConfigured((*self.access.missing, *self.access.remarks))
        return "; ".join(self.access.remarks)

    async def _address(self) -> _Remark:
        host, port = self._place
        found = await asyncio.get_running_loop().getaddrinfo(host, port)
        return f"{host}: {found[0][4][0]}"

    async def _connection(self) -> _Remark:
        host, port = self._place
        await self._connect(None)
        return f"{host}:{port}"

    async def _encryption(self) -> _Remark | None:
        if not self._is_encrypted:
            return None
        await self._connect(self.tls.context())
        return self.keeper.state().text if self.keeper else "no certificate of ours is used"

    async def _authorisation(self) -> _Remark | None:
        if self.tokens is None:
            return None
        await self.tokens.token()
        return "a token was given"

    async def _sample_call(self) -> _Remark:
        unit = await self.lookup.find(SAMPLE)
        return f"P-number {SAMPLE}: {unit.name}" if unit else f"P-number {SAMPLE} is not known there"

    async def _connect(self, context: ssl.SSLContext | None) -> None:
        host, port = self._place
        _, writer = await asyncio.open_connection(
            host, port, ssl=context, server_hostname=host if context else None
        )
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    @property
    def _is_encrypted(self) -> bool:
        return urlsplit(self.access.url).scheme == "https"

    @property
    def _place(self) -> tuple[str, int]:
        parts = urlsplit(self.access.url)
        return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
