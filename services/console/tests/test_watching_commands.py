"""``console audit`` and ``console events``: what the API does, from a terminal; a number by standard input only."""

import uuid

from registerbro.audit import Auditor, Purpose
from registerbro.auth import Caller
from registerbro.bus import dead_letters, outbox
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool
from registerbro.events import ContactUpdated, Event

from tests.support.console_watching import YESTERDAY, Row, console, logged
from tests.support.services import AUDIT_KEY

NUMBER = CprNumber.parse("2504619996")
WHY = ("--purpose", "a complaint")


async def test_the_log_is_searched_reported_and_checked(pool: Pool, database_url: str) -> None:
    auditor = Auditor(pool, AUDIT_KEY, "cpr-direct")
    inquiry = await auditor.asked(
        Caller("case-system", "anna", frozenset()),
        "search-person",
        Purpose(purpose="child support"),
        number=NUMBER,
    )
    await auditor.delivered(inquiry, contact_ids=[7], fields=["name1"])
    await logged(pool, [Row(uuid.uuid4()) for _ in range(3)])

    found = await console(
        database_url, "audit", "search", "--number-from-input", "--json", *WHY, typed=f"{NUMBER.value}\n"
    )
    assert (found.code, [each["purpose"] for each in found.json]) == (0, ["child support"]), found.err
    table = await console(database_url, "audit", "search", "--client", "case-system", "--stage", "delivered")
    assert ("anna" in table.out, table.out.count("search-person")) == (True, 1)
    refused = await console(database_url, "audit", "search", "--contact", "7")
    assert (refused.code, "purpose is missing" in refused.err) == (1, True)
    on_the_line = await console(database_url, "audit", "report", NUMBER.value, *WHY)
    assert (on_the_line.code, "standard input" in on_the_line.err) == (2, True)
    assert NUMBER.value not in on_the_line.out + on_the_line.err
    report = await console(database_url, "audit", "report", "--csv", *WHY, typed=NUMBER.value)
    heading, first, *rest = report.out.splitlines()
    assert heading.startswith("at,client,organisation")
    assert ("child support" in first, len(rest), "anna" in report.out) == (True, 1, False), (
        "the search is told, too"
    )
    nobody = await console(database_url, "audit", "report", *WHY, typed="12\n")
    assert (nobody.code, nobody.err) == (2, "console: not a CPR number: ten digits expected\n")

    days = ("--first-day", str(YESTERDAY), "--last-day", str(YESTERDAY))
    check = (
        await console(database_url, "audit", "spot-check", "draw", *days, "--size", "1", "--json", *WHY)
    ).json
    assert (check["population"], len(check["items"])) == (3, 1)
    spot, audit_id = str(check["check_id"]), check["items"][0]["audit_id"]
    assert (await console(database_url, "audit", "spot-check", "close", spot)).code == 1
    judged = await console(database_url, "audit", "spot-check", "judge", spot, audit_id, "ok", "--json")
    assert judged.json[0]["judged"] == 1
    assert (await console(database_url, "audit", "spot-check", "close", spot)).code == 0
    assert audit_id in (await console(database_url, "audit", "spot-check", "show", spot)).out
    assert (await console(database_url, "audit", "spot-check", "list")).out == "nothing\n"


async def test_events_are_listed_and_dead_letters_dealt_with(pool: Pool, database_url: str) -> None:
    event = Event(ContactUpdated(7, 2, ("name",)))
    async with pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, [event])
        for body in (event.to_cloudevent_json().encode(), b"Jens Hansen"):
            await dead_letters.store(
                connection,
                consumer="test.a",
                routing_key="contact.updated",
                body=body,
                reason="no such contact",
                attempts=5,
            )
    sent = await console(database_url, "events", "list", "--contact", "7", "--json")
    assert (sent.code, [each["event_id"] for each in sent.json]) == (0, [str(event.id)]), sent.err
    letters = ("events", "dead-letters")
    poison, good = (
        each["dead_letter_id"] for each in (await console(database_url, *letters, "list", "--json")).json
    )
    shown = await console(database_url, *letters, "show", str(poison))
    assert ("not shown" in shown.out, "Hansen" in shown.out) == (True, False)
    assert str(event.id) in (await console(database_url, *letters, "show", str(good))).out
    assert (await console(database_url, *letters, "replay")).code == 2
    replayed = await console(database_url, *letters, "replay", "--type", "contact.updated", "--json")
    assert replayed.json == {"count": 1, "is_all": True}
    discarded = await console(database_url, *letters, "discard", str(poison), "--reason", "no event")
    assert (discarded.code, discarded.out) == (0, "1 are discarded\n")
    left = (await console(database_url, *letters, "list", "--json")).json
    assert [(each["dead_letter_id"], each["state"]) for each in left] == [(good, "replay-requested")]
    gone = await console(database_url, *letters, "show", "99")
    assert (gone.code, gone.err) == (1, "console: there is no dead letter of that id\n")
