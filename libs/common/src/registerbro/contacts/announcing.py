"""The events of what a merge or a hand changed."""

import datetime as dt
from collections.abc import Iterator
from typing import Literal, TypeAlias, cast

from registerbro.contacts.deciding import Change
from registerbro.events import (
    ContactCreated,
    ContactImported,
    ContactMerged,
    ContactRenumbered,
    ContactUpdated,
    CprSubscriptionChanged,
    Event,
    EventData,
)

SourceName: TypeAlias = Literal["CPR", "CVR-J"]


def events(change: Change, source: str, now: dt.datetime) -> Iterator[Event]:
    """What to tell of one changed contact."""
    for data in _facts(change, source):
        yield Event(data, time=now)


def merged_event(absorbed: Change, survivor_version: int, now: dt.datetime) -> Event | None:
    """That a contact became another one; nothing of a placeholder, which nobody was told of."""
    survivor = absorbed.after.merged_into
    if absorbed.before is None or absorbed.before.version == 0 or survivor is None:
        return None
    return Event(ContactMerged(survivor, survivor_version, absorbed.after.contact_id), time=now)


def _facts(change: Change, source: str) -> Iterator[EventData]:
    before, after = change.before, change.after
    if change.is_import:
        yield ContactImported(after.contact_id, after.version, cast("SourceName", source))
        return
    if before is None or before.version == 0:
        yield ContactCreated(after.contact_id, after.version)
        return
    if change.groups:
        yield ContactUpdated(after.contact_id, after.version, change.groups)
    if before.name_code != after.name_code:
        yield ContactRenumbered(after.contact_id, after.version)
    was, now_is = (
        each.source.subscription.is_subscribed if each.source else False for each in (before, after)
    )
    if was != now_is and source == "CPR":
        yield CprSubscriptionChanged(after.contact_id, after.version, now_is)
