"""Companies and production units in every output: by name, with advertising protection as a flag, answers decoded."""

import io
from typing import Any

import pypdf
from registerbro.auth import Scope
from registerbro.contacts import units
from registerbro.cvr.mapping import ALL_FIELDS
from registerbro.database import Pool
from registerbro.sources import CvrSource

from tests.support.cvr_provider import cvr_number, p_number, unit
from tests.support.deliveries import NOW
from tests.support.odata import WHY, OdataClient
from tests.support.services import bearer
from tests.support.units import by_logic

PROTECTED, OPEN, SHOP, OWNER = cvr_number(1), cvr_number(2), p_number(3387453), cvr_number(3)
ANSWER = '{"produktionsenhed":{"pNummer":"1003387453"},"note":"se 010160-1234"}'


async def fill(pool: Pool) -> dict[str, int]:
    source = CvrSource()
    told = [
        unit(PROTECTED, "Fredet ApS", is_advertising_protected=True, records=ANSWER),
        unit(OPEN, "Åben ApS"),
        by_logic(unit(SHOP, "Butikken", company=OWNER)),
    ]
    results = await units.store(
        pool, told, units.import_policy(source), source=source, fields=ALL_FIELDS, now=NOW, hasher=None
    )
    return {each.name: result.contact_id or 0 for each, result in zip(told, results, strict=True)}


async def test_every_output_tells_what_a_company_is_and_whether_it_may_be_advertised_to(
    odata: OdataClient, pool: Pool
) -> None:
    ids = await fill(pool)
    protected, shop = ids["Fredet ApS"], ids["Butikken"]
    assert await odata.ids("IsAdvertisingProtected eq true") == [protected]
    assert await odata.ids("NameType eq 'J' and IsAdvertisingProtected eq false") == [ids["Åben ApS"]]
    unknown = await odata.ids("IsAdvertisingProtected eq null and IsPlaceholder eq false")
    assert unknown == [shop]
    (owner,) = await odata.values(
        "Contacts", filter="startswith(Name1,'Virksomhed med CVR-nr. ')", select="ContactId,Name1,Name2"
    )
    assert (owner["Name1"], owner["Name2"]) == (f"Virksomhed med CVR-nr. {OWNER}", "- ikke importeret")
    assert await odata.ids(f"Name1 eq 'Virksomhed med CVR-nr. {OWNER}'") == [owner["ContactId"]]

    headers = {**WHY, **bearer(odata.issuer.token(Scope.CONTACTS_READ))}
    past = await odata.http.post(
        f"/odata/Contacts({protected})/Registerbro.AsOf", headers=headers, json={"Version": 1}
    )
    assert past.json()["IsAdvertisingProtected"] is True

    officer = {**WHY, **bearer(odata.issuer.token(Scope.AUDIT_READ, Scope.PROTECTED_READ))}
    path = f"/odata/Contacts({protected})/Registerbro.Export"
    held: dict[str, Any] = (await odata.http.post(path, headers=officer)).json()
    assert held["contact"][0]["is_advertising_protected"] is True
    assert held["sources"][0]["records"] == {
        "produktionsenhed": {"pNummer": "1003387453"},
        "note": "se 010160-xxxx",
    }
    printed = await odata.http.post(path, headers={**officer, "Accept": "application/pdf"})
    text = " ".join(
        " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(printed.content)).pages).split()
    )
    assert "Reklamebeskyttet: ja" in text
    assert "pNummer: 1003387453" in text
    assert "1234" not in text
