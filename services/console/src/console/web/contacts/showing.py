"""One contact: what is known of it now, what registers delivered, its subscription, and who looked at it."""

import asyncio
import datetime as dt
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.audit.showing import action_of
from console.web.contacts import graph, naming, reading
from console.web.contacts.reading import ThisContact
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

HOME = "/ui/contacts"
ACCESSES = 50
UNITS = frozenset({"J", "V"})
FOLLOWED = dt.timedelta(seconds=5)
LOOK_BACK = dt.timedelta(days=366)
pages = Pages()


def frame(visit: Visit, contact: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What every page of a contact shows around its own part."""
    return {"contact": contact, "name": naming.name_of(visit, contact), "naming": naming, **more}


@pages.get("/contacts/{contact_id}", needs=Scope.CONTACTS_READ)
async def show(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """Names, numbers, addresses, relations."""
    visit.stated()
    contact, referring, types = await asyncio.gather(
        reading.contact(visit, contact_id), reading.referring(visit, contact_id), naming.types(visit)
    )
    related = _relations(visit, contact, referring)
    return visit.show(
        "contacts/show.html",
        **frame(visit, contact),
        types=types,
        related=related,
        referring=referring,
        drawing=graph.drawn(naming.name_of(visit, contact), related) if related else None,
    )


def _relations(visit: Visit, contact: dict[str, Any], referring: Any) -> list[graph.Relation]:
    """Out of the contact, then into it; who is named both ways stands with the way out."""
    own = contact["References"]
    others = [] if isinstance(referring, CallFailed) else referring["value"]
    known = {each["ToContactId"] for each in own}
    others = [each for each in others if each["ContactId"] not in known]
    names = {each["ToContactId"]: naming.name_of(visit, each["ToContact"]) for each in own} | {
        each["ContactId"]: naming.name_of(visit, each["Contact"]) for each in others
    }
    return graph.relations(own, "ToContact", names) + graph.relations(others, "Contact", names)


@pages.get("/contacts/{contact_id}/records", needs=Scope.CONTACTS_READ)
async def show_records(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """What registers delivered, decoded."""
    visit.stated()
    contact, delivered = await asyncio.gather(
        reading.contact(visit, contact_id),
        visit.attempt(Place.CONSOLE, "GET", f"/contacts/{contact_id}/records"),
    )
    return visit.show("contacts/records.html", **frame(visit, contact), delivered=delivered)


@pages.get("/contacts/{contact_id}/subscription", needs=Scope.CONTACTS_READ)
async def show_subscription(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """Wish and state, cases, imports by file, updates from CVR: as far as the person may see each."""
    visit.stated()
    state, imports = await asyncio.gather(
        _subscription(visit, contact_id),
        _if(visit, Scope.BATCH_READ, Place.CPR_BATCH, f"/contacts/{contact_id}/imports"),
    )
    return visit.show("contacts/subscription.html", **state, imports=imports)


@pages.get("/contacts/{contact_id}/subscription/live", needs=Scope.CONTACTS_READ)
async def follow_subscription(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """What changes of it while somebody looks."""
    visit.stated()

    async def gather() -> dict[str, Any]:
        state = await _subscription(visit, contact_id)
        return state | {"has_ended": not _waits(state)}

    return visit.live({"subscription": "contacts/subscription_state.html"}, gather, every=FOLLOWED)


async def _subscription(visit: Visit, contact_id: int) -> dict[str, Any]:
    contact, cases, update = await asyncio.gather(
        reading.contact(visit, contact_id),
        _if(visit, Scope.CONTACTS_READ, Place.CONSOLE, f"{reading.path(contact_id)}/Cases"),
        _if(visit, Scope.CVR_UPDATE_RUN, Place.CVR_UPDATE, f"/contacts/{contact_id}/update"),
    )
    unit = await _unit(visit, contact_id) if contact["NameType"] in UNITS else None
    return frame(visit, contact, cases=cases, update=update, unit=unit)


async def _unit(visit: Visit, contact_id: int) -> Any:
    """The subscription of a company or production unit; None where it has none, or the person may not see it."""
    if not visit.may(Scope.CVR_UPDATE_RUN):
        return None
    here = {"after": contact_id - 1, "size": 1}  # they stand in the order of the contacts
    found = await visit.attempt(Place.CVR_SUBSCRIPTION, "GET", "/subscriptions", params=here)
    if isinstance(found, CallFailed):
        return found
    return next((each for each in found["items"] if each["contact_id"] == contact_id), None)


def _waits(state: dict[str, Any]) -> bool:
    """Whether something is under way. Else nobody looks again: each look is a row of the audit log."""
    sources, update = state["contact"]["SourceRecords"], state["update"]
    is_queued = isinstance(update, dict) and update["task"] is not None
    return is_queued or any(each["Subscribed"] not in (None, each["SrcSubscribed"]) for each in sources)


async def _if(visit: Visit, scope: Scope, place: Place, path: str) -> Any:
    return await visit.attempt(place, "GET", path) if visit.may(scope) else None


@pages.post("/contacts/{contact_id}/subscription", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def change_subscription(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """Subscribes the person at CPR, or ends it, once that is confirmed."""
    back = f"{HOME}/{contact_id}/subscription"
    ends = visit.form.text("wanted") == "no"
    if ends and not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("End the subscription?")),
            what=[
                visit.say(N_("CPR is told to send no more changes of this person.")),
                visit.say(N_("The contact stays as it is now; files do not change it any more.")),
                visit.say(N_("The person can be subscribed again at any time.")),
            ],
            action=visit.say(N_("End the subscription")),
            back=back,
        )
    path = "/subscriptions/ends" if ends else "/subscriptions"
    body = visit.why() | {"contact_ids": [contact_id]}
    done = await visit.call(Place.CPR_DIRECT, "POST", path, json=body)
    outcome = naming.label(visit, naming.OUTCOMES, done["items"][0]["outcome"])
    return visit.done(back, visit.say(N_("Subscription: %(outcome)s."), outcome=outcome))


@pages.get("/contacts/{contact_id}/access", needs=Scope.AUDIT_READ)
async def show_accesses(visit: CurrentVisit, contact_id: ThisContact, after: str = "") -> Response:
    """Who looked at the contact, when and why: of the last year, newest first."""
    visit.stated()
    since = dt.datetime.now(dt.UTC) - LOOK_BACK + dt.timedelta(hours=1)
    body = visit.why() | {
        "where": {"contact_ids": [contact_id], "from": since.isoformat()},
        "after": after or None,
        "limit": ACCESSES,
    }
    contact, accesses = await asyncio.gather(
        reading.contact(visit, contact_id), visit.attempt(Place.CONSOLE, "POST", "/audit/search", json=body)
    )
    return visit.show("contacts/access.html", **frame(visit, contact), accesses=accesses, action_of=action_of)
