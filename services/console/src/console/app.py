"""Puts the console together."""

import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Iterable, Sequence

import httpx
from fastapi import FastAPI
from joserfc.jwk import Key
from registerbro import auth, service
from registerbro.bus.port import Consumer
from registerbro.jobs import Job
from registerbro.recurring import Recurring
from registerbro.service import Service

from console import api, jobs
from console.audit import errors as audit_errors
from console.contacts import problems as contact_problems
from console.erasing import jobs as erasing_jobs
from console.erasing import problems as erasing_problems
from console.errors import PROBLEMS, ConsoleError
from console.events import errors as event_errors
from console.oauth2 import opening, refusals
from console.oauth2.issuing import Issuer
from console.odata.protocol import ODataAnswers
from console.odata.refusals import PROBLEMS as ODATA_PROBLEMS
from console.odata.refusals import OdataError
from console.overview import figures
from console.overview.standing import Watch
from console.people import errors as people_errors
from console.people import opening as people_opening
from console.people.authenticator import by_session
from console.people.opening import People
from console.settings import AppSettings, Signing, signing
from console.web import failures, routes
from console.web.gateway import Gateway
from console.web.people import login
from console.web.unanswered import PagesForBrowsers

NAME = "console"
DESCRIPTION = """Tokens for client applications and log-in for people; contacts over OData, by hand, exported and erased; configuration; the
audit log; events and dead letters; how everything stands; the pages that people work with, at `/`.

Calls need a bearer token with the scope that the call's row names, or the session of somebody who logged in. Whoever reads or
changes contacts says why, in the header `Registerbro-Purpose`. Errors are problems (RFC 9457) with a stable `type`.
"""


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

    @contextlib.asynccontextmanager
    async def people(running: Service) -> AsyncIterator[None]:
        with running.providing(people_opening.opened(running, settings)):
            yield

    @contextlib.asynccontextmanager
    async def gateway(running: Service) -> AsyncIterator[None]:
        services = settings.console.services
        async with httpx.AsyncClient() as client, Watch.open(app, services, client) as watch:
            with running.providing(Gateway(app, services, client), watch):
                yield

    def scheduled(running: Service) -> Iterable[Job | Recurring]:
        yield erasing_jobs.daily(running.pool, running.audit.hasher)
        yield jobs.of_people(running.get(People))
        yield figures.job(running.pool, kept=dt.timedelta(days=settings.console.figures_days))
        if issues:
            yield from jobs.daily(running.get(Issuer), settings.console.tokens)

    def keys(running: Service) -> auth.Keys:
        return OwnKeys(running) if issues else auth.keys_of(settings.auth)

    app = service.build(
        NAME,
        title="Registerbro console",
        description=DESCRIPTION,
        settings=settings,
        parts=service.Parts(
            routers=[api.router, routes.router],
            scopes={**api.SCOPES, **routes.SCOPES},
            body_limits={**api.BODIES, **routes.BODIES},
            keys=keys,
            alternative=lambda running: by_session(running, settings),
            resources=[*([parts] if issues else ()), people, gateway],
            consumers=lambda _: consumers,
            jobs=scheduled,
        ),
    )
    app.add_middleware(ODataAnswers)
    app.add_middleware(PagesForBrowsers)
    PROBLEMS.install(app, ConsoleError)
    ODATA_PROBLEMS.install(app, OdataError)
    contact_problems.install(app)
    erasing_problems.install(app)
    people_errors.PROBLEMS.install(app, people_errors.PeopleError)
    audit_errors.PROBLEMS.install(app, audit_errors.AuditError)
    failures.install(app)
    login.install(app)
    event_errors.PROBLEMS.install(app, event_errors.EventError)
    app.add_exception_handler(refusals.Refusal, refusals.answer)
    return app
