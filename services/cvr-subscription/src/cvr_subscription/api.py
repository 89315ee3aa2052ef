"""The HTTP routes: subscriptions, synchronisation, comparison. Reading works while the modules are off."""

import datetime as dt
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Body, Depends, Query
from pydantic import Field
from registerbro.api import After, Page, Request, Size, Whole
from registerbro.auth import Scope, Scopes
from registerbro.ids import LAST_ID
from registerbro.problems import responses
from registerbro.service import CurrentService

from cvr_subscription import drift, errors, problems, showing, synchronising
from cvr_subscription.subscriber import Subscriber
from cvr_subscription.subscriptions import State
from cvr_subscription.synchronising import Reason
from cvr_subscription.views import (
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
RUNS = (("POST", "/subscriptions/retries"), ("POST", "/synchronisation"), ("POST", "/drift"))
SCOPES: Scopes = dict.fromkeys((*READS, *RUNS), Scope.CVR_UPDATE_RUN)
MOST = 1000
router = APIRouter(tags=["cvr-subscription"])


async def _subscriber(service: CurrentService) -> Subscriber:
    return service.get(Subscriber)


async def _worker(service: CurrentService) -> Worker:
    return service.get(Worker)


CurrentSubscriber: TypeAlias = Annotated[Subscriber, Depends(_subscriber)]
CurrentWorker: TypeAlias = Annotated[Worker, Depends(_worker)]
ContactId: TypeAlias = Annotated[int, Field(ge=1, le=LAST_ID), Whole]


class RetryRequest(Request):
    """Which failed subscriptions are tried at once."""

    contact_ids: list[ContactId] | None = Field(
        default=None, min_length=1, max_length=MOST, description="of these contacts; null: all that failed"
    )


class SynchroniseRequest(Request):
    """How to synchronise."""

    full: bool = Field(default=False, description="queue an update of every contact, with a new token")


class DriftRequest(Request):
    """How to compare; what is not given is as the settings have it."""

    sample: Annotated[int, Field(ge=1, le=10_000_000), Whole] | None = Field(
        default=None, description="contacts, chosen at random"
    )
    everything: bool = Field(default=False, description="all contacts, not a sample")
    is_queueing: bool | None = Field(default=None, description="whether contacts that differ are updated")


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
    responses=responses(
        *problems.of(errors.NotFollowing, errors.OtherProvider, errors.SynchronisationUnderWay),
        *problems.REGISTER,
    ),
)
async def synchronise(
    subscriber: CurrentSubscriber,
    request: Annotated[SynchroniseRequest, Body()] = SynchroniseRequest(),  # noqa: B008
) -> SynchronisationOut:
    """Synchronises now: reads events, and queues an update of each contact that they concern."""
    made = await synchronising.synchronise(subscriber, reason=Reason.ASKED, full=request.full)
    return SynchronisationOut.of(made)


@router.get("/drift")
async def show_drift(subscriber: CurrentSubscriber) -> DriftsOut:
    """The latest comparisons with the register."""
    return await showing.drifts(subscriber.pool)


@router.post(
    "/drift",
    responses=responses(
        *problems.of(errors.NotFollowing, errors.OtherProvider, errors.DriftUnderWay), *problems.REGISTER
    ),
)
async def compare(
    subscriber: CurrentSubscriber,
    request: Annotated[DriftRequest, Body()] = DriftRequest(),  # noqa: B008
) -> DriftOut:
    """Compares contacts with the register now; answers when it is done."""
    wish = subscriber.settings.drift
    sample = None if request.everything else request.sample or wish.sample
    is_queueing = wish.is_queueing if request.is_queueing is None else request.is_queueing
    return DriftOut.of(await drift.compare(subscriber, sample=sample, is_queueing=is_queueing))
