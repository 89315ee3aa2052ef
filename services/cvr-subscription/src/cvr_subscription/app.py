"""Puts CVR Subscription together."""

import contextlib
from collections.abc import AsyncIterator, Sequence

from fastapi import FastAPI
from registerbro import service
from registerbro.bus.port import Consumer
from registerbro.features import Feature
from registerbro.registers import opening as registers
from registerbro.registers.watching import certificate_job
from registerbro.service import Service

from cvr_subscription import api, figures, handlers, health, jobs, problems
from cvr_subscription.errands import Errands
from cvr_subscription.odata import Odata
from cvr_subscription.opening import Opener, opened
from cvr_subscription.settings import SubscriptionServiceSettings
from cvr_subscription.subscriber import Subscriber
from cvr_subscription.worker import Worker

NAME = "cvr-subscription"
DESCRIPTION = (
    "Subscribes companies and production units at the register, reads what changed, and queues their updates."
)
VENDORS_PREFIX = "/CvrSubscriptionService"


def create_app(
    settings: SubscriptionServiceSettings,
    *,
    consumers: Sequence[Consumer] = (),
    opener: Opener = registers.opened,
) -> FastAPI:
    """The service as an ASGI application.

    ``consumers`` are what a process that embeds it wants to hear; ``opener`` opens the provider.
    """

    @contextlib.asynccontextmanager
    async def parts(running: Service) -> AsyncIterator[None]:
        async with (
            opened(running.pool, settings, secrets=running.secrets, opener=opener) as subscriber,
            Odata.open(settings.cvr_subscription) as odata,
            Worker.open(subscriber) as worker,
            figures.shown(subscriber),
            Errands.open() as errands,
        ):
            with running.providing(subscriber, odata, worker, errands):
                yield

    app = service.build(
        NAME,
        title="CVR Subscription",
        description=DESCRIPTION,
        settings=settings,
        parts=service.Parts(
            routers=[api.router],
            scopes=api.SCOPES,
            feature=Feature.CVR_UPDATE,
            unswitched=api.UNSWITCHED,
            resources=[parts],
            checks=health.checks,
            consumers=lambda running: (
                *consumers,
                handlers.contacts(running.get(Worker).rows),
                handlers.switches(),
            ),
            jobs=lambda running: (
                *jobs.scheduled(running.get(Subscriber)),
                certificate_job(NAME, running.get(Subscriber).provider.certificate),
            ),
            health_prefixes=("", VENDORS_PREFIX),
            folds_own_checks=True,
        ),
    )
    problems.install(app)
    return app
