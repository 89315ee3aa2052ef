"""Puts the console together."""

import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence

from fastapi import FastAPI
from joserfc.jwk import Key
from registerbro import auth, service
from registerbro.bus.port import Consumer
from registerbro.jobs import Job
from registerbro.service import Service

from console import api, jobs
from console.errors import PROBLEMS, ConsoleError
from console.oauth2 import opening, refusals
from console.oauth2.issuing import Issuer
from console.odata.protocol import ODataAnswers
from console.odata.refusals import PROBLEMS as ODATA_PROBLEMS
from console.odata.refusals import OdataError
from console.settings import AppSettings, Signing, signing

NAME = "console"
DESCRIPTION = "Issues tokens to client applications and keeps their registrations."


class OwnKeys:
    """Checks tokens with the keys that this process signs with, without calling itself."""

    def __init__(self, running: Service) -> None:
        self._running = running

    async def find(self, kid: str | None) -> Key | None:
        """The key of that name; ``NotReady`` while the issuer is not open."""
        return await self._running.get(Issuer).keys.find(kid)


def create_app(settings: AppSettings, *, consumers: Sequence[Consumer] = ()) -> FastAPI:
    """The service as an ASGI application; ``consumers`` are what a process that embeds it wants to hear."""
    issues = signing(settings.console, settings.auth) is not Signing.FOREIGN

    @contextlib.asynccontextmanager
    async def parts(running: Service) -> AsyncIterator[None]:
        with running.providing(await opening.opened(running.pool, settings, running.secrets)):
            yield

    def daily(running: Service) -> Iterable[Job]:
        return jobs.daily(running.get(Issuer), settings.console.tokens) if issues else ()

    def keys(running: Service) -> auth.Keys:
        return OwnKeys(running) if issues else auth.keys_of(settings.auth)

    app = service.build(
        NAME,
        title="Registerbro console",
        description=DESCRIPTION,
        settings=settings,
        parts=service.Parts(
            routers=[api.router],
            scopes=api.SCOPES,
            body_limits=api.BODIES,
            keys=keys,
            resources=[parts] if issues else [],
            consumers=lambda _: consumers,
            jobs=daily,
        ),
    )
    app.add_middleware(ODataAnswers)
    PROBLEMS.install(app, ConsoleError)
    ODATA_PROBLEMS.install(app, OdataError)
    app.add_exception_handler(refusals.Refusal, refusals.answer)
    return app
