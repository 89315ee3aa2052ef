"""What went over the bus: page by page, by type, contact, state and time; one event wherever it stands."""

import datetime as dt

import pytest
from registerbro.bus import outbox, sent
from registerbro.bus.sent import SentFilter, SentState
from registerbro.database import Connection, Pool
from registerbro.events import (
    ContactImported,
    ContactMerged,
    ContactUpdated,
    Event,
    FeatureChanged,
    new_event_id,
)

NOW = dt.datetime.now(dt.UTC)
SUBJECTS = ("contact_id", "merged_contact_id")
TODAY = SentFilter(NOW - dt.timedelta(days=1), NOW + dt.timedelta(days=1))


@pytest.fixture
async def events(pool: Pool) -> list[Event]:
    """Sent one after the other."""
    events = [
        Event(ContactImported(12, 1, "CPR")),
        Event(ContactUpdated(1, 2, ("name",)), traceparent=f"00-{'a' * 32}-{'b' * 16}-01"),
        Event(ContactMerged(9, 3, 12)),
        Event(ContactUpdated(112, 12, ("name",))),
        Event(FeatureChanged("CPR", is_enabled=True)),
        Event(ContactUpdated(12, 12, ("name",))),
    ]
    async with pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, events)
    await pool.execute("update outbox set published_at = now(), is_unrouted = routing_key like 'feature%'")
    await pool.execute("update outbox set published_at = null where event_id = $1", events[-1].id)
    return sorted(events, key=lambda event: event.id, reverse=True)


async def ids(connection: Connection, asked: SentFilter) -> list[object]:
    return [each.event_id for each in await sent.find(connection, asked, size=100)]


async def test_events_come_newest_first_and_page_by_page(events: list[Event], pool: Pool) -> None:
    async with pool.acquire() as connection:
        first = await sent.find(connection, TODAY, size=3)
        rest = await sent.find(connection, TODAY, before=first[-1].position, size=3)
    assert [each.event for each in (*first, *rest)] == events


async def test_filters_choose(events: list[Event], pool: Pool) -> None:
    def of(*types: type) -> list[object]:
        return [each.id for each in events if isinstance(each.data, types)]

    def asked(**filters: object) -> SentFilter:
        return SentFilter(TODAY.since, TODAY.until, **filters)  # type: ignore[arg-type]

    async with pool.acquire() as connection:
        assert await ids(connection, asked(name="contact.updated")) == of(ContactUpdated)
        twelve = [each.id for each in events if 12 in (getattr(each.data, name, 0) for name in SUBJECTS)]
        assert await ids(connection, asked(contact_id=12)) == twelve
        assert len(twelve) == 3
        assert await ids(connection, asked(states=[SentState.UNROUTED])) == of(FeatureChanged)
        assert await ids(connection, asked(states=[SentState.WAITING], contact_id=12)) == [
            each.id for each in events if each.data == ContactUpdated(12, 12, ("name",))
        ]
        assert (
            await ids(connection, SentFilter(NOW - dt.timedelta(hours=2), NOW - dt.timedelta(hours=1))) == []
        )


async def test_one_event_is_found_by_its_id(events: list[Event], pool: Pool) -> None:
    (switched,) = (each for each in events if isinstance(each.data, FeatureChanged))
    async with pool.acquire() as connection:
        found = await sent.get(connection, switched.id)
        assert found is not None
        assert (found.event, found.state, found.type) == (switched, SentState.UNROUTED, switched.type)
        assert await sent.get(connection, new_event_id()) is None


async def test_an_event_of_a_later_version_is_listed_all_the_same(events: list[Event], pool: Pool) -> None:
    await pool.execute(
        "update outbox set body = replace(body, '.v1', '.v99') where event_id = $1", events[0].id
    )
    async with pool.acquire() as connection:
        (first, *_) = await sent.find(connection, TODAY, size=1)
    assert (first.event_id, first.event) == (events[0].id, None)
