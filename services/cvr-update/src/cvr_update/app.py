"""Puts CVR Update together."""

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from fastapi import FastAPI
from registerbro import service
from registerbro.bus.port import Consumer
from registerbro.features import Feature
from registerbro.registers import opening
from registerbro.registers.opening import Opened
from registerbro.registers.watching import certificate_job
from registerbro.service import Service

from cvr_update import api, handlers, health, jobs, metrics
from cvr_update import running as acting
from cvr_update.errors import PROBLEMS, UpdateError
from cvr_update.settings import UpdateServiceSettings
from cvr_update.updates import Updates
from cvr_update.worker import Worker

NAME = "cvr-update"
DESCRIPTION = "Keeps companies and production units up to date: asks the register for those that the service queue names."
Open: TypeAlias = Callable[[Service], AbstractAsyncContextManager[Opened]]


def create_app(
    settings: UpdateServiceSettings, *, consumers: Sequence[Consumer] = (), open_provider: Open | None = None
) -> FastAPI:
    """The service as an ASGI application; ``consumers`` are what a process that embeds it wants to hear.

    ``open_provider`` opens another provider than the settings say.
    """

    @contextlib.asynccontextmanager
    async def configured(running: Service) -> AsyncIterator[Opened]:
        provider = settings.cvr.updates
        async with opening.opened(running.pool, settings.cvr, provider, secrets=running.secrets) as opened:
            yield opened

    @contextlib.asynccontextmanager
    async def parts(running: Service) -> AsyncIterator[None]:
        async def is_on() -> bool:
            return all([await running.features.is_enabled(feature) for feature in health.needed()])

        async with (open_provider or configured)(running) as opened:
            updates = Updates(
                pool=running.pool,
                lookup=opened.lookup,
                settings=settings.cvr_update,
                cvr=settings.cvr,
                hasher=running.audit.hasher,
                is_on=is_on,
            )
            await acting.end_pause(updates)
            async with Worker.open(updates) as worker, metrics.shown(running.pool):
                with running.providing(opened, updates, worker):
                    yield

    app = service.build(
        NAME,
        title="CVR Update",
        description=DESCRIPTION,
        settings=settings,
        parts=service.Parts(
            routers=[api.router],
            scopes=api.SCOPES,
            feature=Feature.CVR_UPDATE,
            unswitched=frozenset(api.SCOPES) - api.SWITCHED,
            resources=[parts],
            checks=health.checks,
            consumers=lambda running: (*consumers, handlers.switches(running.get(Worker))),
            jobs=lambda running: [
                jobs.hourly(running.get(Updates)),
                certificate_job(NAME, lambda: running.get(Opened).certificate()),
            ],
        ),
    )
    PROBLEMS.install(app, UpdateError)
    return app
