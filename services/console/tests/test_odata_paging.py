"""Pages: each row once while others arrive, nothing private in their links, and links that serve their own client alone."""

import base64
import dataclasses
from typing import Any

import pytest
from console.odata.model import ENTITY_SETS
from console.odata.reading import Question, Reader
from console.odata.refusals import SkipTokenInvalid
from console.odata.settings import OdataSettings
from console.odata.tokens import Tokens
from pydantic import SecretStr
from registerbro.audit import Auditor, Purpose
from registerbro.auth import Caller, Scope
from registerbro.database import Pool

from tests.support.services import AUDIT_KEY

ROOT = "https://console.test/odata"
NUMBER = "0101800001"
READER = Caller("reader", None, frozenset({Scope.CONTACTS_READ}))
TRUSTED = Caller("reader", None, frozenset({Scope.CONTACTS_READ, Scope.PROTECTED_READ}))
OTHER = dataclasses.replace(READER, client="other")
WHY = Purpose(purpose="a test of pages")


@pytest.fixture
def reader(pool: Pool) -> Reader:
    return Reader(pool, Auditor(pool, AUDIT_KEY, "tests"), Tokens(AUDIT_KEY), OdataSettings(page_size=4))


async def ask(reader: Reader, path: str, caller: Caller = READER, **options: str) -> dict[str, Any]:
    said = {f"${name}": text for name, text in options.items()}
    body = (
        await reader.answer(Question(path=path, options=said, caller=caller, purpose=WHY, root=ROOT))
    ).body
    assert isinstance(body, dict)
    return body


async def follow(reader: Reader, link: str, caller: Caller = READER) -> dict[str, Any]:
    path, _, token = link.removeprefix(f"{ROOT}/").partition("?$skiptoken=")
    return await ask(reader, path, caller, skiptoken=token)


async def added(pool: Pool, *names: str) -> None:
    await pool.executemany(
        "insert into contact (name_type, name1, end_date) values ('P', $1, '2026-01-01')",
        [(name,) for name in names],
    )


ORDERS = "Name1", "Name1 desc", "StartDate,Name1 desc", "StartDate desc", "IsPlaceholder desc,ContactId desc"


async def test_each_row_comes_once_while_others_arrive(pool: Pool, reader: Reader) -> None:
    for orderby in ORDERS:
        await pool.execute("truncate contact cascade")
        await added(pool, *(f"{letter}{each}" for letter in "MAZ" for each in range(5)))
        await pool.execute(
            "update contact set start_date = date '2020-01-01' + contact_id::int % 3 where contact_id % 2 = 0"
        )
        there = {row["contact_id"] for row in await pool.fetch("select contact_id from contact")}
        body = await ask(reader, "Contacts", orderby=orderby)
        found = [each["ContactId"] for each in body["value"]]
        for _ in range(60):
            if "@odata.nextLink" not in body:
                break
            await added(pool, "A", "N", "ZZ")
            body = await follow(reader, body["@odata.nextLink"])
            found += [each["ContactId"] for each in body["value"] if each["ContactId"] in there]
        assert len(found) == len(set(found)), orderby
        assert set(found) == there, orderby


async def test_a_link_tells_neither_what_was_asked_nor_where_the_page_ended(
    pool: Pool, reader: Reader
) -> None:
    await added(pool, *(["Secretname"] * 6))
    body = await ask(
        reader,
        "Contacts",
        TRUSTED,
        filter=f"Name1 eq 'Secretname' and NameCode ne '{NUMBER}'",
        orderby="Name1",
        top="5",
    )
    link = body["@odata.nextLink"]
    token = link.partition("=")[2]
    readable = base64.urlsafe_b64decode(token)
    assert NUMBER not in link
    assert not any(secret in readable for secret in (b"Secretname", NUMBER.encode(), b"filter"))
    rest = await follow(reader, link, TRUSTED)
    assert len(rest["value"]) == 1
    assert "@odata.nextLink" not in rest
    first = {each["ContactId"] for each in body["value"]}
    assert not first & {each["ContactId"] for each in rest["value"]}


async def test_a_link_serves_who_got_it_for_what_it_was_made_for(pool: Pool, reader: Reader) -> None:
    await added(pool, *"abcdef")
    link = (await ask(reader, "Contacts"))["@odata.nextLink"]
    token = link.partition("=")[2]
    elsewhere = Reader(
        pool, Auditor(pool, AUDIT_KEY, "tests"), Tokens(SecretStr("another key " * 4)), OdataSettings()
    )
    for attempt in (
        follow(reader, link, OTHER),
        follow(reader, link, TRUSTED),
        follow(reader, link.replace("Contacts?", "Addresses?")),
        follow(reader, link[:-9] + "AAAAAAAA="),
        ask(reader, "Contacts", skiptoken=token, top="1"),
        follow(elsewhere, link),
        follow(reader, f"{ROOT}/Contacts?$skiptoken=æ"),
    ):
        with pytest.raises(SkipTokenInvalid):
            await attempt
    assert len((await follow(reader, link))["value"]) == 2


async def test_what_is_expanded_has_pages_of_its_own(pool: Pool, reader: Reader) -> None:
    await added(pool, "a")
    await pool.execute(
        "insert into case_contact select 'case ' || lpad(each::text, 3, '0'), 1 from generate_series(1, 130) as each"
    )
    body = await ask(
        reader, "Contacts(1)", expand="Cases($select=CaseReference;$orderby=CaseReference desc;$skip=2)"
    )
    found = [each["CaseReference"] for each in body["Cases"]]
    link = body["Cases@odata.nextLink"]
    assert link.startswith(f"{ROOT}/Contacts(1)/Cases?")
    while link:
        page = await follow(reader, link)
        found += [each["CaseReference"] for each in page["value"]]
        link = page.get("@odata.nextLink", "")
    assert found == [f"case {each:03}" for each in range(128, 0, -1)]
    few = await ask(reader, "Contacts(1)", expand="Cases($top=3)")
    assert (len(few["Cases"]), "Cases@odata.nextLink" in few) == (3, False)


async def test_changes_come_in_the_order_in_which_they_came(pool: Pool, reader: Reader) -> None:
    await added(pool, *"abcdef")
    await pool.execute(
        "update contact set updated_at = timestamptz '2026-01-01 12:00Z' - contact_id * interval '1 minute'"
    )
    body = await ask(reader, "Contacts", filter="UpdatedAt ge 2026-01-01T11:54:00Z and NameType eq 'P'")
    assert [each["ContactId"] for each in body["value"]] == [6, 5, 4, 3]
    await pool.execute("update contact set updated_at = '2026-01-01 13:00Z' where contact_id in (1, 6)")
    rest = await follow(reader, body["@odata.nextLink"])
    assert [each["ContactId"] for each in rest["value"]] == [2, 1, 6]


def test_every_set_is_reached_by_the_scope_of_where_one_comes_from() -> None:
    for entity in ENTITY_SETS.values():
        assert set(entity.key) <= {each.name for each in entity.properties}
        assert len(entity.by_name) == len(entity.properties) + len(entity.collections) + len(
            entity.navigations
        )
        for navigation in entity.navigations:
            target = ENTITY_SETS[navigation.target]
            assert (target.scope, target.is_personal) == (entity.scope, entity.is_personal)
            assert not navigation.partner or ENTITY_SETS[navigation.target].by_name[navigation.partner]
