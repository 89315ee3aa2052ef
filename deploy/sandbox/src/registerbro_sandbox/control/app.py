"""The control API as an application: every route behind a token, every error a problem, its description complete.

Routes are plain functions, so that each call works in a thread of its own: a day's files may take minutes.
"""

from fastapi import FastAPI
from registerbro import access_log, auth, gatekeeper, health, openapi, problems
from registerbro.browser_headers import BrowserHeaders

from registerbro_sandbox.control import companies, faults, persons, state
from registerbro_sandbox.control.place import ControlledPlace
from registerbro_sandbox.settings import ControlSettings

NAME = "sandbox"
SCOPES: auth.Scopes = {**state.SCOPES, **persons.SCOPES, **companies.SCOPES, **faults.SCOPES}
BODY_LIMIT = 262_144  # bytes
DESCRIPTION = (
    "Lets something happen in the sandbox: to fictional persons, to fictional companies, to its servers."
)


def create_app(settings: ControlSettings, place: ControlledPlace) -> FastAPI:
    """The API over the world of a directory."""
    app = FastAPI(
        title="Sandbox",
        description=DESCRIPTION,
        version="0.1.0",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.place = place
    problems.install(app)

    async def is_there() -> None:
        if not place.directory.is_dir():
            raise NotADirectoryError("The world's directory is not there.")

    app.include_router(health.router(health.Readiness([health.Check("directory", is_there)])))
    for module in (state, persons, companies, faults):
        app.include_router(module.router)
    verifier = auth.Verifier(settings.auth, auth.keys_of(settings.auth))
    gates = gatekeeper.install(app, SCOPES, verifier, _always_on, gatekeeper.BodyLimits(BODY_LIMIT))
    openapi.install(app, gates, has_feature=False)
    app.add_middleware(access_log.AccessLog, service=NAME)
    app.add_middleware(BrowserHeaders)
    return app


async def _always_on(_method: str, _path: str) -> None:
    """The sandbox belongs to no module that could be switched off."""
