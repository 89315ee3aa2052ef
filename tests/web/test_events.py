"""Pages of events: what was sent; what was given up, delivered again or discarded."""

import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from console.people.roles import Role
from registerbro.bus import dead_letters, outbox
from registerbro.events import ContactUpdated, Event, FeatureChanged

from tests.support.waiting import until
from tests.support.web_stage import Browser, WebStage, text

pytestmark = [pytest.mark.xdist_group("web pages"), pytest.mark.asyncio(loop_scope="package")]
CONTACT = 712_345
NOBODY = "test.nobody"  # a consumer that no service has: what is replayed to it stays as it is


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def operator(stage: WebStage) -> AsyncIterator[Browser]:
    async with stage.browser(Role.OPERATOR) as browser:
        yield browser


async def bury(
    stage: WebStage, body: bytes, *, reason: str = "no such contact", consumer: str = NOBODY
) -> int:
    """A message that was given up."""
    async with stage.installation.pool.acquire() as connection:
        await dead_letters.store(
            connection, consumer=consumer, routing_key="contact.updated", body=body, reason=reason, attempts=5
        )
        found: int = await connection.fetchval("select max(dead_letter_id) from dead_letter")
        return found


async def state_of(stage: WebStage, letter: int) -> str:
    async with stage.installation.pool.acquire() as connection:
        which = dead_letters.Which(ids=[letter])
        return (await dead_letters.find(connection, which, states=None))[0].state


def message() -> bytes:
    return Event(ContactUpdated(CONTACT, 2, ("name",))).to_cloudevent_json().encode()


async def test_events_are_found_by_type_contact_outcome_and_time(stage: WebStage, operator: Browser) -> None:
    events = [Event(ContactUpdated(CONTACT, 2, ("name",))), Event(FeatureChanged("CPR", is_enabled=True))]
    async with stage.installation.pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, events)

    async def is_published() -> bool:
        return not await stage.installation.pool.fetchval(
            "select count(*) from outbox where published_at is null"
        )

    await until(is_published)

    async def found(query: str) -> set[str]:
        page = await operator.open(f"/ui/events?{query}")
        return {str(link["href"]).rsplit("/", 1)[1] for link in page.select("tbody th a")}

    mine = str(events[0].id)
    assert await found(f"contact_id={CONTACT}") == {mine}
    assert await found(f"contact_id={CONTACT}&type=feature.changed") == set()
    assert await found(f"contact_id={CONTACT}&state=waiting") == set()
    assert await found(f"contact_id={CONTACT}&from=2026-01-01T00:00") == {mine}
    assert await found(f"contact_id={CONTACT}&to=2026-01-01T00:00") == set()
    page = await operator.open(f"/ui/events/{mine}")
    assert text(page, "h1") == "contact.updated"
    assert page.select_one(f"dd a[href='/ui/contacts/{CONTACT}']") is not None
    assert f'"contact_id": {CONTACT}' in text(page, "pre")


async def test_a_filter_that_is_wrong_is_said_at_its_field(operator: Browser) -> None:
    page = await operator.open("/ui/events?contact_id=many&type=contact.updated", status=422)
    assert page.select_one("#contact_id[aria-invalid][value='many']") is not None
    assert page.select_one("#type option[value='contact.updated'][selected]") is not None
    await operator.open(f"/ui/events/{uuid.uuid4()}", status=404)


async def test_what_became_of_an_event_leads_to_its_dead_letter(stage: WebStage, operator: Browser) -> None:
    event = Event(ContactUpdated(CONTACT, 3, ("name",)))
    async with stage.installation.pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, [event])
    letter = await bury(stage, event.to_cloudevent_json().encode())
    page = await operator.open(f"/ui/events/{event.id}")
    link = page.select_one(f"a[href='/ui/events/dead-letters/{letter}']")
    assert link is not None
    row = link.find_parent("tr")
    assert row is not None
    assert NOBODY in row.get_text()
    await operator.send(
        "/ui/events/dead-letters/discard", {"ids": letter, "why": "tidied up", "confirmed": "yes"}
    )


async def test_one_is_delivered_again_another_discarded_after_a_question(
    stage: WebStage, operator: Browser
) -> None:
    again, gone, left = [await bury(stage, message()) for _ in range(3)]
    page = await operator.open(f"/ui/events/dead-letters?consumer={NOBODY}")
    shown = {str(each["value"]) for each in page.select("input[name=ids]")}
    assert shown >= {str(again), str(gone), str(left)}
    page = await operator.send("/ui/events/dead-letters/replay", {"ids": again})
    assert "Delivered again: 1." in text(page, ".notice")
    assert await state_of(stage, again) == "replay-requested"
    sent = {"ids": gone, "why": "sent twice <b>"}
    page = await operator.send("/ui/events/dead-letters/discard", sent)
    assert "Reason: sent twice <b>" in text(page)
    assert await state_of(stage, gone) == "open"
    page = await operator.send("/ui/events/dead-letters/discard", {**sent, "confirmed": "yes"})
    assert "Discarded: 1." in text(page, ".notice")
    assert await state_of(stage, gone) == "discarded"
    page = await operator.open(f"/ui/events/dead-letters/{gone}")
    assert "sent twice <b>" in text(page)
    assert page.select_one("main button.danger") is None
    assert await state_of(stage, left) == "open"


async def test_all_of_a_filter_are_discarded_and_no_other(stage: WebStage, operator: Browser) -> None:
    mine = [
        await bury(stage, message(), reason=f"lost key {uuid.uuid4()}", consumer="test.filtered")
        for _ in range(2)
    ]
    other = await bury(stage, message(), reason="something else", consumer="test.filtered")
    page = await operator.send("/ui/events/dead-letters", {"consumer": "test.filtered", "reason": "lost key"})
    assert {str(each["value"]) for each in page.select("input[name=ids]")} == set(map(str, mine))
    assert page.select_one("input[name=which][value=all]") is not None
    sent = {"which": "all", "consumer": "test.filtered", "reason": "lost key", "why": "the key is gone"}
    page = await operator.send("/ui/events/dead-letters/discard", sent)
    assert "All messages of the filter" in text(page)
    await operator.send("/ui/events/dead-letters/discard", {**sent, "confirmed": "yes"})
    assert [await state_of(stage, each) for each in (*mine, other)] == ["discarded", "discarded", "open"]


async def test_nothing_is_discarded_without_a_reason_or_a_choice(stage: WebStage, operator: Browser) -> None:
    letter = await bury(stage, message())
    page = await operator.send(
        "/ui/events/dead-letters/discard", {"ids": letter, "confirmed": "yes"}, status=422
    )
    assert "body/reason" in text(page, ".problem")
    page = await operator.send("/ui/events/dead-letters/replay", {}, status=422)
    assert "body/ids" in text(page, ".problem")
    assert await state_of(stage, letter) == "open"


async def test_what_strangers_wrote_is_not_shown_and_reasons_are_text(
    stage: WebStage, operator: Browser
) -> None:
    letter = await bury(stage, b"Jens Hansen, Vestergade 1", reason="<script>alert(1)</script> no JSON")
    page = await operator.open(f"/ui/events/dead-letters/{letter}")
    assert "may hold anything" in text(page)
    assert "Vestergade" not in str(page)
    assert "<script>alert(1)</script> no JSON" in text(page)
    assert not [each for each in page.select("script") if not each.get("src")]


async def test_counts_are_there_and_renewed(stage: WebStage, operator: Browser) -> None:
    await bury(stage, message(), consumer="test.counted")
    page = await operator.open("/ui/events")
    assert page.select_one("#counts a[href='/ui/events/dead-letters?consumer=test.counted']") is not None
    async with operator.client.stream("GET", "/ui/events/live") as stream:
        lines = stream.aiter_lines()
        part = [await anext(lines) for _ in range(4)]
    assert "event: part" in part
    assert '"id": "counts"' in part[-1]


async def test_who_may_not_replay_sees_no_events(stage: WebStage, viewer: Browser) -> None:
    page = await viewer.open("/ui/clients")
    assert page.select_one("nav a[href='/ui/events']") is None
    for path in ("/ui/events", "/ui/events/live", "/ui/events/dead-letters", "/ui/events/dead-letters/1"):
        await viewer.open(path, status=403)
    await viewer.send("/ui/events/dead-letters/replay", {"ids": 1}, status=403)
    await viewer.send(
        "/ui/events/dead-letters/discard", {"ids": 1, "why": "x", "confirmed": "yes"}, status=403
    )
