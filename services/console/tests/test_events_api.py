"""Events over HTTP: what was sent; dead letters shown without what strangers wrote, replayed to an end, discarded."""

import datetime as dt
import hashlib
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.bus import dead_letters, outbox
from registerbro.bus.port import Park
from registerbro.database import Connection, Pool
from registerbro.events import CaseOpened, ContactUpdated, Event, FeatureChanged
from registerbro.settings import Settings

from tests.support.bus import Transport, consumer, deliver, effects, has_effects, leave_effect, some_events
from tests.support.console_watching import slug, watching
from tests.support.waiting import until

LETTERS = "/events/dead-letters"
TRACE = "a" * 32


@pytest.fixture
async def operator(service_settings: Settings, issuer: DevelopmentIssuer) -> AsyncIterator[httpx.AsyncClient]:
    async with watching(service_settings, issuer, Scope.EVENTS_REPLAY, user="olsen") as client:
        yield client


async def bury(pool: Pool, body: bytes, consumer: str = "test.a", reason: str = "no such contact") -> int:
    async with pool.acquire() as connection:
        await dead_letters.store(
            connection, consumer=consumer, routing_key="Jens Hansen", body=body, reason=reason, attempts=1
        )
        return (await dead_letters.find(connection))[0].dead_letter_id


async def test_what_was_sent_is_listed_and_shown(operator: httpx.AsyncClient, pool: Pool) -> None:
    events = [
        Event(ContactUpdated(7, 2, ("name",)), traceparent=f"00-{TRACE}-{'b' * 16}-01"),
        Event(ContactUpdated(8, 2, ("name",))),
        Event(FeatureChanged("CPR", is_enabled=True)),
    ]
    async with pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, events)

    async def is_published() -> bool:
        items = (await operator.get("/events")).json()["items"]
        return len(items) == 3 and all(each["published_at"] for each in items)

    await until(is_published)
    await pool.execute(
        "update outbox set created_at = created_at - interval '40 days'"
    )  # kept longer than usual
    newest = sorted(events, key=lambda event: event.id, reverse=True)
    first = (await operator.get("/events", params={"limit": 2})).json()
    rest = (await operator.get("/events", params={"limit": 2, "after": first["next"]})).json()
    items = first["items"] + rest["items"]
    assert ([each["event_id"] for each in items], rest["next"]) == ([str(event.id) for event in newest], None)
    filters: list[tuple[dict[str, Any], list[Event]]] = [
        ({"type": "contact.updated"}, events[:2]),
        ({"type": "dk.registerbro.contact.updated.v1", "contact_id": 8}, events[1:2]),
        ({"contact_id": 7}, events[:1]),
        ({"state": "waiting"}, []),
        ({"state": "unrouted"}, events),
        ({"to": (dt.datetime.now(dt.UTC) - dt.timedelta(days=41)).isoformat()}, []),
    ]
    for asked, expected in filters:
        found = (await operator.get("/events", params=asked)).json()["items"]
        assert {each["event_id"] for each in found} == {str(event.id) for event in expected}, asked
    shown = (await operator.get(f"/events/{events[0].id}")).json()
    assert (shown["contact_id"], shown["trace_id"], shown["type"]) == (7, TRACE, events[0].type)
    assert shown["event"] == orjson.loads(events[0].to_cloudevent_json())
    unknown = await operator.get(f"/events/{uuid.uuid4()}")
    assert (unknown.status_code, slug(unknown)) == (404, "event-unknown")
    for wrong in ({"after": "2026-13-01_" + "0" * 36}, {"contact_id": 0}, {"from": "yesterday"}, {"type": "a b"}, {"state": "lost"},
                  {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}):  # fmt: skip
        assert (await operator.get("/events", params=wrong)).status_code == 422, wrong


async def test_counts_tell_what_was_sent_lately_and_what_each_consumer_gave_up(
    operator: httpx.AsyncClient, pool: Pool
) -> None:
    events = [Event(ContactUpdated(number, 2, ("name",))) for number in (1, 2, 3)]
    async with pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, [*events, Event(FeatureChanged("CPR", is_enabled=True))])

    async def is_published() -> bool:
        return bool((await operator.get("/events/counts")).json()["waiting"] == 0)

    await until(is_published)
    await pool.execute(
        "update outbox set created_at = created_at - interval '2 hours' where event_id = $1", events[0].id
    )
    await bury(pool, b"one")
    await bury(pool, b"two", consumer="test.b")
    counts = (await operator.get("/events/counts")).json()
    assert counts["sent"] == [
        {"type": "contact.updated", "sent": 2, "unrouted": 2},
        {"type": "feature.changed", "sent": 1, "unrouted": 1},
    ]
    assert (counts["dead_letters"], counts["oldest_waiting"]) == ({"test.a": 1, "test.b": 1}, None)
    longer = (await operator.get("/events/counts", params={"minutes": 240})).json()
    assert longer["sent"][0]["sent"] == 3
    assert (await operator.get("/events/counts", params={"minutes": 0})).status_code == 422


async def test_an_event_is_shown_with_what_became_of_it(operator: httpx.AsyncClient, pool: Pool) -> None:
    event = Event(ContactUpdated(7, 2, ("name",)))
    async with pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, [event])
    day = await pool.fetchval("select event_day from outbox where event_id = $1", event.id)
    await pool.execute(
        "insert into inbox (event_day, consumer, event_id) values ($1, 'test.c', $2)", day, event.id
    )
    given_up = await bury(pool, event.to_cloudevent_json().encode(), consumer="test.b")
    await pool.execute(
        "insert into delivery (consumer, event_id, event_day, routing_key, body)"
        " values ('test.d', $1, $2, 'contact.updated', 'x')",
        event.id,
        day,
    )
    shown = (await operator.get(f"/events/{event.id}")).json()["deliveries"]
    assert [(each["consumer"], each["state"], each["dead_letter_id"]) for each in shown] == [
        ("test.b", "given-up", given_up),
        ("test.c", "handled", None),
        ("test.d", "waiting", None),
    ]


async def test_nothing_that_strangers_wrote_is_shown(operator: httpx.AsyncClient, pool: Pool) -> None:
    """A message that is no event of ours, and one of ours with members that ours do not have."""
    poison = b"Jens Hansen, 010160-1234, Vestergade 1"
    opened = orjson.loads(Event(CaseOpened("", (7,)), source="case-system").to_cloudevent_json())
    opened["data"]["case_reference"] = "case 010160-1234"
    opened["data"]["name"] = opened["name"] = opened["traceparent"] = "Jens Hansen"
    ids = [await bury(pool, poison), await bury(pool, orjson.dumps(opened))]
    answers = [await operator.get(f"{LETTERS}/{each}") for each in ids] + [await operator.get(LETTERS)]
    for answer in answers:
        for private in ("Hansen", "010160-1234", "Vestergade"):
            assert private not in answer.text
    unread, read = answers[0].json(), answers[1].json()
    assert (unread["event"], unread["type"], unread["event_id"]) == (None, None, None)
    assert (unread["size_bytes"], unread["sha256"]) == (len(poison), hashlib.sha256(poison).hexdigest())
    assert read["event"]["data"] == {"case_reference": "case 010160-xxxx", "contact_ids": [7]}
    assert set(read["event"]) == {"specversion", "id", "source", "type", "time", "datacontenttype", "data"}
    assert read["type"] == "dk.registerbro.case.opened.v1"


async def test_letters_are_filtered_replayed_and_discarded_one_by_one_or_many(
    operator: httpx.AsyncClient, pool: Pool
) -> None:
    bodies = [event.to_cloudevent_json().encode() for event in some_events(5)]
    ids = [await bury(pool, body, consumer=f"test.{'ab'[each % 2]}") for each, body in enumerate(bodies)]
    other = await bury(pool, b"no JSON", reason="NotACloudEvent: body: json_invalid")

    async def listed(**asked: Any) -> list[int]:
        answer = await operator.get(LETTERS, params=asked)
        assert answer.status_code == 200, answer.text
        return [each["dead_letter_id"] for each in answer.json()["items"]]

    assert await listed() == [other, *reversed(ids)]
    assert await listed(consumer="test.b") == [ids[3], ids[1]]
    assert await listed(type="contact.updated", limit=2, after=ids[4]) == [ids[3], ids[2]]
    assert await listed(reason="json") == [other]

    one = await operator.post(f"{LETTERS}/{ids[0]}/replay")
    assert (one.status_code, one.json()["state"], one.json()["replay_requested_by"]) == (
        202,
        "replay-requested",
        "olsen",
    )
    gone = await operator.post(f"{LETTERS}/{ids[1]}/discard", json={"reason": "sent twice, for 010160-1234"})
    assert (gone.json()["state"], gone.json()["discarded_by"], gone.json()["discard_reason"]) == (
        "discarded", "olsen", "sent twice, for 010160-xxxx",
    )  # fmt: skip
    again = await operator.post(f"{LETTERS}/{ids[1]}/replay")
    assert (again.status_code, slug(again)) == (409, "dead-letter-not-open")
    for action in ("replay", "discard"):
        unknown = await operator.post(f"{LETTERS}/99/{action}", json={"reason": "x"})
        assert (unknown.status_code, slug(unknown)) == (404, "dead-letter-unknown")

    many = await operator.post(
        f"{LETTERS}/replay", json={"consumer": "test.a", "type": "contact.updated", "limit": 1}
    )
    assert (many.status_code, many.json()) == (202, {"count": 1, "is_all": False})
    assert await listed(state="replay-requested") == [ids[2], ids[0]], "the oldest that nobody had asked for"
    rest = await operator.post(f"{LETTERS}/replay", json={"ids": [*ids, 99]})
    assert rest.json() == {"count": 2, "is_all": True}
    discarded = await operator.post(
        f"{LETTERS}/discard", json={"which": {"reason_contains": "json"}, "reason": "no event"}
    )
    assert discarded.json() == {"count": 1, "is_all": True}
    assert await listed(state=["open"]) == []
    assert await listed(state=["discarded", "replay-requested"]) == [other, *reversed(ids)]
    for path, wrong in (
        ("replay", {}), ("replay", {"limit": 5}), ("replay", {"ids": []}), ("replay", {"ids": ["1"]}),
        ("discard", {"reason": "x"}), ("discard", {"which": {"ids": [1]}}), ("discard", {"which": {}, "reason": "x"}),
        (f"{ids[0]}/discard", {"reason": " "}),
    ):  # fmt: skip
        assert (await operator.post(f"{LETTERS}/{path}", json=wrong)).status_code == 422, (path, wrong)
    method = await operator.get(f"{LETTERS}/replay")
    assert (method.status_code, method.headers["allow"]) == (405, "POST")


@pytest.fixture(
    params=[pytest.param("rabbitmq", marks=pytest.mark.xdist_group("rabbitmq")), pytest.param("in-process")]
)
def transport(request: pytest.FixtureRequest) -> Transport:
    """The bus of the consumers, which is none of the console's business."""
    return Transport(
        request.param, request.getfixturevalue("rabbitmq_url") if request.param == "rabbitmq" else ""
    )


async def test_a_replay_shows_how_it_ended_and_poison_never_vanishes(
    transport: Transport, operator: httpx.AsyncClient, pool: Pool
) -> None:
    await pool.execute("create table effect (consumer text not null, event_id uuid not null)")
    events = some_events(3)
    cured: set[uuid.UUID] = set()

    async def handler(event: Event, connection: Connection) -> None:
        if event.id not in cured:
            raise Park("not repaired")
        await leave_effect(connection, event)

    async def by_state() -> dict[str, list[dict[str, Any]]]:
        states = ("open", "replay-requested", "replayed", "handled", "came-back", "discarded")
        items = (await operator.get(LETTERS, params={"state": states})).json()["items"]
        return {state: [each for each in items if each["state"] == state] for state in states}

    def has(**counts: int) -> Any:
        async def condition() -> bool:
            found = {state: len(letters) for state, letters in (await by_state()).items() if letters}
            return found == {name.replace("_", "-"): count for name, count in counts.items()}

        return condition

    async with transport.running(pool, consumer(handler, name="test.watched")) as bus:
        await deliver(bus, pool, "poison", *(event.to_cloudevent_json() for event in events))
        await until(has(open=4))
        cured.add(events[0].id)
        asked = await operator.post(f"{LETTERS}/replay", json={"consumer": "test.watched"})
        assert asked.json() == {"count": 4, "is_all": True}
        await until(has(handled=1, came_back=3, open=3))
        await until(has_effects(pool, events[0], name="test.contacts"))
        found = await by_state()
        assert found["handled"][0]["event_id"] == str(events[0].id)
        assert found["handled"][0]["handled_at"]
        assert {each["came_back_as"] for each in found["came-back"]} == {
            each["dead_letter_id"] for each in found["open"]
        }
        poison = [each["dead_letter_id"] for each in found["open"] if each["event_id"] is None]
        assert len(poison) == 1, "it is there, however often it fails"
        cured.update(event.id for event in events)
        await operator.post(f"{LETTERS}/{poison[0]}/discard", json={"reason": "no event"})
        await operator.post(f"{LETTERS}/replay", json={"type": "contact.updated"})
        await until(has(handled=5, came_back=1, discarded=1))
    assert sorted(await effects(pool)) == sorted(event.id for event in events)
