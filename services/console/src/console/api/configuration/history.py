"""Who changed what of the configuration."""

from typing import Annotated

from fastapi import APIRouter, Query
from registerbro.api import Before, Page, Size
from registerbro.auth import Scope, Scopes
from registerbro.configuration import history
from registerbro.ids import LAST_ID
from registerbro.service import CurrentService

from console.configuration_views import ConfigurationChangeOut

HISTORY = "/configuration/history"
SCOPES: Scopes = {("GET", HISTORY): Scope.CONFIG_READ}
router = APIRouter()


@router.get(HISTORY)
async def show_configuration_history(
    service: CurrentService,
    topic: Annotated[
        str | None,
        Query(
            pattern=r"^[a-z0-9-]{1,50}$", description="as feature, external-source, schedule; default: all"
        ),
    ] = None,
    name: Annotated[
        str | None, Query(min_length=1, max_length=100, description="of one thing, as CPR; default: all")
    ] = None,
    size: Size = 100,
    after: Before = LAST_ID,
) -> Page[ConfigurationChangeOut]:
    """Who changed what, newest first; also what is gone."""
    rows = await history.page(service.pool, topic, name, before=after, size=size)
    found = [ConfigurationChangeOut.of(each) for each in rows]
    return Page[ConfigurationChangeOut].cut(found, size, found[-1].change_id if found else "")
