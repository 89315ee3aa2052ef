"""How each service stands, from its own ``/readiness``; one that is away is shown with the reason."""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import enum
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Self

import httpx
from pydantic import ValidationError
from registerbro.bus.tasks import stop
from registerbro.health import Entry, Report, Status
from starlette.types import ASGIApp

from console.web.addresses import Place, ServiceAddresses

PATH = "/readiness"
TIME_LIMIT = dt.timedelta(seconds=3)
MAX_AGE = dt.timedelta(seconds=3)  # as services' own reports
STILL_GOOD = dt.timedelta(minutes=1)  # to be shown while services are asked again
PATIENCE = dt.timedelta(seconds=0.1)  # with those that are asked again


class State(enum.StrEnum):
    """How something stands; the first three are those of readiness."""

    HEALTHY = "Healthy"
    DEGRADED = "Degraded"
    UNHEALTHY = "Unhealthy"
    AWAY = "Away"  # nobody knows: the service does not answer
    OFF = "Off"  # of a register: its module is switched off


class Absence(enum.StrEnum):
    """Why nothing is known of a service."""

    UNREACHABLE = "unreachable"  # no connection to the address that is set
    TIMED_OUT = "timed-out"
    NO_REPORT = "no-report"  # something else answers there


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """What a service said; ``entries`` by name, empty where it is away."""

    place: Place
    state: State
    absence: Absence | None = None
    entries: Mapping[str, Entry] = dataclasses.field(default_factory=dict)


class Watch:
    """Asks all services at once, and once for all callers within ``MAX_AGE``. The console itself is asked without the network.

    While some service takes its time, who looks gets what was seen last, if that is not long ago.
    """

    def __init__(
        self,
        console: ASGIApp,
        addresses: ServiceAddresses,
        client: httpx.AsyncClient,
        *,
        time_limit: dt.timedelta = TIME_LIMIT,
    ) -> None:
        self._console = console
        self._addresses = addresses
        self._client = client
        self._time_limit = time_limit
        self._round: asyncio.Task[Sequence[Standing]] | None = None
        self._seen: Sequence[Standing] = ()
        self._seen_at = float("-inf")

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls, console: ASGIApp, addresses: ServiceAddresses, client: httpx.AsyncClient
    ) -> AsyncIterator[Self]:
        """It, for as long as the block lasts."""
        watch = cls(console, addresses, client)
        try:
            yield watch
        finally:
            await stop([watch._round] if watch._round else [])

    async def look(self) -> Sequence[Standing]:
        """Every service that has an address, in the order of ``Place``."""
        age = time.monotonic() - self._seen_at
        if age <= MAX_AGE.total_seconds():
            return self._seen
        if self._round is None or self._round.done():
            self._round = asyncio.create_task(self._ask_all())
        if age <= STILL_GOOD.total_seconds():
            await asyncio.wait([self._round], timeout=PATIENCE.total_seconds())
            return self._seen
        return await asyncio.shield(self._round)

    async def _ask_all(self) -> Sequence[Standing]:
        places = [each for each in Place if each is Place.CONSOLE or self._addresses.url(each)]
        self._seen = await asyncio.gather(*(self._ask(place) for place in places))
        self._seen_at = time.monotonic()
        return self._seen

    async def _ask(self, place: Place) -> Standing:
        try:
            async with asyncio.timeout(self._time_limit.total_seconds()):
                answer = await self._answer(place)
            report = Report.model_validate(answer.json())
        except (TimeoutError, httpx.TimeoutException):
            return Standing(place, State.AWAY, Absence.TIMED_OUT)
        except (httpx.HTTPError, httpx.InvalidURL):
            return Standing(place, State.AWAY, Absence.UNREACHABLE)
        except (ValidationError, ValueError):
            return Standing(place, State.AWAY, Absence.NO_REPORT)
        return Standing(place, State(report.status), entries=report.entries)

    async def _answer(self, place: Place) -> httpx.Response:
        if place is not Place.CONSOLE:
            return await self._client.get(f"{self._addresses.url(place)}{PATH}")
        transport = httpx.ASGITransport(self._console, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://console") as inner:
            return await inner.get(PATH)


def worst(statuses: Sequence[Status]) -> State:
    """The worst of some; well where there are none."""
    return State(max(statuses, key=list(Status).index, default=Status.HEALTHY))
