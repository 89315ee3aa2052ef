"""OData clients that are not ours read all that there is: odatapy, which knows types and facets, and python-odata."""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeAlias

import httpx
import odata
import pytest
import requests
from console.settings import AppSettings
from odatapy.client import ODataClientError
from odatapy.client.client import EdmEnabledODataClient
from odatapy.client.filters import Field, and_
from odatapy.client.responses import NotModified, ODataInvokeResult
from odatapy.client.transport import HttpxTransport
from odatapy.edm.model import EdmAction, EdmComplexType, EdmEntitySet
from odatapy.edm.names import FullQualifiedName
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.settings import HttpSettings, Settings

from tests.support import one_of_each
from tests.support.console_service import served
from tests.support.ftp import free_port
from tests.support.odata_conformance import Conformance
from tests.support.services import bearer

PURPOSE = {"Registerbro-Purpose": "reads all that there is"}
ERASURE = {"reason": "imported-by-mistake", "purpose": "was never needed"}
WITHOUT_PROTECTED = set(Scope) - {Scope.PROTECTED_READ}


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where a console is served, and who mints its tokens."""

    root: str
    issuer: DevelopmentIssuer

    def headers(self, *scopes: Scope) -> dict[str, str]:
        """Of a client with these scopes."""
        return {**PURPOSE, **bearer(self.issuer.token(*scopes))}

    @contextlib.contextmanager
    def client(self, *scopes: Scope) -> Iterator[EdmEnabledODataClient]:
        """odatapy with a token for these scopes."""
        with httpx.Client(headers=self.headers(*scopes)) as http:
            yield EdmEnabledODataClient(self.root, HttpxTransport(http))


@pytest.fixture
async def place(service_settings: Settings, issuer: DevelopmentIssuer, pool: Pool) -> AsyncIterator[Place]:
    """A console on a free port, with rows in every entity set."""
    await one_of_each.fill(pool)
    http = HttpSettings(port=free_port())
    async with served(AppSettings(**{**dict(service_settings), "http": http})):
        yield Place(f"http://127.0.0.1:{http.port}/odata", issuer)


async def test_every_answer_is_as_the_metadata_promise(place: Place) -> None:
    found = Conformance()

    def read(*scopes: Scope) -> None:
        with place.client(*scopes) as client:
            for entity_set in entity_sets(client):
                compare(client, entity_set, found)
            merged = client.entity_uri("Contacts", one_of_each.MERGED)
            shown = client.get_raw(merged, accept="application/json;odata.metadata=none").json()
            found.check(client.entity_set_type("Contacts"), shown)

    await asyncio.to_thread(read, *Scope)
    await asyncio.to_thread(read, *WITHOUT_PROTECTED)
    assert found.faults == []
    with place.client() as client:
        types = await asyncio.to_thread(described, client)
    assert {place for place, _ in types} == found.with_value
    assert {place for place, is_nullable in types if is_nullable} == found.with_null


def entity_sets(client: EdmEnabledODataClient) -> list[EdmEntitySet]:
    """What the metadata name; the audit log first, which grows while the others are read."""
    return list(reversed(client.get_edm().entity_container.entity_sets))


def compare(client: EdmEnabledODataClient, entity_set: EdmEntitySet, found: Conformance) -> None:
    """Every entity of a set, alone and with what each navigation leads to."""
    for way in ("", *entity_set.entity_type.navigation_property_names):
        uri = client.entity_set_uri(entity_set.name)
        shown = client.get_raw(uri.expand(way) if way else uri, prefer="odata.maxpagesize=1000").json()[
            "value"
        ]
        assert len(shown) > 1
        for each in shown:
            found.check(entity_set.entity_type, each)


async def test_pages_keys_and_numbers_lead_to_the_same_entities(place: Place) -> None:
    def read() -> None:
        with place.client(*Scope) as client:
            for entity_set in entity_sets(client):
                name, type_ = entity_set.name, entity_set.entity_type
                pages = list(client.iter_pages(client.entity_set_uri(name), max_page_size=1))
                read = [each for page in pages for each in page.entities]
                shown = client.get_raw(client.entity_set_uri(name)).json()["value"]
                counted = client.get_count(client.entity_set_uri(name))
                assert len(read) == len(pages) > 1
                assert len(pages) == len(shown) == counted or name == "AuditLog"  # each look at it adds a row
                keys = type_.key_predicate_names
                known = {tuple(str(raw[each]) for each in keys): raw for raw in shown}
                for entity in read:
                    key = {each: entity.get_value(each) for each in keys}
                    raw = known[tuple(map(str, key.values()))]
                    uri = client.entity_uri(name, next(iter(key.values())) if len(key) == 1 else key)
                    alone = client.get_raw(uri, raise_on_error=True).json()
                    assert alone.pop("@odata.context") == f"{client.service_root}/$metadata#{name}/$entity"
                    assert alone == raw

    await asyncio.to_thread(read)


def described(client: EdmEnabledODataClient) -> set[tuple[str, bool]]:
    """Every property of every type that an entity set has, and whether it may be null."""
    edm = client.get_edm()
    types = {each.entity_type for each in edm.entity_container.entity_sets}
    types |= {each.type for type_ in types for each in type_.get_properties() if each.is_complex}
    return {
        (f"{type_.name}.{each.name}", each.nullable and not each.is_collection)
        for type_ in types
        for each in (*type_.get_properties(), *type_.get_navigation_properties())
    }


async def test_odatapy_asks_for_what_it_wants(place: Place) -> None:
    def ask() -> None:
        with place.client(*Scope) as client:
            contacts = client.entity_set_uri("Contacts")
            wanted = contacts.copy().filter(and_(Field("NameType").eq("C"), Field("Name1").startswith("B")))
            wanted.expand("Addresses").orderby("Name1").count()
            found = client.get_entity_set(wanted)
            assert found.count == 1
            (bo,) = found.entities
            assert (bo.get_value("ContactId"), bo.get_value("PreviousNameCodes")) == (2, ["0202809992"])
            assert [link.title for link in bo.navigation_links] == ["Addresses"]
            again = client.get_entity(client.entity_uri("Contacts", 2), if_none_match=bo.etag)
            assert isinstance(again, NotModified)
            changed = client.get_entity(client.entity_uri("Contacts", 2), if_none_match='W/"6"')
            assert changed.etag == bo.etag == 'W/"7"'
            with pytest.raises(ODataClientError, match="Contact has no Nonsense"):
                client.get_entity_set(contacts.copy().filter(Field("Nonsense").eq(1)))
            assert client.get_service_document().entity_sets.keys() == {
                each.name for each in client.get_edm().entity_container.entity_sets
            }

    await asyncio.to_thread(ask)


async def test_odatapy_creates_a_contact_and_does_to_it_what_the_metadata_describe(place: Place) -> None:
    def act() -> None:
        with place.client(*Scope) as client:
            new = {"NameType": "P", "Name1": "Ane", "Addresses": [{"Address1": "Vestergade 1"}]}
            ane, bo = (client.create_entity_result("Contacts", each).entity for each in (new, new))
            assert ane is not None
            assert bo is not None
            invoke = invoking(client, ane.get_value("ContactId"))
            spouse = {"Role": "Ægtefælle", "ToContactId": bo.get_value("ContactId")}
            referred = invoke("AddReference", spouse, ane.etag).entity()
            with pytest.raises(ODataClientError, match="the contact has version 2 now"):
                invoke("RemoveReference", spouse, ane.etag)
            single = invoke("RemoveReference", spouse, referred.etag).entity()
            closed = invoke("Close", {"EndDate": "2026-01-31"}, single.etag).entity()
            assert (closed.etag, closed.get_value("EndDate")) == ('W/"4"', dt.date(2026, 1, 31))
            as_it_was = invoke("AsOf", {"Version": 2}).value
            assert [each["Role"] for each in as_it_was["References"]] == ["Ægtefælle"]
            planned = invoke("Erase", ERASURE | {"dry_run": True}, closed.etag).value
            assert planned["rows"]["address"] == 1
            found = Conformance()
            found.check(type_of_answer(client, "AsOf"), as_it_was)
            found.check(type_of_answer(client, "Erase"), planned | {"rows": {}})  # whose names are open
            assert found.faults == []
            assert json.loads(invoke("Export").content)["contact"][0]["name1"] == "Ane"

    await asyncio.to_thread(act)


Invoke: TypeAlias = Callable[..., ODataInvokeResult]


def invoking(client: EdmEnabledODataClient, contact_id: int) -> Invoke:
    """Invokes actions of a contact, with what the metadata say that they take."""

    def invoke(
        name: str, parameters: dict[str, Any] | None = None, etag: str | None = None
    ) -> ODataInvokeResult:
        action = bound(client, name)
        assert set(parameters or {}) <= set(action.parameter_names)
        uri = client.entity_uri("Contacts", contact_id).append_action_call_segment(f"Registerbro.{name}")
        return client.invoke_action(
            uri, parameters, etag=etag, entity_type=client.entity_set_type("Contacts")
        )

    return invoke


def bound(client: EdmEnabledODataClient, name: str) -> EdmAction:
    """An action as the metadata describe it."""
    action: EdmAction | None = client.get_edm().get_bound_action(
        FullQualifiedName("Registerbro", name), "Registerbro.Contact"
    )
    assert action is not None
    return action


def type_of_answer(client: EdmEnabledODataClient, name: str) -> EdmComplexType:
    """Of an action that gives no entity."""
    fqn = bound(client, name).return_type_fqn
    assert fqn is not None
    type_: EdmComplexType | None = client.get_edm().get_complex_type(FullQualifiedName(*fqn.split(".")))
    assert type_ is not None
    return type_


async def test_odatapy_sends_a_batch_whose_number_gets_into_no_log_and_no_trace(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    """Traces are watched in every test (``tests.support.privacy_guard``)."""

    def ask() -> None:
        with place.client(*Scope) as client:
            batch = client.batch(format="json")
            by_number = client.entity_set_uri("Contacts").filter(Field("NameCode").eq("0202800002"))
            for uri in (by_number, client.entity_uri("Contacts", 1), client.entity_uri("Contacts", 99)):
                batch.add_retrieve(uri)
            found, one, missing = client.execute_batch(batch).responses
            assert [each["ContactId"] for each in found.json()["value"]] == [2]
            assert one.entity().get_value("Name1") == "Åse"
            with pytest.raises(ODataClientError, match="Contacts has no entity with this key"):
                missing.raise_for_status()

    with caplog.at_level("DEBUG"):
        await asyncio.to_thread(ask)
    assert "NameCode" not in caplog.text


async def test_python_odata_reads_by_classes_that_it_makes_of_the_metadata(place: Place) -> None:
    def read() -> None:
        with requests.Session() as session:
            session.headers.update(place.headers(*Scope))
            service = odata.ODataService(
                place.root, session=session, reflect_entities=True, quiet_progress=True
            )
            contact = service.entities["Contacts"]
            query = service.query(contact).filter(contact.Name2 == "O'Hara").expand(contact.Addresses)
            (bo,) = query.all()
            assert (bo.ContactId, bo.Name1, bo.CreatedAt.tzinfo is not None) == (2, "Bo & <Co>", True)
            assert [each.Address1 for each in bo.Addresses] == ["Æblevej 2", "Gammelvej 3"]
            assert [each.Role for each in bo.References] == ["Barn", "Ægtefælle"]
            taken = {
                name: set(getattr(contact, name).actionbase_instance.parameters) for name in ("Close", "AsOf")
            }
            assert taken == {"Close": {"EndDate"}, "AsOf": {"StoreTime", "RegisterDate", "Version"}}
            in_order = service.query(contact).order_by(contact.SortName.asc()).all()
            assert [each.ContactId for each in in_order] == [5, 1, 3, 2, 4]
            assert (
                service.query(service.entities["Runs"]).get("00000000-0000-4000-8000-000000000002").FileBytes
                == 5 * 10**9
            )

    await asyncio.to_thread(read)
