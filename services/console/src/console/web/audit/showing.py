"""How the log's codes are called on its pages, and what its forms hold."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from console.web.danish import DENMARK
from console.web.forms import Form
from console.web.languages import N_

DAY = dt.timedelta(days=1)
WHERE = "where/"  # before the names of the search's fields, as the service names what is wrong with one
FIELDS = (
    "number", "name_type", "contact_ids", "acting_user", "client", "service", "action", "stage", "purpose_contains",
    "case_reference", "from", "to",
)  # fmt: skip
BROKEN = "only_broken_glass"
ACTIONS: Mapping[str, str] = {
    "search-person": N_("Looked up at CPR"),
    "decode-person": N_("Read the records at CPR"),
    "import-person": N_("Imported from CPR"),
    "subscribe-person": N_("Subscribed at CPR"),
    "unsubscribe-person": N_("Unsubscribed at CPR"),
    "lookup-unit": N_("Looked up at CVR"),
    "search-unit": N_("Searched by name at CVR"),
    "import-unit": N_("Imported from CVR"),
    "search-contacts": N_("Searched among the contacts"),
    "odata.read": N_("Read contacts"),
    "contact.as-of": N_("Read a contact as it was"),
    "contact.records": N_("Read what registers delivered of a contact"),
    "contact.export": N_("Exported everything that is held on a contact"),
    "contact.create": N_("Created a contact"),
    "contact.change": N_("Changed a contact"),
    "contact.close": N_("Closed a contact"),
    "contact.address.add": N_("Added an address"),
    "contact.address.change": N_("Changed an address"),
    "contact.address.remove": N_("Removed an address"),
    "contact.reference.add": N_("Added a relation"),
    "contact.reference.remove": N_("Removed a relation"),
    "show-file": N_("Looked into a file from CPR"),
    "erase-contact": N_("Erased a contact"),
    "preview-erasure": N_("Looked at what an erasure would take away"),
    "lift-erasure": N_("Lifted an erasure"),
    "search-audit-log": N_("Searched the audit log"),
    "subject-report": N_("Made the report for a person"),
    "draw-spot-check": N_("Drew a spot check"),
}
STAGES: Mapping[str, str] = {
    "asked": N_("asked"),
    "delivered": N_("delivered"),
    "imported": N_("imported and stored"),
}
KINDS: Mapping[str, str] = {"C": N_("CPR number"), "J": N_("CVR number"), "V": N_("P-number")}


def action_of(code: str) -> str:
    """What was done, in words; a code that has none stands for itself."""
    return ACTIONS.get(code, code)


def where(form: Form) -> dict[str, Any]:
    """The search that a form asks for, as the service takes it; days are Danish, the last one included."""
    said = {name: form.text(WHERE + name) for name in FIELDS}
    asked: dict[str, Any] = {name: text for name, text in said.items() if text}
    if "number" not in asked:
        asked.pop("name_type", None)
    if "contact_ids" in asked:
        asked["contact_ids"] = numbers(asked["contact_ids"])
    for name, later in {"from": dt.timedelta(0), "to": DAY}.items():
        if name in asked:
            asked[name] = _moment(asked[name], later)
    return asked | ({"only_broken_glass": True} if form.flag(WHERE + BROKEN) else {})


def numbers(text: str) -> list[int | str]:
    """Ids as they were typed; what is no number is left for the service to refuse."""
    words = text.replace(",", " ").split()
    return [int(word) if word.isascii() and word.isdigit() else word for word in words]


def _moment(day: str, later: dt.timedelta) -> str:
    """The beginning of a Danish day, or of the one after it; what is no day is left for the service to refuse."""
    try:
        found = dt.date.fromisoformat(day) + later
    except (ValueError, OverflowError):
        return day
    return dt.datetime.combine(found, dt.time(), DENMARK).isoformat()
