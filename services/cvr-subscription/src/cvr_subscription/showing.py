"""What API and commands show, read from the store."""

from registerbro.database import Pool

from cvr_subscription import drift, following, synchronising
from cvr_subscription.subscriber import Subscriber, mode_of
from cvr_subscription.views import DriftOut, DriftsOut, FollowingOut, SummaryOut
from cvr_subscription.worker import rows_of

LATEST = 10


async def summary(subscriber: Subscriber) -> SummaryOut:
    """How many subscriptions there are."""
    return SummaryOut.of(await mode_of(subscriber.pool), await rows_of(subscriber).summary(subscriber.pool))


async def followed(pool: Pool) -> FollowingOut:
    """How far events were read, and the latest synchronisations."""
    known, latest = await following.read(pool), await synchronising.latest(pool, LATEST)
    return FollowingOut.of(known, latest, is_under_way=await synchronising.is_under_way(pool))


async def drifts(pool: Pool) -> DriftsOut:
    """The latest comparisons."""
    latest = [DriftOut.of(each) for each in await drift.latest(pool, LATEST)]
    return DriftsOut(is_under_way=await drift.is_under_way(pool), latest=latest)
