"""The settings form: grouped, checked before it is saved, passwords written only; and the history."""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.batch import fields
from console.web.batch.common import HOME, SERVER, SERVICE, After
from console.web.batch.fields import Change, Faults
from console.web.connection_tests import steps
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

PAGE = f"{HOME}/settings"
POINTER = "settings/"
pages = Pages()


@pages.get("/batch/settings", needs=Scope.CONFIG_READ)
async def show_settings(visit: CurrentVisit) -> Response:
    """Every setting in force; a form for those who may change them."""
    return _page(visit, await visit.call(SERVICE, "GET", "/settings"))


@pages.post("/batch/settings", needs=Scope.CONFIG_WRITE)
async def take_settings(visit: CurrentVisit) -> Response:
    """Checks what was typed, with or without the file server, or saves it."""
    found = await visit.call(SERVICE, "GET", "/settings")
    change = fields.change_of(visit.form, found["settings"])
    if visit.form.text("do") == "save":
        return await _save(visit, found, change)
    return await _check(visit, found, change)


@pages.get("/batch/settings/history", needs=Scope.CONFIG_READ)
async def show_history(visit: CurrentVisit, after: After = None) -> Response:
    """Who changed what and when; of a password only that it changed."""
    found = await visit.call(SERVICE, "GET", "/settings/history", params={"after": after, "size": 50})
    return visit.show("batch/settings_history.html", changes=found, labels=fields.LABELS)


async def _save(visit: Visit, found: Mapping[str, Any], change: Change) -> Response:
    if change.is_nothing:
        return visit.done(PAGE, visit.say(N_("Nothing was changed: everything stands as it did.")))
    try:
        await visit.call(
            SERVICE,
            "PATCH",
            "/settings",
            json=change.body,
            headers={"If-Match": f'"{visit.form.text("version")}"'},
        )
    except CallFailed as failure:
        return _page(visit, found, failure=failure, faults=_faults(failure))
    return visit.done(
        PAGE, visit.say(N_("The settings are saved. They count for everything that begins from now on."))
    )


async def _check(visit: Visit, found: Mapping[str, Any], change: Change) -> Response:
    said = {**change.body, "with_connection": visit.form.text("do") == "connect"}
    try:
        checked = await visit.call(SERVICE, "POST", "/settings/check", json=said, timeout=SERVER)
    except CallFailed as failure:
        return _page(visit, found, failure=failure)
    faults = Faults((each["name"], each["reason"]) for each in checked["problems"])
    return _page(visit, found, faults=faults, checked=checked)


def _page(
    visit: Visit,
    found: Mapping[str, Any],
    *,
    failure: CallFailed | None = None,
    faults: Faults | None = None,
    checked: Mapping[str, Any] | None = None,
) -> Response:
    tested = checked["connection"] if checked else None
    return visit.show(
        "batch/settings.html",
        found=found,
        groups=fields.grouped(found["settings"]),
        titles=fields.GROUPS,
        labels=fields.LABELS,
        typed=fields.typed_of(visit.form, found["settings"]),
        forgotten=visit.form.many(fields.FORGET),
        fixed=fields.FIXED,
        variables=fields.variables(found["settings"]),
        choices=fields.choices(found["settings"]),
        faults=faults or Faults(),
        checked=checked,
        steps=steps(tested, SERVICE) if tested else None,
        waiting=failure.facts.get("files", []) if failure else [],
        failure=failure,
    )


def _faults(failure: CallFailed) -> Faults:
    return Faults((each["pointer"].removeprefix(POINTER), each["detail"]) for each in failure.errors)
