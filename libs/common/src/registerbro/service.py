"""Builds a service: its parts are opened in the order in which they need each other and closed in reverse.

Settings, pool, bus, the service's own clients, relay, consumers, jobs, ready. A part that cannot be opened (the database is
not there yet) is tried again and again, while ``/liveness`` answers and ``/readiness`` says why. Stopping: not ready, no new
calls, no new messages and jobs, what is under way gets until the drain deadline, then everything is closed.
"""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, TypeAlias, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Request

from registerbro import auth, gatekeeper, health, problems
from registerbro.database import Pool, ensure_partitions, open_pool
from registerbro.lifecycle import Lifecycle, Phase
from registerbro.settings import Settings

T = TypeVar("T")
VERSION = "0.1.0"


class Service:
    """What is open while a service runs. Before it is ready, asking for a part answers the caller 503."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.settings = settings
        self.lifecycle = Lifecycle(drain=dt.timedelta(seconds=settings.http.drain_seconds))
        self._parts: dict[type, Any] = {}
        self._pool: Pool | None = None

    @property
    def pool(self) -> Pool:
        """The pool on the contact store."""
        if self._pool is None:
            raise problems.NotReady
        return self._pool

    def provide(self, part: object) -> None:
        """Makes a part of the service's own known by its type."""
        self._parts[type(part)] = part

    def get(self, kind: type[T]) -> T:
        """A part that was provided."""
        if kind not in self._parts:
            raise problems.NotReady
        part: T = self._parts[kind]
        return part

    @contextlib.asynccontextmanager
    async def open_store(self) -> AsyncIterator[None]:
        """The pool, with partitions for the days to come."""
        database = self.settings.database
        async with open_pool(
            database.url.get_secret_value(), minimum=database.pool_minimum, maximum=database.pool_maximum
        ) as pool:
            async with pool.acquire() as connection:
                await ensure_partitions(connection)
            self._pool = pool
            try:
                yield
            finally:
                self._pool = None


Resource: TypeAlias = Callable[[Service], AbstractAsyncContextManager[None]]


def _current(request: Request) -> Service:
    service = request.app.state.service
    if not isinstance(service, Service):
        raise problems.NotReady
    return service


CurrentService: TypeAlias = Annotated[Service, Depends(_current)]
"""For a route's parameter: ``async def runs(service: CurrentService)``."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a service adds of its own."""

    routers: Sequence[APIRouter]
    scopes: auth.Scopes
    resources: Sequence[Resource] = ()
    checks: Callable[[Service], Iterable[health.Check]] = lambda _: ()
    health_prefixes: Sequence[str] = ("",)


def build(
    name: str,
    *,
    title: str,
    settings: Settings,
    parts: Parts,
    description: str = "",
    version: str = VERSION,
) -> FastAPI:
    """The service as an ASGI application; it opens and closes with the application's lifespan."""
    service = Service(name, settings)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with service.lifecycle.run([service.open_store, *_bound(parts.resources, service)]):
            yield

    app = FastAPI(
        title=title,
        description=description,
        version=version,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        max_body_size=settings.http.body_limit_bytes,
    )
    app.state.service = service
    problems.install(app)
    readiness = health.Readiness([_self_check(service), _store_check(service), *parts.checks(service)])
    for prefix in parts.health_prefixes:
        app.include_router(health.router(readiness), prefix=prefix)
    for router in parts.routers:
        app.include_router(router)
    gatekeeper.install(app, parts.scopes, settings)
    return app


def _bound(
    resources: Sequence[Resource], service: Service
) -> list[Callable[[], AbstractAsyncContextManager[None]]]:
    return [lambda resource=resource: resource(service) for resource in resources]  # type: ignore[misc]


def _self_check(service: Service) -> health.Check:
    async def run() -> health.Finding:
        lifecycle = service.lifecycle
        if lifecycle.phase is Phase.READY:
            return health.Finding()
        return health.Finding(
            health.Status.UNHEALTHY, lifecycle.obstacle or f"The service is {lifecycle.phase}."
        )

    return health.Check("self", run, tags=("liveness", "readiness"))


def _store_check(service: Service) -> health.Check:
    async def run() -> None:
        await service.pool.fetchval("select 1 from contact_type limit 1")

    return health.Check("store", run)
