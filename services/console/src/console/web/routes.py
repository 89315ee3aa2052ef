"""All pages, and where a browser begins."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response
from registerbro.auth import PUBLIC, Scope, Scopes

from console.web import events, own, sandbox, static
from console.web.audit.pages import PAGES as AUDIT
from console.web.batch.pages import ALL as BATCH
from console.web.clients.pages import pages as clients
from console.web.configuration import pages as configuration
from console.web.contacts import pages as contacts
from console.web.cvr import state as cvr_state
from console.web.cvr import units as cvr_units
from console.web.cvr_update import drift as cvr_drift
from console.web.cvr_update import failures as cvr_failures
from console.web.cvr_update import queue as cvr_queue
from console.web.cvr_update import state as cvr_update
from console.web.cvr_update import subscriptions as cvr_subscriptions
from console.web.cvr_update import synchronisation as cvr_synchronisation
from console.web.direct.pages import PAGES as DIRECT
from console.web.overview.pages import pages as overview
from console.web.pages import Pages
from console.web.people.pages import pages as people
from console.web.people.password import pages as password
from console.web.setup.pages import pages as setup
from console.web.visit import HOME

ALL: Sequence[Pages] = (
    own.pages,
    password,
    overview,
    setup,
    *contacts.ALL,
    *BATCH,
    *DIRECT,
    *(part.pages for part in (cvr_state, cvr_units)),
    *(part.pages for part in (cvr_update, cvr_subscriptions, cvr_synchronisation)),
    *(part.pages for part in (cvr_queue, cvr_failures, cvr_drift)),
    *configuration.ALL,
    clients,
    people,
    *AUDIT,
    *events.ALL,
    *sandbox.ALL,
)
SCOPES: Scopes = {
    ("GET", "/"): PUBLIC,
    **static.SCOPES,
    **{row: scope for pages in ALL for row, scope in pages.scopes.items()},
}
NEEDS: Mapping[tuple[str, str], frozenset[Scope]] = {
    row: needs for pages in ALL for row, needs in pages.needs.items()
}
BODIES: Mapping[tuple[str, str], int] = {
    row: limit for pages in ALL for row, limit in pages.body_limits.items()
}
router = APIRouter()


@router.get("/", include_in_schema=False)
async def begin() -> Response:
    """To the overview."""
    return RedirectResponse(HOME, status_code=303)


router.include_router(static.router)
for each in ALL:
    router.include_router(each.router)
