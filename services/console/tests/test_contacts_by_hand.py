"""Contacts by hand over HTTP: created, changed, closed, read as they were; refused by name, audited, and hidden where protected."""

import asyncio
import datetime as dt
from typing import Any

import httpx
import pytest
from registerbro.auth import Scope
from registerbro.contacts import merge
from registerbro.contacts.model import Protection, Role
from registerbro.database import Pool

from tests.support.deliveries import IMPORT, NOW, delivery, home, to
from tests.support.odata import WHY, OdataClient
from tests.support.privacy_guard import Place, PrivacyGuard
from tests.support.services import bearer

ANNA, BO = "0101800001", "0202800002"
WRITER = (Scope.CONTACTS_READ, Scope.CONTACTS_WRITE)
TRUSTED = (*WRITER, Scope.PROTECTED_READ)
NEW = {
    "NameType": "C",
    "NameCode": "010180-0001",
    "Name1": "Ane",
    "Name2": "Dam",
    "Info": [{"Label": "Note", "Value": "a"}, {"Label": "Note", "Value": "b"}],
    "Dates": [{"Label": "Ansat", "Value": "2020-05", "Precision": "month"}],
    "Addresses": [{"AddressType": "HA", "Address1": "Hjemme 1", "Postcode": "8000"}],
}


class Writer:
    """Writes contacts as a client with these scopes."""

    def __init__(self, client: OdataClient, *scopes: Scope) -> None:
        self._client = client
        self._headers = {**WHY, **bearer(client.issuer.token(*scopes))}

    async def send(
        self, method: str, path: str, body: Any = None, *, version: int | str | None = None, **headers: str
    ) -> httpx.Response:
        tag = (
            {} if version is None else {"If-Match": f'W/"{version}"' if isinstance(version, int) else version}
        )
        content = {} if body is None else {"json": body}
        said = self._headers | tag | headers
        return await self._client.http.request(method, f"/odata/{path}", headers=said, **content)

    async def add(self, **changes: Any) -> int:
        answer = await self.send("POST", "Contacts", NEW | changes)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["ContactId"])


@pytest.fixture
def writer(odata: OdataClient) -> Writer:
    return Writer(odata, *TRUSTED)


def slug(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["type"]).rsplit("/", 1)[-1]


async def audited(pool: Pool) -> list[tuple[str, str, list[int]]]:
    rows = await pool.fetch(
        "select action, purpose, contact_ids from audit_log where stage = 'imported' order by at"
    )
    return [(row["action"], row["purpose"], row["contact_ids"]) for row in rows]


async def test_a_contact_is_created_read_as_usual_and_audited_with_its_purpose(
    writer: Writer, odata: OdataClient, pool: Pool
) -> None:
    answer = await writer.send("POST", "Contacts", NEW)
    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"].endswith(f"/odata/Contacts({body['ContactId']})")
    assert (answer.headers["etag"], body["@odata.etag"], body["Version"]) == ('W/"1"', 'W/"1"', 1)
    assert body == await odata.json(f"Contacts({body['ContactId']})", *TRUSTED)
    assert (body["Name1"], body["NameCode"]) == ("Ane", ANNA)
    assert body["Info"] == NEW["Info"]
    assert body["HandEdited"] == ["date:Ansat", "info:Note", "name1", "name2"]
    (address,) = await odata.values(f"Contacts({body['ContactId']})/Addresses", *TRUSTED)
    assert (address["Address1"], address["IsChangedByHand"]) == ("Hjemme 1", True)
    assert await audited(pool) == [("contact.create", "a test of queries", [body["ContactId"]])]
    again = await writer.send("POST", "Contacts", NEW)
    assert (*slug(again), again.json()["contact_id"]) == (409, "number-taken", body["ContactId"])
    seen = await pool.fetchval(
        "select contact_ids from audit_log where action = 'contact.create' and stage = 'delivered'"
    )
    assert seen == [body["ContactId"]]


async def test_of_two_who_create_one_number_one_is_told_whose_it_is(writer: Writer, pool: Pool) -> None:
    answers = await asyncio.gather(*(writer.send("POST", "Contacts", NEW) for _ in range(2)))
    assert sorted(each.status_code for each in answers) == [201, 409]
    made, refused = sorted(answers, key=lambda each: each.status_code)
    assert refused.json()["contact_id"] == made.json()["ContactId"]
    assert await pool.fetchval("select count(*) from outbox where routing_key = 'contact.created'") == 1


async def test_what_cannot_be_audited_is_not_written_and_tells_nobody(writer: Writer, pool: Pool) -> None:
    await pool.execute(
        "alter table audit_log add constraint full_disk check (action <> 'contact.create') not valid"
    )
    assert slug(await writer.send("POST", "Contacts", NEW)) == (503, "audit-unavailable")
    for table in ("contact", "contact_number", "address", "outbox"):
        assert await pool.fetchval(f"select count(*) from {table}") == 0


async def test_a_number_in_the_path_is_refused_unread(writer: Writer, privacy_guard: PrivacyGuard) -> None:
    with privacy_guard.expecting(Place.URL, Place.TRACE):
        for action in ("AsOf", "Close"):
            answer = await writer.send(
                "POST", f"Contacts({ANNA})/Registerbro.{action}", {"Version": 1}, version=1
            )
            assert slug(answer) == (400, "number-in-url")
            assert ANNA not in answer.text


async def test_who_prefers_so_or_may_not_read_gets_the_tag_alone(odata: OdataClient) -> None:
    answer = await Writer(odata, *WRITER).send("POST", "Contacts", NEW, Prefer="return=minimal")
    assert (answer.status_code, answer.headers["etag"], answer.content) == (204, 'W/"1"', b"")
    blind = Writer(odata, Scope.CONTACTS_WRITE)
    path = answer.headers["odata-entityid"].partition("/odata/")[2]
    changed = await blind.send("PATCH", path, {"Position": "Smed"}, version=1)
    assert (changed.status_code, changed.headers["etag"], changed.content) == (204, 'W/"2"', b"")


async def test_changes_keep_what_is_left_out_and_need_the_version_that_was_read(
    writer: Writer, odata: OdataClient
) -> None:
    contact = f"Contacts({await writer.add()})"
    change = {
        "Name1": "Anne",
        "Text": None,
        "Dates": [{"Label": "Født", "Value": "2020-01-02T03:04"}],
        "Info": [{"Label": "Note", "Value": None}],
        "@odata.type": "#x",
    }
    assert slug(await writer.send("PATCH", contact, change)) == (428, "precondition-required")
    assert slug(await writer.send("PATCH", contact, change, version="*")) == (428, "precondition-required")
    for outdated in (7, '"abc"', 'W/"01x"'):
        assert slug(await writer.send("PATCH", contact, change, version=outdated)) == (
            412,
            "version-mismatch",
        )
    answer = await writer.send("PATCH", contact, change, version=1)
    body = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    assert (body["Name1"], body["Name2"], body["Info"]) == ("Anne", "Dam", [])
    assert [(each["Value"], each["Precision"]) for each in body["Dates"]] == [
        ("2020-05", "month"), ("2020-01-02T03:04", "minute")
    ]  # fmt: skip
    late = await writer.send("PATCH", contact, {"Name1": "Late"}, version=1)
    assert (*slug(late), late.json()["version"]) == (412, "version-mismatch", 2)
    assert slug(await writer.send("PATCH", "Contacts(999)", {"Name1": "x"}, version=1)) == (
        404,
        "contact-unknown",
    )
    assert slug(await writer.send("PATCH", contact, {"Name1": "x"}, version=2, **{"Registerbro-Purpose": "x"})) == (
        400, "purpose-required"
    )  # fmt: skip


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "previous": ({"PreviousNameCodes": [BO]}, "PreviousNameCodes is read-only: only the system writes"),
    "number": ({"NameCode": BO}, "NameCode is read-only: only a register"),
    "type": ({"NameType": "P"}, "NameType is read-only"),
    "version": ({"Version": 9}, "Version is read-only"),
    "unknown": ({"Nickname": "x"}, "Extra inputs"),
    "nul": ({"Name1": "a\u0000b"}, "printable"),
    "current number": ({"Info": [{"Label": "GældendePNR", "Value": "1"}]}, "read-only"),
    "no date": ({"Dates": [{"Label": "x", "Value": "2024-02-30", "Precision": "day"}]}, "not a date"),
    "other precision": ({"Dates": [{"Label": "x", "Value": "2024", "Precision": "day"}]}, "precision"),
    "half a date": ({"Dates": [{"Label": "x", "Value": "2024-1"}]}, "pattern"),
    "ends before": ({"StartDate": "2024-01-02", "EndDate": "2024-01-01"}, "before it starts"),
}


async def test_what_cannot_be_written_is_refused_with_the_reason_and_not_repeated(writer: Writer) -> None:
    contact = f"Contacts({await writer.add()})"
    for body, reason in REFUSED.values():
        answer = await writer.send("PATCH", contact, body, version=1)
        assert answer.status_code == 422, body
        assert reason in answer.text
        assert BO not in answer.text
    assert slug(await writer.send("POST", "Contacts", NEW | {"NameType": "X"})) == (
        409,
        "contact-type-missing",
    )
    assert slug(await writer.send("POST", "Contacts", NEW | {"NameCode": "1"})) == (422, "number-refused")
    assert (await writer.send("POST", "Contacts?$select=Name1", NEW)).status_code == 501


async def test_addresses_are_added_changed_ended_and_removed(writer: Writer, odata: OdataClient) -> None:
    contact = f"Contacts({await writer.add()})"
    moved = {"Address1": "Ny 2", "StartDate": "2024-05-01", "PhoneNo": "+45 12 34 56 78"}
    assert (await writer.send("POST", f"{contact}/Addresses", moved, version=1)).headers["etag"] == 'W/"2"'
    found = {each["AddressType"]: each for each in await odata.values(f"{contact}/Addresses", *TRUSTED)}
    assert (found["CPRADR"]["Address1"], found["CPRADR"]["EndDate"]) == ("Hjemme 1", "2024-05-01")
    main = f"{contact}/Addresses({found['HA']['AddressId']})"
    assert (await writer.send("PATCH", main, {"Email": "a@b.dk"}, version=2)).status_code == 200
    refused = await writer.send("PATCH", main, {"AddressType": "KONTAKT"}, version=3)
    assert (refused.status_code, "AddressType is read-only" in refused.text) == (422, True)
    assert slug(await writer.send("PATCH", main, {"Email": "x"}, version=3)) == (422, "value-refused")
    assert (await writer.send("PATCH", main, {"EndDate": "2024-06-01"}, version=3)).status_code == 200
    former = await odata.values(f"{contact}/Addresses", *TRUSTED)
    assert {each["AddressType"] for each in former} == {"CPRADR"}
    assert (await writer.send("DELETE", main, version=4)).headers["etag"] == 'W/"5"'
    assert slug(await writer.send("DELETE", main, version=5)) == (404, "address-unknown")
    post = {"AddressType": "KONTAKT", "Address1": "Boks 1"}
    assert (await writer.send("POST", f"{contact}/Addresses", post, version=5)).status_code == 200
    assert slug(await writer.send("POST", f"{contact}/Addresses", post, version=6)) == (409, "address-exists")


async def test_closing_and_references_and_every_past_state(
    writer: Writer, odata: OdataClient, pool: Pool
) -> None:
    anna, bo = await writer.add(), await writer.add(NameCode=BO, Name1="Bo", Addresses=[])
    contact = f"Contacts({anna})"
    child = {"Role": "Barn", "ToContactId": bo}
    assert (
        await writer.send("POST", f"{contact}/Registerbro.AddReference", child, version=1)
    ).status_code == 200
    unfit = {"Role": "Virksomhed", "ToContactId": bo}
    assert slug(await writer.send("POST", f"{contact}/Registerbro.AddReference", unfit, version=2)) == (
        422, "reference-refused"
    )  # fmt: skip
    between = dt.datetime.now(dt.UTC).isoformat()
    closed = await writer.send("POST", f"{contact}/Registerbro.Close", {"EndDate": "2024-06-01"}, version=2)
    assert (closed.json()["EndDate"], closed.headers["etag"]) == ("2024-06-01", 'W/"3"')
    assert slug(await writer.send("POST", f"{contact}/Registerbro.Close", version=3)) == (
        409,
        "contact-closed",
    )
    gone = await writer.send("POST", f"{contact}/Registerbro.RemoveReference", child, version=3)
    assert gone.status_code == 200
    assert (await odata.json(f"{contact}/References", *TRUSTED))["value"] == []
    for moment, version, end, roles in (
        ({"Version": 1}, 1, None, []),
        ({"StoreTime": between}, 2, None, ["Barn"]),
        ({"Version": 3}, 3, "2024-06-01", ["Barn"]),
        ({"RegisterDate": (NOW + dt.timedelta(days=2)).date().isoformat()}, 4, "2024-06-01", []),
    ):
        past = (await writer.send("POST", f"{contact}/Registerbro.AsOf", moment)).json()
        assert (past["Version"], past["EndDate"]) == (version, end)
        assert [each["Role"] for each in past["References"]] == roles
        assert [each["AddressType"] for each in past["Addresses"]] == ["HA" if end is None else "CPRADR"]
    for moment in ({"Version": 9}, {"RegisterDate": "2020-01-01"}, {"StoreTime": "2020-01-01T00:00:00Z"}):
        assert slug(await writer.send("POST", f"{contact}/Registerbro.AsOf", moment)) == (404, "past-unknown")
    for wrong in ({}, {"Version": 1, "RegisterDate": "2024-01-01"}, {"StoreTime": "2024-01-01T00:00:00"}):
        assert (await writer.send("POST", f"{contact}/Registerbro.AsOf", wrong)).status_code == 422
    seen = await pool.fetchval(
        "select contact_ids from audit_log where action = 'contact.as-of' order by at limit 1 offset 1"
    )
    assert seen == [anna, bo]


async def test_of_a_protected_person_nothing_is_shown_or_overwritten_without_the_scope(
    odata: OdataClient, pool: Pool
) -> None:
    protected = (Protection("0001", dt.date(2020, 1, 1), None),)
    secret = {"name1": "Hemmelig", "name2": "Skjult", "text": "Skjult,Hemmelig"}
    said: dict[str, Any] = {
        "fields": secret,
        "addresses": {"HA": home("Gemmestedet 7")},
        "info": {"Bynavn": ("Gemmeby",)},
    }
    references = (to(Role.GUARDIAN, name="Hemmelig Vagt"),)
    await merge.apply(
        pool, [delivery(ANNA, references=references, **said)], IMPORT, now=NOW
    )  # not protected yet
    later = delivery(ANNA, 2, protections=protected, **said)
    await merge.apply(pool, [later], IMPORT, now=NOW)
    address = await pool.fetchval("select address_id from address")
    unseeing = Writer(odata, *WRITER)
    writes: list[tuple[str, str, Any]] = [
        ("PATCH", "Contacts(1)", {"Name1": "Hemmelig"}),
        ("PATCH", "Contacts(1)", {"Info": [{"Label": "Bynavn", "Value": "Gemmeby"}]}),
        ("PATCH", "Contacts(1)", {"Info": [{"Label": "Status", "Value": "01"}]}),
        ("POST", "Contacts(1)/Addresses", {"Address1": "Andet 1"}),
        ("PATCH", f"Contacts(1)/Addresses({address})", {"Address1": "Gemmestedet 7"}),
        ("DELETE", f"Contacts(1)/Addresses({address})", None),
    ]
    answers = []
    for method, path, body in writes:
        answers.append(await unseeing.send(method, path, body, version=2))
        assert slug(answers[-1]) == (403, "protected-contact")
    answers.append(await unseeing.send("PATCH", "Contacts(1)", {"Position": "Smed"}, version=2))
    answers.append(await unseeing.send("POST", "Contacts(1)/Registerbro.Close", version=3))
    for version in (1, 2, 3):
        answers.append(await unseeing.send("POST", "Contacts(1)/Registerbro.AsOf", {"Version": version}))
        assert answers[-1].json()["IsProtected"] is True
    for answer in answers:
        assert not any(word in answer.text for word in ("emmelig", "Skjult", "Gemme"))
    seeing = Writer(odata, *TRUSTED)
    assert (await seeing.send("PATCH", "Contacts(1)", {"Name1": "Ny"}, version=4)).json()["Name1"] == "Ny"
    past = await seeing.send("POST", "Contacts(1)/Registerbro.AsOf", {"Version": 1})
    assert past.json()["Name1"] == "Hemmelig"


async def test_each_route_needs_its_scope(odata: OdataClient) -> None:
    reader = Writer(odata, Scope.CONTACTS_READ, Scope.AUDIT_READ)
    for method, path in (
        ("POST", "Contacts"),
        ("PATCH", "Contacts(1)"),
        ("POST", "Contacts(1)/Addresses"),
        ("DELETE", "Contacts(1)/Addresses(1)"),
        ("POST", "Contacts(1)/Registerbro.Close"),
    ):
        answer = await reader.send(method, path, NEW, version=1)
        assert (*slug(answer), answer.json()["scope"]) == (403, "scope-missing", "contacts:write")
