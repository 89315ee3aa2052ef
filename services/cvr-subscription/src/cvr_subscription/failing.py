"""Why a subscription could not be worked on, as a constant, and when it is tried again."""

import datetime as dt

from registerbro.registers.errors import AccessRefused, RegisterError, RegisterUnavailable
from registerbro.registers.presentation import presentation

from cvr_subscription.settings import SubscribingSettings
from cvr_subscription.subscriptions import UNKNOWN, Claimed, Failure

NUMBER_UNUSABLE = "number-unusable"  # the contact has none that the register could know
TAKEN = "unit-subscribed-otherwise"  # another contact's subscription of the same unit is not over yet
WITHOUT_ID = "unit-without-id"  # the provider told no id that could be subscribed
RARELY = frozenset({UNKNOWN, NUMBER_UNUSABLE})


def of_error(
    claimed: Claimed, error: RegisterError, now: dt.datetime, settings: SubscribingSettings
) -> Failure:
    """The failure that a provider's error is, tried again not before the provider says."""
    wait = pause(claimed.attempts, settings)
    if isinstance(error, RegisterUnavailable) and error.retry_after is not None:
        wait = max(wait, error.retry_after)
    return Failure(claimed.contact_id, presentation(error).slug, now + wait)


def of_slug(claimed: Claimed, slug: str, now: dt.datetime, settings: SubscribingSettings) -> Failure:
    """The failure of this name."""
    rare = dt.timedelta(seconds=settings.unknown_pause_seconds)
    return Failure(
        claimed.contact_id, slug, now + (rare if slug in RARELY else pause(claimed.attempts, settings))
    )


def pause(failures: int, settings: SubscribingSettings) -> dt.timedelta:
    """How long to wait after one more failure: twice as long each time, up to a limit."""
    seconds = settings.first_pause_seconds * 2 ** min(failures, 30)
    return dt.timedelta(seconds=min(seconds, settings.longest_pause_seconds))


def concerns_all(error: RegisterError) -> bool:
    """Whether asking about other units makes no sense at the moment."""
    return isinstance(error, RegisterUnavailable | AccessRefused)
