"""Orders to CPR, and the input files that carry them."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.batch.common import HOME, SERVER, SERVICE, After, Id, filters
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit
from console.web.words import options

LIST = f"{HOME}/orders"
KINDS = ("requisition", "subscribe", "unsubscribe", "status-list")
LONGEST = 20  # digits; what is longer is no id
LINES_SHOWN = 5
STATES = ("waiting", "written", "uploaded", "confirmed", "rejected", "withdrawn")
pages = Pages()


@pages.get("/batch/orders", needs=Scope.BATCH_READ)
async def list_orders(visit: CurrentVisit, after: After = None, state: str = "") -> Response:
    """The orders, newest first, and the latest input files."""
    wanted = {"after": after, "size": 50, "state": state if state in STATES else None}
    found = await visit.call(SERVICE, "GET", "/orders", params=wanted)
    uploads = None if after else await visit.attempt(SERVICE, "GET", "/input-files", params={"size": 10})
    return visit.show(
        "batch/orders.html", orders=found, uploads=uploads, state=state, states=filters(visit, STATES)
    )


@pages.get("/batch/orders/new", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def new_orders(visit: CurrentVisit) -> Response:
    """The form for contacts that are named."""
    return _form(visit, kind=KINDS[0], contacts="")


@pages.post("/batch/orders/new", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def order(visit: CurrentVisit) -> Response:
    """Takes the orders; each contact is answered with an outcome of its own."""
    kind, typed = visit.form.text("kind"), visit.form.raw("contact_ids")
    ids = typed.replace(",", " ").split()
    if not ids or not all(each.isdecimal() and len(each) < LONGEST for each in ids):
        return _form(visit, kind=kind, contacts=typed, refused=True)
    said = {"kind": kind, "contact_ids": list(map(int, ids))}
    try:
        taken = await visit.call(SERVICE, "POST", "/orders", json=said)
    except CallFailed as failure:
        return _form(visit, kind=kind, contacts=typed, failure=failure)
    return visit.show("batch/ordered.html", taken=taken)


@pages.post("/batch/orders/wishes", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def order_wishes(visit: CurrentVisit) -> Response:
    """Orders for all whose wish differs from their subscription, once that is confirmed."""
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Order what is wished?")),
            what=[
                visit.say(N_("Every contact that should be subscribed and is not gets an order to subscribe; every one that should not be and is, an order to unsubscribe.")),
                visit.say(N_("The orders wait for the next input file, and can be withdrawn until then.")),
            ],
            action=visit.say(N_("Order")),
            back=LIST,
            is_danger=False,
        )  # fmt: skip
    taken = await visit.call(SERVICE, "POST", "/orders", json={"all_wishes": True})
    return visit.show("batch/ordered.html", taken=taken)


@pages.post("/batch/orders/{order_id}/withdrawal", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def withdraw(visit: CurrentVisit, order_id: Id) -> Response:
    """Takes an order back, once that is confirmed."""
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Withdraw the order?")),
            what=[
                visit.say(N_("It is not sent to CPR; or, if it was, its answer is no longer waited for.")),
                visit.say(N_("The contact's wish stays as it is: where it differs, it is ordered again.")),
            ],
            action=visit.say(N_("Withdraw")),
            back=LIST,
        )
    await visit.call(SERVICE, "DELETE", f"/orders/{order_id}")
    return visit.done(LIST, visit.say(N_("The order is withdrawn.")))


@pages.post("/batch/input-files", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def upload(visit: CurrentVisit) -> Response:
    """Writes and uploads the day's input file, once that is confirmed."""
    if not visit.form.is_confirmed:
        files = await visit.call(SERVICE, "POST", "/input-files/previews")
        return visit.confirm(
            title=visit.say(N_("Upload the input file?")),
            what=[
                *_previewed(visit, files),
                visit.say(
                    N_(
                        "All orders that wait are written to a file and uploaded to CPR, which carries them out."
                    )
                ),
                visit.say(
                    N_("CPR runs one file of a task a day: what is ordered later waits for the next day's.")
                ),
                visit.say(N_("A file on the server cannot be taken back from here.")),
            ],
            action=visit.say(N_("Upload")),
            back=LIST,
        )
    done = await visit.call(SERVICE, "POST", "/input-files", timeout=SERVER)
    return visit.done(LIST, _told(visit, done))


def _previewed(visit: Visit, files: Sequence[Mapping[str, Any]]) -> list[str]:
    if not files:
        return [
            visit.say(
                N_(
                    "At the moment nothing would be sent: no order waits, or the day's file is with CPR already."
                )
            )
        ]
    return [
        visit.say(N_("%(file)s with %(count)s lines: %(lines)s"), file=each["name"], count=len(each["lines"]), lines=_first(each["lines"]))
        for each in files
    ]  # fmt: skip


def _first(lines: Sequence[str]) -> str:
    return "; ".join([*lines[:LINES_SHOWN], *(["…"] if len(lines) > LINES_SHOWN else [])])


def _told(visit: Visit, done: dict[str, Any]) -> str:
    match done["outcome"]:
        case "uploaded":
            return visit.say(
                N_("Uploaded to CPR: %(files)s."), files=", ".join(each["name"] for each in done["files"])
            )
        case "waits":
            return visit.say(N_("The day's file is with CPR already: what waits goes into the next day's."))
        case _:
            return visit.say(N_("No order waits: nothing was uploaded."))


def _form(
    visit: Visit, *, kind: str, contacts: str, refused: bool = False, failure: CallFailed | None = None
) -> Response:
    return visit.show(
        "batch/order.html",
        status=422 if refused else None,
        kinds=options(KINDS, visit.say),
        kind=kind,
        contacts=contacts,
        refused=refused,
        failure=failure,
    )
