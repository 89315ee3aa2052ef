"""Puts CPR Batch together."""

import contextlib
from collections.abc import AsyncIterator, Sequence

from fastapi import FastAPI
from registerbro import service
from registerbro.bus.port import Consumer
from registerbro.features import Feature
from registerbro.service import Service

from cpr_batch import api, jobs, metrics, problems
from cpr_batch.batch import Batches
from cpr_batch.orders import schedule
from cpr_batch.settings import BatchSettings
from cpr_batch.working import Working

NAME = "cpr-batch"
DESCRIPTION = (
    "Fetches CPR's subscription files to an interim directory and imports them into the contact store."
)


def create_app(settings: BatchSettings, *, consumers: Sequence[Consumer] = ()) -> FastAPI:
    """The service as an ASGI application; ``consumers`` are what a process that embeds it wants to hear."""

    @contextlib.asynccontextmanager
    async def parts(running: Service) -> AsyncIterator[None]:
        async with Working.open(running.drain) as working:
            with running.providing(Batches(running.pool, settings.cpr_batch), working):
                yield

    app = service.build(
        NAME,
        title="CPR Batch",
        description=DESCRIPTION,
        settings=settings,
        parts=service.Parts(
            routers=[api.router],
            scopes=api.SCOPES,
            feature=Feature.CPR,
            resources=[parts, lambda running: metrics.shown(running.pool)],
            consumers=lambda _: consumers,
            jobs=lambda running: (
                *jobs.daily(running.get(Batches), settings.cpr_batch.daily_at),
                *schedule.daily(running.get(Batches), settings.cpr_batch.orders),
            ),
        ),
    )
    problems.install(app)
    return app
