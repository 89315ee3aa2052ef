"""All pages, and where a browser begins."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response
from registerbro.auth import PUBLIC, Scope, Scopes

from console.web import own, static
from console.web.audit import pages as audit
from console.web.batch import pages as batch
from console.web.clients import pages as clients
from console.web.configuration import pages as configuration
from console.web.contacts import pages as contacts
from console.web.cvr import pages as cvr
from console.web.cvr_update import pages as cvr_update
from console.web.direct import pages as direct
from console.web.events import pages as events
from console.web.menu import HOME
from console.web.overview import pages as overview
from console.web.pages import Pages
from console.web.people import pages as people
from console.web.sandbox import pages as sandbox
from console.web.setup import pages as setup

PARTS = (
    overview,
    setup,
    contacts,
    batch,
    direct,
    cvr,
    cvr_update,
    events,
    configuration,
    clients,
    people,
    audit,
    sandbox,
)
"""As the menu has them; each has all its pages in ``ALL``."""
ALL: Sequence[Pages] = (own.pages, *(pages for part in PARTS for pages in part.ALL))
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
