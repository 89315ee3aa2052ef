"""A contact's past: each change with what it was before and after, and any past state."""

import asyncio
import datetime as dt
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.contacts import differences, reading
from console.web.contacts.reading import ThisContact
from console.web.contacts.showing import frame
from console.web.danish import DENMARK
from console.web.gateway import CallFailed
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

SHOWN = 10  # changes on a page
Version = Annotated[int | None, Query(ge=1, le=2**31 - 1)]
pages = Pages()


@pages.get("/contacts/{contact_id}/history", needs=Scope.CONTACTS_READ)
async def show_history(visit: CurrentVisit, contact_id: ThisContact, before: Version = None) -> Response:
    """The changes, newest first; ``before``: only those of versions below it."""
    visit.stated()
    contact, rows = await asyncio.gather(
        reading.contact(visit, contact_id), _versions(visit, contact_id, before)
    )
    shown = rows[:SHOWN]
    states = await _states(visit, contact_id, {each["Version"] + place for each in shown for place in (0, 1)})
    changes = [_change(each, states) for each in shown]
    others = {each.contact_id for change in changes for each in change["differences"] if each.contact_id}
    return visit.show(
        "contacts/history.html",
        **frame(visit, contact),
        changes=changes,
        others=await reading.named(visit, others),
        next=shown[-1]["Version"] if len(rows) > SHOWN else None,
        today=dt.datetime.now(DENMARK).date(),
    )


async def _versions(visit: Visit, contact_id: int, before: int | None) -> list[dict[str, Any]]:
    wanted: dict[str, Any] = {
        "$select": "Version,ReplacedAt,Source,RegisterDate,Groups",
        "$orderby": "Version desc",
        "$top": SHOWN + 1,
    }
    if before is not None:
        wanted["$filter"] = f"Version lt {before}"
    found = await visit.call(Place.CONSOLE, "GET", f"{reading.path(contact_id)}/Versions", params=wanted)
    rows: list[dict[str, Any]] = found["value"]
    return rows


async def _states(visit: Visit, contact_id: int, versions: set[int]) -> dict[int, Any]:
    """The contact in each version, or why that cannot be told."""
    found = await asyncio.gather(
        *(_state(visit, contact_id, {"Version": version}) for version in sorted(versions))
    )
    return dict(zip(sorted(versions), found, strict=True))


async def _state(visit: Visit, contact_id: int, moment: dict[str, Any]) -> Any:
    path = f"{reading.path(contact_id)}/Registerbro.AsOf"
    return await visit.attempt(Place.CONSOLE, "POST", path, json=moment)


def _change(row: dict[str, Any], states: dict[int, Any]) -> dict[str, Any]:
    before, after = states[row["Version"]], states[row["Version"] + 1]
    is_known = not isinstance(before, CallFailed) and not isinstance(after, CallFailed)
    return row | {"differences": differences.between(before, after) if is_known else []}


@pages.get("/contacts/{contact_id}/past", needs=Scope.CONTACTS_READ)
async def show_past(
    visit: CurrentVisit,
    contact_id: ThisContact,
    version: Version = None,
    day: Annotated[str, Query(max_length=10)] = "",
    kind: Annotated[str, Query(max_length=10)] = "register",
) -> Response:
    """The contact as it was: in a version, at the end of a day of the store, or by a date of the register."""
    visit.stated()
    contact, past = await asyncio.gather(
        reading.contact(visit, contact_id), _state(visit, contact_id, _moment(version, day, kind))
    )
    is_known = not isinstance(past, CallFailed)
    others = {each["ToContactId"] for each in past["References"]} if is_known else set()
    return visit.show(
        "contacts/past.html",
        **frame(visit, contact),
        past=past if is_known else None,
        failure=None if is_known else past,
        others=await reading.named(visit, others),
        asked={"version": version, "day": day, "kind": kind},
    )


def _moment(version: int | None, day: str, kind: str) -> dict[str, Any]:
    if version is not None:
        return {"Version": version}
    if kind == "register":
        return {"RegisterDate": day}
    try:
        end = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(23, 59, 59), DENMARK)
    except ValueError:
        return {"StoreTime": day}  # which the API refuses, saying where
    return {"StoreTime": end.isoformat()}
