"""Puts CVR Online together."""

import contextlib
from collections.abc import AsyncIterator, Sequence

from fastapi import FastAPI
from registerbro import service
from registerbro.bus.port import Consumer
from registerbro.features import Feature
from registerbro.registers.watching import certificate_job
from registerbro.service import Service

from cvr_online import api, health, problems
from cvr_online.online import Online
from cvr_online.opening import opened
from cvr_online.settings import OnlineSettings

NAME = "cvr-online"
DESCRIPTION = (
    "Looks companies and production units up in CVR, searches them, and imports them into the contact store."
)


def create_app(settings: OnlineSettings, *, consumers: Sequence[Consumer] = ()) -> FastAPI:
    """The service as an ASGI application; ``consumers`` are what a process that embeds it wants to hear."""

    @contextlib.asynccontextmanager
    async def parts(running: Service) -> AsyncIterator[None]:
        async with opened(running.pool, settings, auditor=running.audit, secrets=running.secrets) as online:
            with running.providing(online):
                yield

    app = service.build(
        NAME,
        title="CVR Online",
        description=DESCRIPTION,
        settings=settings,
        parts=service.Parts(
            routers=[api.router],
            scopes=api.SCOPES,
            feature=Feature.CVR,
            resources=[parts],
            checks=health.checks,
            consumers=lambda _: consumers,
            jobs=lambda running: (certificate_job(NAME, running.get(Online).provider.certificate),),
        ),
    )
    problems.install(app)
    return app
