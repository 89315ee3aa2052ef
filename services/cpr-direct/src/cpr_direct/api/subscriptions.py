"""Subscriptions by hand: subscribe, unsubscribe, what waits for CPR's agreement."""

import collections
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field
from registerbro.api import After, Page, Size
from registerbro.auth import Caller, CurrentCaller, Scope, Scopes
from registerbro.cpr.numbers import CprNumber
from registerbro.ids import LAST_ID
from registerbro.problems import AuditUnavailable, responses
from registerbro.purposes import CprText, Purposeful

from cpr_direct import errors, figures, known, problems, subscribing
from cpr_direct.api.common import ContactId, CurrentDirect, CurrentWorker
from cpr_direct.direct import Direct
from cpr_direct.subscribing import ChangeOutcome
from cpr_direct.views.subscriptions import ChangedOut, FiguresOut, WaitingOut

SCOPES: Scopes = {
    ("POST", "/subscriptions"): Scope.SUBSCRIPTIONS_MANAGE,
    ("POST", "/subscriptions/ends"): Scope.SUBSCRIPTIONS_MANAGE,
    ("GET", "/subscriptions/figures"): Scope.CONFIG_READ,
    ("GET", "/subscriptions/waiting"): Scope.SUBSCRIPTIONS_MANAGE,
    ("POST", "/subscriptions/waiting/{contact_id}/tries"): Scope.SUBSCRIPTIONS_MANAGE,
}
SUBSCRIBE, UNSUBSCRIBE = "subscribe-person", "unsubscribe-person"
MOST = 1000
router = APIRouter()


class OfNumber(Purposeful):
    """One person, by number."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"number": "0101010101", "purpose": "party to a case that was opened"}]
        }
    )

    number: CprText


class OfContacts(Purposeful):
    """Persons by contact."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"contact_ids": [4711], "purpose": "party to a case that was opened"}]
        }
    )

    contact_ids: list[ContactId] = Field(min_length=1, max_length=MOST)


class ChangesOut(BaseModel):
    """What became of a request, contact by contact."""

    counts: dict[str, int]
    items: list[ChangedOut]


ANSWERS = {
    202: {"model": ChangesOut, "description": "stored; CPR is asked until it agrees"},
    **responses(*problems.of(errors.NotImported), AuditUnavailable),
}


@router.post("/subscriptions", responses=ANSWERS)
async def subscribe(
    request: OfNumber | OfContacts,
    direct: CurrentDirect,
    caller: CurrentCaller,
    worker: CurrentWorker,
    response: Response,
) -> ChangesOut:
    """Subscribes persons: the wish is stored, CPR is told, the person's data are fetched and merged. May be repeated.

    200: nothing waits; 202: CPR could not be told of all of them now, and is asked until it agrees.
    """
    changes = await _change(direct, request, caller, wanted=True)
    return _answer(changes, worker, response)


@router.post("/subscriptions/ends", responses=ANSWERS)
async def unsubscribe(
    request: OfNumber | OfContacts,
    direct: CurrentDirect,
    caller: CurrentCaller,
    worker: CurrentWorker,
    response: Response,
) -> ChangesOut:
    """Ends subscriptions; the contacts stay, and files do not change them any more. May be repeated."""
    changes = await _change(direct, request, caller, wanted=False)
    return _answer(changes, worker, response)


@router.get("/subscriptions/figures")
async def show_figures(direct: CurrentDirect) -> FiguresOut:
    """How many persons CPR subscribes for us, how many are to be, and what waits for CPR."""
    return await figures.counted(direct)


@router.get("/subscriptions/waiting")
async def list_waiting(direct: CurrentDirect, size: Size = 100, after: After = 0) -> Page[WaitingOut]:
    """The wishes that CPR has not been told of, with what stood in the way, in the order of their contacts."""
    found = [WaitingOut.of(each) for each in await subscribing.waiting(direct, after=after, size=size)]
    return Page[WaitingOut].cut(found, size, found[-1].contact_id if found else "")


@router.post(
    "/subscriptions/waiting/{contact_id}/tries",
    responses=responses(*problems.of(errors.SubscriptionNotWaiting)),
)
async def try_again(
    direct: CurrentDirect,
    contact_id: Annotated[int, Path(ge=1, le=LAST_ID, description="as the list of those that wait names it")],
) -> ChangedOut:
    """Tells CPR now of a wish that waits."""
    return ChangedOut.of(await subscribing.retry(direct, contact_id))


async def _change(
    direct: Direct, request: OfNumber | OfContacts, caller: Caller, *, wanted: bool
) -> list[ChangedOut]:
    action = SUBSCRIBE if wanted else UNSUBSCRIBE
    if isinstance(request, OfContacts):
        contact_ids = list(dict.fromkeys(request.contact_ids))
        await direct.auditor.asked(caller, action, request.why(), contact_ids=contact_ids)
    else:
        number = CprNumber.parse(request.number)
        await direct.auditor.asked(caller, action, request.why(), number=number)
        found = await known.find(direct.pool, number)
        if found is None:
            raise errors.NotImported
        contact_ids = [found.contact_id]
    changed = await subscribing.change(direct, contact_ids, wanted=wanted, by=caller.name)
    return [ChangedOut.of(each) for each in changed]


def _answer(changes: list[ChangedOut], worker: CurrentWorker, response: Response) -> ChangesOut:
    if any(each.outcome is ChangeOutcome.WAITS for each in changes):
        response.status_code = 202
        worker.wake()
    counts = collections.Counter(each.outcome for each in changes)
    return ChangesOut(counts=dict(sorted(counts.items())), items=changes)
