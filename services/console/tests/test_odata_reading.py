"""Reading over OData: what entities look like, what is found, what is expanded, how pages follow each other."""

from tests.support.odata import OdataClient
from registerbro.database import Pool
from registerbro.contacts import merge
from registerbro.contacts.model import Protection, Role
from tests.support.deliveries import IMPORT, NOW, delivery, home, to


async def test_smoke(odata: OdataClient, pool: Pool) -> None:
    people = [delivery("0101800001", references=(to(Role.SPOUSE, "0202800002"), to(Role.FATHER, name="Ole Holm"))), delivery("0303800003", fields={"name1": "Carl"}, protections=(Protection("0001", None, None),))]
    await merge.apply(pool, people, IMPORT, now=NOW)
    import json
    for path, options in [
        ("Contacts", {}), ("Contacts", {"expand": "Addresses($count=true;$top=1),References($expand=ToContact($select=Name1,Name2))", "count": "true", "top": 1}),
        ("Contacts(1)", {}), ("Contacts(1)/Addresses", {}), ("Contacts/$count", {}), ("Contacts", {"filter": "NameCode eq 'x' or Info/any(i:i/Label eq 'Status' and i/Value in ('01'))", "select": "Name1", "orderby":"Name1 desc"}),
        ("References", {"filter": "ToContact/Name2 eq '- ikke importeret'"}), ("Contacts", {"search": "berg vester", "select": "Name1"}), ("Versions", {}), ("SourceRecords", {}), ("Cases", {}), ("Addresses", {"filter": "Contact/Name1 eq 'Anna'", "expand": "Contact"}),
    ]:
        answer = await odata.get(path, **options)
        print(path, options, answer.status_code, dict(answer.headers))
        try: print(json.dumps(answer.json(), indent=1, ensure_ascii=False)[:1500])
        except Exception: print(answer.text)
    assert 0
