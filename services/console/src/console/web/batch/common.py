"""What the pages of CPR Batch share."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeAlias

from fastapi import Path, Query
from fastapi.responses import Response
from registerbro.ids import LAST_ID

from console.web.addresses import Place
from console.web.languages import N_
from console.web.visit import Visit
from console.web.words import options

SERVICE = Place.CPR_BATCH
HOME = "/ui/batch"
SERVER = dt.timedelta(minutes=3)  # for what waits for the file server: it may be a mainframe
ACTIVE = frozenset({"waiting", "running"})
Ordinal: TypeAlias = Annotated[int, Path(ge=1, le=2**31 - 1)]
Id: TypeAlias = Annotated[int, Path(ge=1, le=LAST_ID)]
RunId: TypeAlias = Annotated[uuid.UUID, Path()]
After: TypeAlias = Annotated[int | None, Query(ge=1, le=LAST_ID)]
"""Where a page of a list begins, as the page before says."""


def run_path(run_id: object) -> str:
    """The page of a run."""
    return f"{HOME}/runs/{run_id}"


async def start(visit: Visit, path: str, said: Mapping[str, Any]) -> Response:
    """Starts what goes on in the background, and leads to the page that shows it."""
    begun = await visit.call(SERVICE, "POST", path, json=said)
    return visit.done(
        run_path(begun["run_id"]),
        visit.say(N_("It has begun. You may leave this page: it goes on by itself.")),
    )


def filters(visit: Visit, codes: Iterable[str]) -> list[tuple[str, str]]:
    """Codes for a list to choose from, with none of them first."""
    return [("", visit.say(N_("all"))), *options(codes, visit.say)]
