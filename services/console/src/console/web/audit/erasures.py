"""What was erased for good: by id, with who did it and why."""

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.pages import Pages
from console.web.visit import CurrentVisit

pages = Pages()


@pages.get("/audit/erasures", needs=Scope.AUDIT_READ)
async def list_erasures(visit: CurrentVisit, after: str = "") -> Response:
    """The latest first."""
    params = {"after": after or None, "limit": 50}
    found = await visit.call(Place.CONSOLE, "GET", "/contacts/erasures", params=params)
    return visit.show("audit/erasures.html", found=found)
