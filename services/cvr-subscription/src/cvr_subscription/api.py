"""The HTTP routes: subscriptions, synchronisation, comparison, and the way to the provider.

Reading works while the modules are off, and so does the connection test, which is made before they are switched on.
"""

import datetime as dt
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Body, Depends, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from registerbro.api import After, Page, Request, Size, Whole
from registerbro.auth import Scope, Scopes
from registerbro.ids import LAST_ID
from registerbro.problems import responses
from registerbro.service import CurrentService

from cvr_subscription import drift, errors, problems, showing, synchronising
from cvr_subscription.errands import Errands
from cvr_subscription.subscriber import Subscriber
from cvr_subscription.subscriptions import State
from cvr_subscription.synchronising import Reason
from cvr_subscription.views import (
    ConnectionTestOut,
    DriftOut,
    DriftsOut,
    FollowingOut,
    RetriedOut,
    SubscriptionOut,
    SummaryOut,
    SynchronisationOut,
)
from cvr_subscription.worker import Worker

READS = (
    ("GET", "/subscriptions"),
    ("GET", "/subscriptions/summary"),
    ("GET", "/synchronisation"),
    ("GET", "/drift"),
)
TEST = ("POST", "/connection/test")
UNSWITCHED = frozenset((*READS, TEST))
RUNS = (("POST", "/subscriptions/retries"), ("POST", "/synchronisation"), ("POST", "/drift"))
SCOPES: Scopes = {**dict.fromkeys((*READS, *RUNS), Scope.CVR_UPDATE_RUN), TEST: Scope.CONFIG_READ}
MOST = 1000
router = APIRouter(tags=["cvr-subscription"])


async def _subscriber(service: CurrentService) -> Subscriber:
    return service.get(Subscriber)


async def _worker(service: CurrentService) -> Worker:
    return service.get(Worker)


async def _errands(service: CurrentService) -> Errands:
    return service.get(Errands)


CurrentSubscriber: TypeAlias = Annotated[Subscriber, Depends(_subscriber)]
CurrentWorker: TypeAlias = Annotated[Worker, Depends(_worker)]
CurrentErrands: TypeAlias = Annotated[Errands, Depends(_errands)]
ContactId: TypeAlias = Annotated[int, Field(ge=1, le=LAST_ID), Whole]
Wait: TypeAlias = Annotated[
    Annotated[int, Field(ge=1, le=300), Whole] | None,
    Field(description="answer 202 where it takes longer, and go on; null: answer when it is done"),
]


class RetryRequest(Request):
    """Which failed subscriptions are tried at once."""

    contact_ids: list[ContactId] | None = Field(
        default=None, min_length=1, max_length=MOST, description="of these contacts; null: all that failed"
    )


class SynchroniseRequest(Request):
    """How to synchronise."""

    full: bool = Field(default=False, description="queue an update of every contact, with a new token")
    wait_seconds: Wait = None


class DriftRequest(Request):
    """How to compare; what is not given is as the settings have it."""

    sample: Annotated[int, Field(ge=1, le=10_000_000), Whole] | None = Field(
        default=None, description="contacts, chosen at random"
    )
    everything: bool = Field(default=False, description="all contacts, not a sample")
    is_queueing: bool | None = Field(default=None, description="whether contacts that differ are updated")
    wait_seconds: Wait = None


def _goes_on(told: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    return {202: {"model": told, "description": "it takes longer, and goes on: as GET tells it"}}


@router.get("/subscriptions")
async def list_subscriptions(
    subscriber: CurrentSubscriber,
    worker: CurrentWorker,
    state: Annotated[State | None, Query(description="only of this state")] = None,
    failing: Annotated[
        bool | None, Query(description="only those whose last attempt failed, or did not")
    ] = None,
    size: Size = 100,
    after: After = 0,
) -> Page[SubscriptionOut]:
    """What is subscribed, to be subscribed, or to be cancelled, in the order of the contacts."""
    rows = await worker.rows.page(subscriber.pool, state=state, is_failing=failing, after=after, size=size)
    return Page[SubscriptionOut].cut(
        [SubscriptionOut.of(row) for row in rows], size, rows[-1].contact_id if rows else ""
    )


@router.get("/subscriptions/summary")
async def summarise(subscriber: CurrentSubscriber) -> SummaryOut:
    """How many there are of each kind, and why they fail."""
    return await showing.summary(subscriber)


@router.post("/subscriptions/retries")
async def retry(
    subscriber: CurrentSubscriber,
    worker: CurrentWorker,
    request: Annotated[RetryRequest, Body()] = RetryRequest(),  # noqa: B008
) -> RetriedOut:
    """Tries what failed at once, not when its pause is over."""
    async with subscriber.pool.acquire() as connection, connection.transaction():
        retried = await worker.rows.try_again(connection, request.contact_ids, dt.datetime.now(dt.UTC))
    worker.wake()
    return RetriedOut(retried=retried)


@router.get("/synchronisation")
async def show_synchronisation(subscriber: CurrentSubscriber) -> FollowingOut:
    """How far events were read, and the latest synchronisations."""
    return await showing.followed(subscriber.pool)


@router.post(
    "/synchronisation",
    response_model=SynchronisationOut,
    responses=_goes_on(FollowingOut)
    | responses(
        *problems.of(errors.NotFollowing, errors.OtherProvider, errors.SynchronisationUnderWay),
        *problems.REGISTER,
    ),
)
async def synchronise(
    subscriber: CurrentSubscriber,
    errands: CurrentErrands,
    request: Annotated[SynchroniseRequest, Body()] = SynchroniseRequest(),  # noqa: B008
) -> SynchronisationOut | Response:
    """Synchronises now: reads events, and queues an update of each contact that they concern."""
    work = synchronising.synchronise(subscriber, reason=Reason.ASKED, full=request.full)
    made = await errands.within(request.wait_seconds, work)
    return SynchronisationOut.of(made) if made else _accepted(await showing.followed(subscriber.pool))


@router.get("/drift")
async def show_drift(subscriber: CurrentSubscriber) -> DriftsOut:
    """The latest comparisons with the register."""
    return await showing.drifts(subscriber.pool)


@router.post(
    "/drift",
    response_model=DriftOut,
    responses=_goes_on(DriftsOut)
    | responses(
        *problems.of(errors.NotFollowing, errors.OtherProvider, errors.DriftUnderWay), *problems.REGISTER
    ),
)
async def compare(
    subscriber: CurrentSubscriber,
    errands: CurrentErrands,
    request: Annotated[DriftRequest, Body()] = DriftRequest(),  # noqa: B008
) -> DriftOut | Response:
    """Compares contacts with the register now."""
    wish = subscriber.settings.drift
    sample = None if request.everything else request.sample or wish.sample
    is_queueing = wish.is_queueing if request.is_queueing is None else request.is_queueing
    work = drift.compare(subscriber, sample=sample, is_queueing=is_queueing)
    made = await errands.within(request.wait_seconds, work)
    return DriftOut.of(made) if made else _accepted(await showing.drifts(subscriber.pool))


@router.post("/connection/test")
async def test(subscriber: CurrentSubscriber) -> ConnectionTestOut:
    """Tries the way to the provider of updates step by step: settings, name, network, encryption, authorisation, a sample call."""
    return ConnectionTestOut.of(
        subscriber.lookup.provider, [step async for step in subscriber.provider.steps()]
    )


def _accepted(told: BaseModel) -> Response:
    return JSONResponse(told.model_dump(mode="json"), status_code=202)
