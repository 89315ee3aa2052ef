"""Changes of a contact over OData: each names the version that the person saw; what was typed is never lost."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi.responses import Response

from console.web.addresses import Place
from console.web.contacts import differences, naming, reading
from console.web.forms import Form
from console.web.gateway import CallFailed
from console.web.visit import Visit

OUTDATED = "version-mismatch"
PATIENCE = dt.timedelta(seconds=30)


async def write(visit: Visit, method: str, path: str, version: int | str | None, body: Any = None) -> None:
    """A change that was made to a version. ``PurposeNeeded``, ``CallFailed``."""
    visit.stated()
    headers = {"If-Match": f'W/"{version}"', "Prefer": "return=minimal"}
    await visit.answer(Place.CONSOLE, method, path, json=body, headers=headers, timeout=PATIENCE)


def typed(form: Form, names: Iterable[str]) -> dict[str, str]:
    """What stands in these fields of a form."""
    return {name: form.text(name) for name in names}


def given(values: Mapping[str, str]) -> dict[str, str | None]:
    """As the API takes them: what is empty is null."""
    return {name: value or None for name, value in values.items()}


def before(form: Form, names: Iterable[str]) -> dict[str, str]:
    """What stood in the fields when the person first saw them; the form sends it along."""
    return {name: form.text(f"was-{name}") for name in names}


def changed(form: Form, names: Iterable[str]) -> dict[str, str | None]:
    """Only what the person changed: what stays is not marked as changed by hand, and what others changed is theirs."""
    was = before(form, names)
    return {name: form.text(name) or None for name in was if form.text(name) != was[name]}


async def refused(
    visit: Visit, template: str, contact_id: int, failure: CallFailed, **context: Any
) -> Response:
    """The form again with what was typed. Where somebody was faster, with what they changed, and made to their version."""
    contact = await reading.contact(visit, contact_id)
    others: list[differences.Difference] = []
    if failure.slug == OUTDATED:
        others = await _changed_by_others(visit, contact_id, visit.form.number("version"), contact["Version"])
    return visit.show(
        template,
        contact=contact,
        name=naming.name_of(visit, contact),
        naming=naming,
        version=contact["Version"],
        failure=failure,
        others=others,
        **context,
    )


async def _changed_by_others(
    visit: Visit, contact_id: int, seen: Any, current: int
) -> list[differences.Difference]:
    path = f"{reading.path(contact_id)}/Registerbro.AsOf"
    states = [
        await visit.attempt(Place.CONSOLE, "POST", path, json={"Version": version})
        for version in (seen, current)
    ]
    if any(isinstance(each, CallFailed) for each in states):
        return []
    return differences.between(*states)
