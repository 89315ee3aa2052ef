"""Puts CPR Batch together."""

import contextlib
import functools
from collections.abc import AsyncIterator, Sequence

from fastapi import FastAPI
from registerbro import service
from registerbro.bus.port import Consumer
from registerbro.features import Feature
from registerbro.service import Service
from registerbro.settings import SubscriptionSettings, origins
from registerbro.subscriptions import handlers as cases
from registerbro.subscriptions import policy

from cpr_batch import api, handlers, health, jobs, metrics, readiness
from cpr_batch.batch import Batches
from cpr_batch.errors import BatchError
from cpr_batch.importer import Importer
from cpr_batch.orders import schedule
from cpr_batch.problems import PROBLEMS
from cpr_batch.settings import BatchSettings
from cpr_batch.watching import Watchers
from cpr_batch.working import Working

NAME = "cpr-batch"
DESCRIPTION = (
    "Fetches CPR's subscription files to an interim directory and imports them into the contact store."
)


def create_app(settings: BatchSettings, *, consumers: Sequence[Consumer] = ()) -> FastAPI:
    """The service as an ASGI application; ``consumers`` are what a process that embeds it wants to hear."""

    @contextlib.asynccontextmanager
    async def parts(running: Service) -> AsyncIterator[None]:
        batches = Batches(
            running.pool,
            settings.cpr_batch,
            secrets=running.secrets,
            origins=origins(BatchSettings),
            store=settings.database.url,
            subscriptions=functools.partial(running.in_force.of, SubscriptionSettings),
            hasher=running.audit.hasher,
        )
        is_on = functools.partial(running.features.is_enabled, Feature.CPR)
        async with Working.open(running.drain) as working, Importer.open(batches, is_on) as importer:
            with running.providing(batches, working, importer, Watchers()):
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
            checks=lambda running: [
                readiness.settings_check(running),
                readiness.subscriptions_check(running),
                health.encryption(running),
            ],
            consumers=lambda running: (*consumers, handlers.imports(running.get(Importer)), cases.consumer()),
            jobs=lambda running: (
                jobs.daily(running.get(Batches)),
                jobs.housekeeping(running.get(Batches)),
                schedule.daily(running.get(Batches)),
                policy.job(
                    running.pool,
                    functools.partial(running.in_force.of, SubscriptionSettings),
                    service=NAME,
                ),
            ),
        ),
    )
    PROBLEMS.install(app, BatchError)
    return app
