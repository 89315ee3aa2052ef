"""What OData clients find before they ask for entities: service document, ``$metadata``, versions, errors, ETags."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from console import api
from console.app import create_app
from console.odata import metadata
from console.odata.descriptions import DESCRIPTIONS
from console.odata.edm import Collection
from console.odata.model import CONTAINER, ENTITY_SETS, NAMESPACE
from console.odata.protocol import is_known, version_for, with_error, with_quoted_keys
from console.odata.writing import ACTIONS
from console.settings import AppSettings
from hypothesis import given
from hypothesis import strategies as st
from odatapy.edm.annotations import Constant, Path
from odatapy.edm.json_csdl import parse_metadata_json
from odatapy.edm.xml_io import parse_metadata
from registerbro.auth import DevelopmentIssuer, Scope

from tests.support.services import bearer, client_of, settings_for

METADATA = "/odata/$metadata"
CONTACT = "/odata/Contacts({key})"


@pytest.fixture
def client(issuer: DevelopmentIssuer) -> httpx.AsyncClient:
    """A client without a token, of a console that is not started: what is asked here needs no store."""
    return client_of(
        create_app(AppSettings(**dict(settings_for("postgresql://nowhere.invalid/none", issuer))))
    )


def plain(value: Any) -> Any:
    """What odatapy read, without what JSON cannot tell: whether a text names a property or a member of an enumeration."""
    match value:
        case Constant() | Path():
            return ",".join(each.rpartition("/")[2] for each in str(value.value).split())
        case list():
            return [plain(each) for each in value]
        case str():
            return ",".join(value.split())
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {each.name: plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
        case _:
            return value


def test_both_forms_of_the_metadata_say_the_same_to_a_reader_that_is_not_ours() -> None:
    as_xml, as_json = parse_metadata(metadata.as_xml("4.01")), parse_metadata_json(metadata.as_json())
    assert plain(as_xml) == plain(as_json)
    (schema,) = as_json
    assert schema.entity_container is not None
    assert [each.name for each in schema.entity_container.entity_sets] == list(ENTITY_SETS)


def test_what_can_be_done_to_a_contact_is_declared_route_by_route() -> None:
    bound = f"{CONTACT}/{NAMESPACE}."
    routes = {path.replace("contact_id", "key") for method, path in api.SCOPES if method == "POST"}
    assert {f"{bound}{each.name}" for each in ACTIONS} == {path for path in routes if path.startswith(bound)}
    for action in ACTIONS:
        (declared,) = metadata.document()[NAMESPACE][action.name]
        assert declared["$Parameter"][0] == {"$Name": "bindingParameter", "$Type": "Registerbro.Contact"}


def test_what_can_be_written_is_declared_route_by_route() -> None:
    """The capabilities of each entity set, and of what is written through a contact."""
    declared = metadata.document()[NAMESPACE][CONTAINER]
    for name in ENTITY_SETS:
        assert allowed(declared[name], "@Capabilities.") == routed(
            f"/odata/{name}", f"/odata/{name}({{key}})"
        )
    (addresses,) = declared["Contacts"]["@Capabilities.NavigationRestrictions"]["RestrictedProperties"]
    assert addresses["NavigationProperty"] == "Addresses"
    assert allowed(addresses) == routed(f"{CONTACT}/Addresses", f"{CONTACT}/Addresses({{address_id}})")
    fixed = declared["Contacts"]["@Capabilities.UpdateRestrictions"]["NonUpdatableProperties"]
    assert {"PreviousNameCodes", "NameCode", "NameType", "ContactId"} <= set(fixed)
    assert not {"Name1", "EndDate", "Info"} & set(fixed)


def allowed(restrictions: Mapping[str, Any], prefix: str = "") -> tuple[bool, bool, bool]:
    """Whether something can be inserted, updated, deleted, as the metadata say."""
    inserts, updates, deletes = (
        restrictions[f"{prefix}{change}Restrictions"] for change in ("Insert", "Update", "Delete")
    )
    return inserts["Insertable"], updates["Updatable"], deletes["Deletable"]


def routed(many: str, one: str) -> tuple[bool, bool, bool]:
    """The same, as there are routes."""
    return ("POST", many) in api.SCOPES, ("PATCH", one) in api.SCOPES, ("DELETE", one) in api.SCOPES


def test_everything_is_described_and_nothing_else() -> None:
    named: dict[str, set[str]] = {}
    for each in ENTITY_SETS.values():
        named[each.type_name] = {"", *each.by_name}
        named |= {inner.type_name: {"", *_fields(inner)} for inner in each.collections if inner.item is None}
    assert {name: set(texts) for name, texts in DESCRIPTIONS.items()} == named


def _fields(collection: Collection) -> Iterator[str]:
    return (each.name for each in collection.fields)


async def test_service_document_and_metadata_need_no_token(client: httpx.AsyncClient) -> None:
    for path in ("/odata", "/odata/"):
        document = (await client.get(path)).json()
        assert document["@odata.context"] == "http://service.test/odata/$metadata"
        assert [(each["kind"], each["url"]) for each in document["value"]] == [
            ("EntitySet", name) for name in ENTITY_SETS
        ]


@pytest.mark.parametrize(
    ("options", "headers", "version", "media_type"),
    [
        ({}, {}, "4.01", metadata.XML),
        ({}, {"Accept": "application/xml"}, "4.01", metadata.XML),
        ({}, {"Accept": "application/json;odata.metadata=minimal, */*;q=0.1"}, "4.01", metadata.JSON),
        ({}, {"Accept": "application/json;q=0.5, application/*"}, "4.01", metadata.XML),
        ({}, {"Accept": "application/json", "OData-MaxVersion": "4.0"}, "4.0", metadata.XML),
        ({"$format": "json"}, {"OData-MaxVersion": "4.0"}, "4.0", metadata.JSON),
        ({"$format": "application/xml"}, {"Accept": "application/json"}, "4.01", metadata.XML),
        ({}, {"OData-MaxVersion": "5.0"}, "4.01", metadata.XML),
    ],
)
async def test_the_metadata_come_as_they_are_wanted(
    client: httpx.AsyncClient, options: dict[str, str], headers: dict[str, str], version: str, media_type: str
) -> None:
    answer = await client.get(METADATA, params=options, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["odata-version"] == version
    if media_type == metadata.XML:
        assert f' Version="{version}"' in answer.text
    again = await client.get(
        METADATA, params=options, headers={**headers, "If-None-Match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]
    assert "content-length" not in again.headers


@pytest.mark.parametrize("accept", ["text/html", "nonsense", "application/json;q=0"])
async def test_another_format_is_not_to_be_had(client: httpx.AsyncClient, accept: str) -> None:
    answer = await client.get(METADATA, headers={"Accept": accept})
    assert (answer.status_code, answer.json()["error"]["code"]) == (406, "format-not-served")


@pytest.mark.parametrize("version", ["3.0", "3", "", "four", "4.0.0", "-4.0", "1e9"])
async def test_who_takes_no_version_of_ours_is_told(
    client: httpx.AsyncClient, issuer: DevelopmentIssuer, version: str
) -> None:
    assert version_for(version) is None
    told = {**bearer(issuer.token(Scope.CONTACTS_READ)), "OData-MaxVersion": version}
    for method, path in (
        ("GET", "/odata/"),
        ("GET", "/odata/Contacts(1)"),
        ("POST", "/odata/Contacts/$query"),
    ):
        answer = await client.request(method, path, headers=told)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "odata-version-unsupported")
        assert answer.headers["odata-version"] == "4.01"


async def test_errors_have_both_forms_whoever_answers(
    client: httpx.AsyncClient, issuer: DevelopmentIssuer
) -> None:
    """Gatekeeper, router, shared handlers: a console that is not started has no store either."""
    token = bearer(issuer.token(Scope.CONTACTS_READ))
    asked = {
        "token-missing": await client.get("/odata/Contacts"),
        "scope-missing": await client.get("/odata/AuditLog", headers=token),
        "not-found": await client.get("/odata/NoSuchSet", headers=token),
        "method-not-allowed": await client.delete("/odata/Contacts(1)", headers=token),
        "invalid-request": await client.post("/odata/$batch", json={}, headers=token),
        "unsupported-media-type": await client.post(
            "/odata/$batch", content=b"--a", headers={**token, "Content-Type": "multipart/mixed; boundary=a"}
        ),
        "not-ready": await client.get(
            "/odata/Contacts", headers={**token, "Registerbro-Purpose": "none at all"}
        ),
    }
    for code, answer in asked.items():
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-language"] == "en"
        assert (problem["status"], problem["type"].rpartition("/")[2]) == (answer.status_code, code)
        assert problem["error"]["code"] == code
        assert problem["error"]["message"] == problem.get("detail", problem["title"])
    assert asked["invalid-request"].json()["error"]["details"] == [
        {"code": "missing", "target": "body/requests", "message": "Field required"}
    ]


async def test_answers_elsewhere_are_left_alone(client: httpx.AsyncClient) -> None:
    for path in ("/oauth2/clients", "/odatas", "/liveness"):
        answer = await client.get(path)
        assert "odata-version" not in answer.headers
        assert '"error"' not in answer.text


def test_a_problem_without_detail_is_told_by_its_title() -> None:
    assert with_error({"type": "https://x/problems/a-b", "title": "T"})["error"] == {
        "code": "a-b",
        "message": "T",
    }


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ('W/"7"', True),
        ('"7"', True),
        ('"6", W/"7"', True),
        ("*", True),
        ('W/"77"', False),
        ("7", False),
        ("", False),
    ],
)
def test_etags_are_compared_weakly(known: str, *, expected: bool) -> None:
    assert is_known('W/"7"', known) is expected


@given(st.text(alphabet="a/%2F'()=,1", max_size=20))
def test_a_slash_in_a_key_divides_no_path(text: str) -> None:
    key = text.replace("'", "''")
    path = with_quoted_keys(f"/odata/Cases(CaseReference='{key}',ContactId=1)/Contact")
    assert path.count("/") == 3
    assert httpx.URL(f"http://h{path}").path == f"/odata/Cases(CaseReference='{key}',ContactId=1)/Contact"
