"""Builds a service: its parts are opened in the order in which they need each other and closed in reverse.

Settings, pool, the service's own clients, bus with its consumers, relay, jobs, ready. A part that cannot be opened (the
database is not there yet) is tried again and again, while ``/liveness`` answers and ``/readiness`` says why. Stopping: not
ready, no new messages and jobs, what is under way gets until the drain deadline, then everything is closed.
"""

import contextlib
import dataclasses
import datetime as dt
import functools
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Annotated, TypeAlias, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Request

from registerbro import access_log, auth, gatekeeper, harvesting, health, housekeeping, openapi, problems
from registerbro.audit import Auditor
from registerbro.browser_headers import BrowserHeaders
from registerbro.bus.in_process import InProcessBus
from registerbro.bus.port import Bus, Consumer
from registerbro.bus.rabbitmq import RabbitBus
from registerbro.bus.relay import relaying
from registerbro.configuration import history, schedules
from registerbro.configuration.in_force import SettingsInForce, register_fixed
from registerbro.database import Pool, ensure_partitions, open_pool
from registerbro.features import Feature, Features
from registerbro.jobs import Job, Scheduler
from registerbro.lifecycle import Lifecycle, Phase
from registerbro.recurring import Recurring
from registerbro.secrets import SecretStore
from registerbro.settings import IN_PROCESS, Settings

T = TypeVar("T")
VERSION = "0.1.0"
CLOSING_MARGIN = dt.timedelta(seconds=10)  # beyond what the jobs, then the bus may drain


class Service:
    """What is open while a service runs. Before it is ready, asking for a part answers the caller 503."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.settings = settings
        self.lifecycle = Lifecycle(closing=2 * self.drain + CLOSING_MARGIN)
        self.secrets = SecretStore(settings.secrets.keys)
        self._parts: dict[type, object] = {}

    @property
    def drain(self) -> dt.timedelta:
        """The time that what is under way gets when the service stops."""
        return dt.timedelta(seconds=self.settings.http.drain_seconds)

    @property
    def pool(self) -> Pool:
        """The pool on the contact store."""
        return self.get(_Store).pool

    @property
    def features(self) -> Features:
        """The modules' switches."""
        return self.get(Features)

    @property
    def in_force(self) -> SettingsInForce:
        """The shared settings as operators changed them."""
        return self.get(SettingsInForce)

    @property
    def audit(self) -> Auditor:
        """The audit log."""
        return self.get(Auditor)

    def get(self, kind: type[T]) -> T:
        """A part by its type; ``NotReady`` while it is not open."""
        part = self._parts.get(kind)
        if not isinstance(part, kind):
            raise problems.NotReady
        return part

    @contextlib.contextmanager
    def providing(self, *parts: object) -> Iterator[None]:
        """Makes parts known by their types for as long as the block lasts; for the service's own resources."""
        self._parts |= {type(part): part for part in parts}
        try:
            yield
        finally:
            for part in parts:
                self._parts.pop(type(part), None)


@dataclasses.dataclass(frozen=True, slots=True)
class _Store:
    pool: Pool


@dataclasses.dataclass(frozen=True, slots=True)
class _Bus:
    bus: Bus


Resource: TypeAlias = Callable[[Service], AbstractAsyncContextManager[None]]


async def _current(
    request: Request,
) -> Service:  # async, as all dependencies: the others are called in threads
    service: Service = request.app.state.service
    return service


CurrentService: TypeAlias = Annotated[Service, Depends(_current)]
"""For a route's parameter: ``async def runs(service: CurrentService)``."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a service adds of its own.

    ``feature`` is the module that all routes and jobs belong to; routes in ``unswitched`` answer while it is off, too.
    ``body_limits`` are routes whose bodies may have another number of bytes than usual, and how many.
    ``keys`` are those that tokens are checked with, for a service that need not be told by the settings.
    ``alternative`` is another way than a bearer token to say who calls.
    ``folds_own_checks``: what every service checks is one entry of readiness, ``self``, in place of three.
    """

    routers: Sequence[APIRouter]
    scopes: auth.Scopes
    feature: Feature | None = None
    unswitched: frozenset[tuple[str, str]] = frozenset()
    body_limits: Mapping[tuple[str, str], int] = dataclasses.field(default_factory=dict)
    keys: Callable[[Service], auth.Keys] = lambda service: auth.keys_of(service.settings.auth)
    alternative: Callable[[Service], auth.Alternative] | None = None
    resources: Sequence[Resource] = ()
    consumers: Callable[[Service], Sequence[Consumer]] = lambda _: ()
    jobs: Callable[[Service], Iterable[Job | Recurring]] = lambda _: ()
    checks: Callable[[Service], Iterable[health.Check]] = lambda _: ()
    health_prefixes: Sequence[str] = ("",)
    folds_own_checks: bool = False


def build(
    name: str, *, title: str, settings: Settings, parts: Parts, description: str = "", version: str = VERSION
) -> FastAPI:
    """The service as an ASGI application; it opens and closes with the application's lifespan."""
    service = Service(name, settings)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with service.lifecycle.run(_openings(service, parts)):
            yield

    app = FastAPI(
        title=title,
        description=description,
        version=version,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.service = service
    problems.install(app)
    own_checks = _own_checks(service)
    if parts.folds_own_checks:
        own_checks = (health.folded("self", own_checks),)
    readiness = health.Readiness([*own_checks, *parts.checks(service)])
    service.lifecycle.on_change(readiness.forget)
    for prefix in parts.health_prefixes:
        app.include_router(health.router(readiness), prefix=prefix)
    for router in parts.routers:
        app.include_router(router)
    verifier = auth.Verifier(settings.auth, parts.keys(service))
    limits = gatekeeper.BodyLimits(settings.http.body_limit_bytes, parts.body_limits)
    alternative = None if parts.alternative is None else parts.alternative(service)
    gates = gatekeeper.install(app, parts.scopes, verifier, _switch(service, parts), limits, alternative)
    openapi.install(app, gates, has_feature=parts.feature is not None, alternative=alternative)
    app.add_middleware(access_log.AccessLog, service=name)
    app.add_middleware(BrowserHeaders)
    return app


def _switch(service: Service, parts: Parts) -> gatekeeper.Switch:
    async def check(method: str, path: str) -> None:
        if parts.feature is not None and (method, path) not in parts.unswitched:
            await service.features.require(parts.feature)

    return check


def _openings(service: Service, parts: Parts) -> Iterable[Callable[[], AbstractAsyncContextManager[None]]]:
    yield lambda: _store(service)
    for resource in parts.resources:
        yield lambda resource=resource: resource(service)  # type: ignore[misc]
    yield lambda: _bus(service, parts.consumers(service))
    yield lambda: _relay(service)
    if service.settings.jobs.enabled:
        yield lambda: _jobs(service, parts)


@contextlib.asynccontextmanager
async def _store(service: Service) -> AsyncIterator[None]:
    database = service.settings.database
    async with open_pool(
        database.url.get_secret_value(), minimum=database.pool_minimum, maximum=database.pool_maximum
    ) as pool:
        async with pool.acquire() as connection:
            await ensure_partitions(connection)
            await register_fixed(connection, service.name, service.settings)
        in_force = SettingsInForce(pool, service.settings)
        limit = harvesting.in_force(in_force)
        auditor = Auditor(pool, service.settings.audit.key, service.name, limit=limit)
        with service.providing(_Store(pool), Features(pool), in_force, auditor):
            yield


@contextlib.asynccontextmanager
async def _bus(service: Service, consumers: Sequence[Consumer]) -> AsyncIterator[None]:
    url = service.settings.bus.url.get_secret_value()
    made = (
        InProcessBus(service.pool, consumers, drain=service.drain)
        if url.startswith(IN_PROCESS)
        else RabbitBus(url, service.pool, consumers, name=service.name, drain=service.drain)
    )
    async with made as bus:
        with service.providing(_Bus(bus)):
            yield


@contextlib.asynccontextmanager
async def _relay(service: Service) -> AsyncIterator[None]:
    async with relaying(service.pool, service.get(_Bus).bus):
        yield


@contextlib.asynccontextmanager
async def _jobs(service: Service, parts: Parts) -> AsyncIterator[None]:
    own = [_switched(job, service, parts.feature) for job in parts.jobs(service)]
    jobs = (*own, *housekeeping.jobs(service.pool, service.in_force))
    async with service.pool.acquire() as connection:
        await schedules.register(connection, service.name, service.settings, jobs, parts.feature)
    scheduler = Scheduler(service.pool, counter=functools.partial(history.counter, service.pool))
    scheduler.start(jobs)
    try:
        yield
    finally:
        await scheduler.stop()


def _switched(job: Job | Recurring, service: Service, feature: Feature | None) -> Job | Recurring:
    """The job as it runs: while its module is on, and whatever else it needs."""
    if not job.is_switched:
        return job

    async def is_on() -> bool:
        return (feature is None or await service.features.is_enabled(feature)) and await job.is_on()

    return dataclasses.replace(job, is_on=is_on)


def _own_checks(service: Service) -> tuple[health.Check, ...]:
    async def itself() -> health.Finding:
        lifecycle = service.lifecycle
        if lifecycle.phase is Phase.READY:
            return health.Finding()
        reason = lifecycle.obstacle or f"The service is {lifecycle.phase}."
        return health.Finding(health.Status.UNHEALTHY, reason)

    async def store() -> None:
        await service.pool.fetchval("select 1 from contact_type limit 1")

    async def bus() -> health.Finding:
        found = await service.get(_Bus).bus.check()
        status = health.Status.HEALTHY if found.is_healthy else health.Status.DEGRADED
        return health.Finding(status, " ".join(found.problems))

    return (
        health.Check("self", itself, tags=("liveness", "readiness")),
        health.Check("store", store),
        health.Check(
            "bus", bus, failure=health.Status.DEGRADED
        ),  # calls are answered; events wait in the outbox
    )
