"""Puts CPR Direkte together."""

import contextlib
import functools
from collections.abc import AsyncIterator, Sequence

import structlog
from fastapi import FastAPI
from registerbro import service
from registerbro.bus.port import Consumer
from registerbro.features import Feature
from registerbro.service import Service
from registerbro.subscriptions import handlers as cases
from registerbro.subscriptions import policy

from cpr_direct import api, figures, handlers, health, jobs, password, problems
from cpr_direct.api.reconciliations import COMPARE
from cpr_direct.direct import Direct
from cpr_direct.errors import DirectError
from cpr_direct.opening import opened
from cpr_direct.settings import DirectSettings
from cpr_direct.worker import Worker

log = structlog.get_logger()
NAME = "cpr-direct"
DESCRIPTION = "Looks persons up at CPR's online service, imports them into the contact store, and keeps their subscriptions."


def create_app(settings: DirectSettings, *, consumers: Sequence[Consumer] = ()) -> FastAPI:
    """The service as an ASGI application; ``consumers`` are what a process that embeds it wants to hear."""

    @contextlib.asynccontextmanager
    async def parts(running: Service) -> AsyncIterator[None]:
        is_on = functools.partial(running.features.is_enabled, Feature.CPR)
        async with (
            opened(running.pool, settings, auditor=running.audit, secrets=running.secrets) as direct,
            Worker.open(direct, is_on) as worker,
            figures.shown(running.pool),
        ):
            await _settle(direct)
            with running.providing(direct, worker):
                yield

    app = service.build(
        NAME,
        title="CPR Direkte",
        description=DESCRIPTION,
        settings=settings,
        parts=service.Parts(
            routers=[api.router],
            scopes=api.SCOPES,
            feature=Feature.CPR,
            body_limits={COMPARE: settings.cpr_direct.list_bytes},
            resources=[parts],
            checks=lambda running: health.checks(running, settings),
            consumers=lambda running: (
                *consumers,
                handlers.subscriptions(running.get(Worker)),
                cases.consumer(),
            ),
            jobs=lambda running: (
                policy.job(running.pool, running.get(Direct).subscriptions, service=NAME),
                *jobs.daily(running.get(Direct)),
            ),
        ),
    )
    problems.install(app)
    return app


async def _settle(direct: Direct) -> None:
    """Ends a change of the password that broke off; where CPR cannot be asked now, the next logon does it."""
    try:
        await password.settle(direct.gateway, direct.logons)
    except DirectError as error:
        log.warning("change of the password not settled", reason=str(error))
