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
from registerbro.registers.errors import NotConfigured, RegisterError, TimedOut
from registerbro.registers.failures import failure
from registerbro.registers.port import Lookup
from registerbro.registers.ways import Way

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


@dataclasses.dataclass(frozen=True, slots=True)
class Tested:
    """What the test looks at."""

    way: Way
    lookup: Lookup
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
            return Step(name, is_ok=False, failure=failure(host, error, self.way.proxy))
        return (
            Step(name, None, remark=_NOT_TRIED[name])
            if remark is None
            else Step(name, is_ok=True, remark=remark)
        )

    async def _settings(self) -> _Remark:
        access = self.way.access
        if access.missing:
            raise NotConfigured((*access.missing, *access.remarks))
        return "; ".join((access.provider, *access.remarks))

    async def _address(self) -> _Remark:
        host, port = self._nearest
        found = await asyncio.get_running_loop().getaddrinfo(host, port)
        address = f"{host}: {found[0][4][0]}"
        return f"the proxy {address}; it looks up {self._place[0]} itself" if self.way.proxy else address

    async def _connection(self) -> _Remark:
        """A proxy passes calls on that are not encrypted; what is encrypted goes through a tunnel."""
        host, port = self._place
        await self._connect(None)
        if not (proxy := self.way.proxy):
            return f"{host}:{port}"
        by_proxy = f"the proxy {proxy.host}:{proxy.port}"
        return f"{host}:{port} through {by_proxy}" if self._is_encrypted else by_proxy

    async def _encryption(self) -> _Remark | None:
        if not self._is_encrypted:
            return None
        await self._connect(self.way.tls.context())
        return self.way.keeper.state().text if self.way.keeper else "no certificate of ours is used"

    async def _authorisation(self) -> _Remark | None:
        if self.way.tokens is None:
            return None
        await self.way.tokens.token()
        return "a token was given"

    async def _sample_call(self) -> _Remark:
        unit = await self.lookup.find(SAMPLE)
        return f"P-number {SAMPLE}: {unit.name}" if unit else f"P-number {SAMPLE} is not known there"

    async def _connect(self, context: ssl.SSLContext | None) -> None:
        host, port = self._place
        if self.way.proxy and self._is_encrypted:
            _, writer = await self.way.proxy.tunnel(host, port)
        else:
            _, writer = await asyncio.open_connection(*self._nearest)
        try:
            if context:
                await writer.start_tls(context, server_hostname=host)
        finally:
            writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    @property
    def _is_encrypted(self) -> bool:
        return urlsplit(self.way.access.url).scheme == "https"

    @property
    def _place(self) -> tuple[str, int]:
        parts = urlsplit(self.way.access.url)
        return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)

    @property
    def _nearest(self) -> tuple[str, int]:
        """To whom we make the connection ourselves."""
        proxy = self.way.proxy
        return (proxy.host, proxy.port) if proxy else self._place
