"""What registers delivered of a contact, decoded: for whom, masked for whom, and what is noted of it."""

from typing import Any

import pytest
from registerbro.auth import Scope
from registerbro.contacts import merge
from registerbro.contacts.model import Protection, Role
from registerbro.database import Pool

from tests.support.cpr_files import record
from tests.support.deliveries import IMPORT, NOW, delivery, to
from tests.support.odata import READER, TRUSTED, WHY, OdataClient
from tests.support.services import bearer

ANNE, BO, CARL = "0101800001", "0202800002", "0303800003"


def _records(number: str, name: str) -> str:
    return record("008", number, first_names=name, last_name="Jensen", name_start="202001011200")


@pytest.fixture
async def people(pool: Pool) -> dict[str, int]:
    """Anne; Bo who is protected; Carl, who is married to Bo. Their ids by number."""
    arrived = [
        delivery(ANNE, records=_records(ANNE, "Anne")),
        delivery(BO, records=_records(BO, "Bo"), protections=(Protection("0001", None, None),)),
        delivery(CARL, records=_records(CARL, "Carl"), references=(to(Role.SPOUSE, BO),)),
    ]
    await merge.apply(pool, arrived, IMPORT, now=NOW)
    rows = await pool.fetch("select name_code, contact_id from contact")
    return {row["name_code"]: row["contact_id"] for row in rows}


async def records(client: OdataClient, contact_id: int, *scopes: Scope) -> Any:
    """The one source's, with its fields by name."""
    headers = {**WHY, **bearer(client.issuer.token(*(scopes or READER)))}
    answer = await client.http.get(f"/contacts/{contact_id}/records", headers=headers)
    assert answer.status_code == 200, answer.text
    [source] = answer.json()["sources"]
    [shown] = source["records"]
    return source | {"fields": {each["name"]: each["value"] for each in shown["fields"]}}


async def test_records_are_shown_field_by_field_and_masked_where_somebody_is_protected(
    odata: OdataClient, people: dict[str, int]
) -> None:
    shown = await records(odata, people[ANNE])
    assert (shown["source"], shown["is_masked"], shown["fields"]["first_names"]) == ("CPR", False, "Anne")
    for number in (BO, CARL):
        masked = await records(odata, people[number])
        assert (masked["is_masked"], masked["fields"]["first_names"]) == (True, None), number
        assert masked["fields"]["name_start"]
        assert (await records(odata, people[number], *TRUSTED))["fields"]["last_name"] == "Jensen"


async def test_a_reading_states_its_purpose_and_is_noted_with_what_could_be_read(
    odata: OdataClient, people: dict[str, int], pool: Pool
) -> None:
    headers = bearer(odata.issuer.token(*READER))
    path = f"/contacts/{people[ANNE]}/records"
    assert (await odata.http.get(path, headers=headers)).status_code == 400
    assert (await odata.http.get("/contacts/999/records", headers=WHY | headers)).status_code == 404
    await records(odata, people[ANNE])
    [row] = await pool.fetch("select contact_ids, fields from audit_log where action = 'contact.records'")
    assert row["contact_ids"] == [people[ANNE]]
    assert "008.first_names" in row["fields"]


async def test_a_contact_by_hand_has_no_records(odata: OdataClient, pool: Pool) -> None:
    contact_id = await pool.fetchval(
        "insert into contact (name_type, name1) values ('P', 'Ane') returning contact_id"
    )
    headers = {**WHY, **bearer(odata.issuer.token(*READER))}
    answer = await odata.http.get(f"/contacts/{contact_id}/records", headers=headers)
    assert answer.json() == {"contact_id": contact_id, "sources": []}
