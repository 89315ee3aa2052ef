"""The search from one field: what it takes for a name, a number and an address, who is found by what, pages, filters, what is noted."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from console.finding import finding
from console.finding.words import Typed
from registerbro.auth import Scope
from registerbro.contacts import merge
from registerbro.contacts.model import Protection
from registerbro.database import Pool

from tests.support.deliveries import IMPORT, NOW, delivery, home
from tests.support.odata import READER, TRUSTED, OdataClient
from tests.support.services import bearer

ANNE, BO, CARL, DORA = "0101800001", "0202800002", "0303800003", "0404800004"
FORMER = "0404800099"
PURPOSE = "a test of the search"
FOUND: Mapping[str, list[tuple[str, str]]] = {
    "jensen": [(ANNE, "name")],
    "JENS": [(ANNE, "name")],
    "marie": [(ANNE, "name")],
    "anne jensen": [(ANNE, "name")],
    "Jensen, Anne": [(ANNE, "name")],
    "ærø": [(DORA, "name")],
    "bo nygaard": [(BO, "name")],
    "nyg": [(BO, "name"), (ANNE, "address")],
    "nygade 5": [(ANNE, "address")],
    "2750": [(ANNE, "address")],
    "nygade 5 2750 ballerup": [(ANNE, "address")],
    "aavej": [(BO, "address")],
    "gamlevej": [],
    "jensen nygade": [(ANNE, "name-and-address")],
    "jensen gamlevej": [],
    "anne marie jensen nygade 5 2750": [(ANNE, "name-and-address")],
    DORA: [(DORA, "number")],
    "040480-0004": [(DORA, "number")],
    FORMER: [(DORA, "number")],
    "0404809999": [],
}
WRONG: Sequence[Mapping[str, Any]] = (
    {"text": "a"},
    {"text": "- -"},
    {"text": "a b c d e f g h i"},
    {"purpose": None},
    {"page": 0},
    {"is_ended": "yes"},
)


def _at(road: str, postcode: str, district: str) -> dict[str, Any]:
    return {"HA": home(road, postcode=postcode, post_district=district)}


@pytest.fixture
async def town(pool: Pool) -> dict[str, int]:
    """Four persons; Carl is protected, Dora had another number and moved from Gamlevej. Their ids by number."""
    people = [
        delivery(ANNE, fields={"name1": "Anne Marie", "name2": "Jensen"}, addresses=_at("Nygade 5", "2750", "Ballerup")),
        delivery(BO, fields={"name1": "Bo", "name2": "Nygaard"}, addresses=_at("Åvej 12", "8000", "Aarhus C")),
        delivery(
            CARL, fields={"name1": "Carl", "name2": "Jensen"}, addresses=_at("Nygade 7", "2750", "Ballerup"),
            protections=(Protection("0001", None, None),),
        ),
        delivery(DORA, fields={"name1": "Dora", "name2": "Ærø"}, addresses=_at("Gamlevej 1", "4000", "Roskilde"), former_numbers=(FORMER,)),
    ]  # fmt: skip
    await merge.apply(pool, people, IMPORT, now=NOW)
    moved = delivery(
        DORA, 2, fields={"name1": "Dora", "name2": "Ærø"}, addresses=_at("Nyvej 3", "4000", "Roskilde"), former_numbers=(FORMER,)
    )  # fmt: skip
    await merge.apply(pool, [moved], IMPORT, now=NOW)
    rows = await pool.fetch("select name_code, contact_id from contact")
    return {row["name_code"]: row["contact_id"] for row in rows}


async def search(client: OdataClient, text: str, *scopes: Scope, **more: Any) -> Any:
    """The body of an answer."""
    headers = bearer(client.issuer.token(*(scopes or READER)))
    body = {"text": text, "purpose": PURPOSE, **more}
    answer = await client.http.post("/contacts/search", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def hits(client: OdataClient, text: str, *scopes: Scope, **more: Any) -> list[tuple[str, str]]:
    """Who was found, by what."""
    found = await search(client, text, *scopes, **more)
    return [(each["name_code"], each["found_by"]) for each in found["items"]]


async def test_one_field_takes_a_name_a_number_or_an_address(
    odata: OdataClient, town: dict[str, int]
) -> None:
    assert {text: await hits(odata, text) for text in FOUND} == FOUND


async def test_a_protected_person_is_found_by_number_only_and_shown_without_name_and_address(
    odata: OdataClient, town: dict[str, int]
) -> None:
    assert await hits(odata, "jensen", *TRUSTED) == [(ANNE, "name"), (CARL, "name")]
    assert await hits(odata, "nygade 7", *TRUSTED) == [(CARL, "address")]
    for text in ("carl", "nygade 7", "carl nygade", "jensen nygade 7"):
        assert await hits(odata, text) == [], text
    [carl] = (await search(odata, CARL))["items"]
    assert (carl["name1"], carl["name2"], carl["address"], carl["is_protected"]) == (None, None, None, True)


async def test_filters_leave_out_and_pages_follow(
    odata: OdataClient, town: dict[str, int], pool: Pool
) -> None:
    await pool.execute("update contact set end_date = '2020-01-01' where contact_id = $1", town[ANNE])
    assert await hits(odata, "ny", is_ended=True) == [(ANNE, "address")]
    assert (ANNE, "address") not in await hits(odata, "ny", is_ended=False)
    assert await hits(odata, "ny", name_types=["J"]) == []
    everybody = await hits(odata, "ny")
    assert len(everybody) == 3
    second = await search(odata, "ny", page=2, size=2)
    assert ([each["name_code"] for each in second["items"]], second["found"]) == ([everybody[2][0]], 3)
    subscribed = [bool(await hits(odata, ANNE, is_subscribed=each)) for each in (True, False)]
    assert sorted(subscribed) == [False, True]


async def test_words_that_too_many_have_are_answered_with_some_of_them(
    odata: OdataClient, town: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await search(odata, "ny"))["is_complete"]
    monkeypatch.setattr(finding, "MOST_LOOKED_AT", 1)
    found = await search(odata, "ny")
    assert not found["is_complete"]
    assert found["found"]


async def test_who_is_rare_is_found_though_others_were_looked_at_first(
    odata: OdataClient, town: dict[str, int], pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pool.execute("update contact set end_date = '2020-01-01' where contact_id = $1", town[CARL])
    monkeypatch.setattr(finding, "MOST_LOOKED_AT", 1)  # of the Jensens only Anne, who has not ended
    assert await hits(odata, "jensen nygade 7", *TRUSTED, is_ended=True) == [(CARL, "name-and-address")]


async def test_a_page_is_one_row_of_the_log_and_a_number_counts_as_asked_for(
    odata: OdataClient, town: dict[str, int], pool: Pool
) -> None:
    await search(odata, "nyg")
    await search(odata, "0404809999")
    rows = await pool.fetch(
        "select stage, number_hash is not null as by_number, contact_ids, purpose from audit_log where action = 'search-contacts' order by at"
    )
    assert [(row["stage"], row["by_number"], sorted(row["contact_ids"])) for row in rows] == [
        ("delivered", False, sorted((town[ANNE], town[BO]))),
        ("asked", True, []),
        ("delivered", True, []),
    ]
    assert {row["purpose"] for row in rows} == {PURPOSE}


async def test_what_cannot_be_searched_is_refused_without_a_word_of_it(odata: OdataClient) -> None:
    headers = bearer(odata.issuer.token(Scope.CONTACTS_READ))
    for wrong in WRONG:
        body = {"text": "jensen", "purpose": PURPOSE, **wrong}
        answer = await odata.http.post("/contacts/search", json=body, headers=headers)
        assert answer.status_code == 422, wrong
        assert "input" not in answer.text


def test_what_was_typed_never_shows_by_itself() -> None:
    assert ANNE not in repr(Typed(ANNE))


@pytest.mark.parametrize(
    ("text", "number"),
    [("DK 26 91 17 45", "26911745"), ("dk-26911745", "26911745"), ("010180-0001", ANNE), ("2750", None), ("Nygade 12345678", None)],
)  # fmt: skip
def test_a_number_is_recognised_as_people_write_it(text: str, number: str | None) -> None:
    assert Typed(text).number == number
