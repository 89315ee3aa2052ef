"""``$batch``: what is done and what not, who may ask for it, where it can lead to."""

import base64
import json
from typing import Any

import httpx
import pytest
from console.app import create_app
from console.odata.batch import MOST_ANSWERED, Run
from console.odata.batch_form import Batch, SubRequest
from console.odata.subrequests import Answer, _content
from console.settings import AppSettings
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.problems import InvalidRequest
from registerbro.settings import Settings

from tests.support import one_of_each
from tests.support.services import bearer, client_of, running, settings_for

BATCH = "/odata/$batch"
READS = {"method": "get", "url": "$metadata"}
FAILS = {"method": "get", "url": "NoSuchSet"}


@pytest.fixture
def reader(issuer: DevelopmentIssuer) -> httpx.AsyncClient:
    """A client that may read contacts, of a console that is not started: what is asked here needs no store."""
    told = settings_for("postgresql://nowhere.invalid/none", issuer)
    client = client_of(create_app(AppSettings(**dict(told))))
    client.headers.update(bearer(issuer.token(Scope.CONTACTS_READ)))
    return client


async def answers(
    client: httpx.AsyncClient, *requests: dict[str, Any], **headers: str
) -> list[dict[str, Any]]:
    """What came back, in order."""
    numbered = [{"id": str(number), **each} for number, each in enumerate(requests)]
    answer = await client.post(BATCH, json={"requests": numbered}, headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["responses"]
    assert [each["id"] for each in found] == [each["id"] for each in numbered]
    return found


def slug(body: dict[str, Any]) -> str:
    return str(body["type"]).rsplit("/", 1)[-1]


async def test_answers_are_those_that_the_requests_get_alone(reader: httpx.AsyncClient) -> None:
    document, described, missing = await answers(
        reader, {"method": "GET", "url": ""} | {"url": "./"}, READS, FAILS
    )
    assert document["body"] == (await reader.get("/odata/")).json()
    alone = await reader.get("/odata/$metadata")
    assert base64.urlsafe_b64decode(described["body"] + "==") == alone.content
    assert described["headers"]["etag"] == alone.headers["etag"]
    assert described["headers"]["content-type"] == alone.headers["content-type"]
    alone = await reader.get("/odata/NoSuchSet")
    assert (missing["status"], missing["body"]) == (404, alone.json())
    assert missing["body"]["error"]["code"] == "not-found"


async def test_headers_of_a_request_are_its_own(reader: httpx.AsyncClient) -> None:
    etag = (await reader.get("/odata/$metadata")).headers["etag"]
    wanted = READS | {"headers": {"If-None-Match": etag, "X-Anything": "is left out"}}
    as_json = READS | {"headers": {"accept": "application/json"}}
    too_old = READS | {"headers": {"odata-maxversion": "3.0"}}
    unchanged, described, refused = await answers(reader, wanted, as_json, too_old)
    assert unchanged["status"] == 304
    assert "body" not in unchanged
    assert described["body"]["$Version"] == "4.01"
    assert (refused["status"], slug(refused["body"])) == (400, "odata-version-unsupported")


@pytest.mark.parametrize(
    "url",
    [
        "/oauth2/clients",
        "../oauth2/clients",
        "%2e%2e/oauth2/clients",
        "/odata/../oauth2/clients",
        "/openapi.json",
        "/odata",
        "https://elsewhere.test/odata/$metadata",
        "//elsewhere.test/odata/$metadata",
        "http://service.test:9/odata/$metadata",
        "http://[/odata/",
        "Contacts?\u0000",
        "x" * 65_536,
        "$batch",
        "/odata/$batch?again",
        "/odata/%24batch",
    ],
)
async def test_it_leads_nowhere_else(reader: httpx.AsyncClient, issuer: DevelopmentIssuer, url: str) -> None:
    """Asked with a token that would be let in there."""
    token = issuer.token(*Scope)
    (answer,) = await answers(reader, {"method": "get", "url": url}, **bearer(token))
    assert answer["status"] in (404, 422), answer


async def test_each_request_is_authorised_for_itself(reader: httpx.AsyncClient) -> None:
    may, may_not = await answers(
        reader, {"method": "get", "url": "Contacts?$top=1"}, {"method": "get", "url": "AuditLog?$top=1"}
    )
    assert (may_not["status"], slug(may_not["body"])) == (403, "scope-missing")
    assert may["status"] != 403
    del reader.headers["authorization"]
    assert (await reader.post(BATCH, json={"requests": [{"id": "1", **READS}]})).status_code == 401


async def test_a_batch_goes_on_after_errors_unless_told_otherwise(reader: httpx.AsyncClient) -> None:
    requests = (FAILS, READS, READS | {"dependsOn": ["0"]}, READS | {"dependsOn": ["1"]})
    for prefer in ("", "continue-on-error", "return=minimal, odata.continue-on-error=true"):
        assert [each["status"] for each in await answers(reader, *requests, prefer=prefer)] == [
            404,
            200,
            424,
            200,
        ]
    for prefer in ("continue-on-error=false", "odata.continue-on-error = false, wait=1"):
        found = await answers(reader, *requests, prefer=prefer)
        assert [each["status"] for each in found] == [404, 424, 424, 424]
        assert {slug(each["body"]) for each in found[1:]} == {"dependency-failed"}


async def test_a_group_that_reads_fails_as_one_and_one_that_writes_is_not_done(
    reader: httpx.AsyncClient,
) -> None:
    group = {"atomicityGroup": "g"}
    found = await answers(reader, READS | group, FAILS | group, READS | {"dependsOn": ["g"]})
    assert [each["status"] for each in found] == [200, 404, 424]
    assert [each.get("atomicityGroup") for each in found] == ["g", "g", None]
    write = {"method": "patch", "url": "Contacts(1)", "body": {}}
    found = await answers(reader, READS | group, write | group, READS | {"dependsOn": ["g"]}, write)
    assert [each["status"] for each in found] == [501, 501, 424, 403]
    assert found[0]["body"]["what"].startswith("an atomicityGroup")


async def test_conditions_are_named_as_not_supported(reader: httpx.AsyncClient) -> None:
    _, conditional = await answers(reader, READS, READS | {"dependsOn": ["0"], "if": "$0/$succeeded"})
    assert (conditional["status"], slug(conditional["body"])) == (501, "not-supported")


@pytest.mark.parametrize(
    "request_",
    [
        {},
        READS | {"id": ""},
        READS | {"id": "a b"},
        READS | {"method": "trace"},
        READS | {"url": ""},
        READS | {"body": {}},
        READS | {"headers": {"Authorization": "Bearer x"}},
        READS | {"headers": {"registerbro-acting-user": "x"}},
        READS | {"headers": {"accept": "a\r\nx: y"}},
        READS | {"dependsOn": ["1"]},
        READS | {"dependsOn": ["2"]},
        READS | {"atomicityGroup": "1"},
        READS | {"atomicityGroup": "g", "dependsOn": ["g"]},
        READS | {"unknown": 1},
    ],
    ids=lambda request: json.dumps(request)[:40],
)
def test_a_request_out_of_form_is_refused_with_its_place(request_: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        Batch.model_validate_json(json.dumps({"requests": [{"id": "1", **request_}]}))
    assert refused.value.errors()[0]["loc"][:1] in [("requests",), ()]


class Told:
    """What a batch sent on; requests to ``fail`` are answered with an error."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, asked: SubRequest) -> Answer:
        self.sent.append(asked.id)
        return Answer(404 if asked.url == "fail" else 200, {}, b"")


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    """Reading requests, some of them in groups, that depend on some before them."""
    requests: list[dict[str, Any]] = []
    names: list[str] = []
    for number, (url, group) in enumerate(
        draw(
            st.lists(st.tuples(st.sampled_from(["well", "fail"]), st.integers(0, 2)), min_size=1, max_size=8)
        )
    ):
        grouped = {"atomicityGroup": f"g{number // 2}"} if group else {}
        before = [each for each in names if each not in grouped.values()]
        depends_on = draw(st.lists(st.sampled_from(before), unique=True, max_size=2)) if before else []
        requests.append({"id": str(number), "method": "get", "url": url, "dependsOn": depends_on, **grouped})
        names += [str(number), *grouped.values()]
    return Batch.model_validate({"requests": requests})


@given(batches(), st.booleans())
@settings(max_examples=60)
async def test_what_depends_on_a_failure_is_not_done(batch: Batch, continues: bool) -> None:
    """Compared with the rule as the standard says it, request by request over all that is known of the others."""
    told = Told()
    statuses = {
        each["id"]: each["status"] for each in await Run(batch, told.send, continues=continues).answers()
    }

    def has_failed(name: str) -> bool:
        members = [each.id for each in batch.requests if name in (each.id, each.atomicity_group)]
        return any(statuses[each] >= 400 for each in members)

    for position, each in enumerate(batch.requests):
        is_stopped = not continues and any(statuses[before.id] >= 400 for before in batch.requests[:position])
        if is_stopped or any(map(has_failed, each.depends_on)):
            assert (statuses[each.id], each.id in told.sent) == (424, False)
        else:
            assert (statuses[each.id], each.id in told.sent) == (404 if each.url == "fail" else 200, True)


async def test_a_batch_ends_where_its_answers_are_too_large() -> None:
    async def send(asked: SubRequest) -> Answer:
        return Answer(200, {"content-type": "text/plain"}, b"x" * (MOST_ANSWERED // 2 + 1))

    requests = [{"id": str(number), **READS} for number in range(3)]
    found = await Run(Batch.model_validate({"requests": requests}), send, continues=True).answers()
    assert [each["status"] for each in found] == [200, 200, 413]


TEXT, FORM, BYTES = "text/plain", "application/x-www-form-urlencoded", "application/octet-stream"


@pytest.mark.parametrize(
    ("content_type", "body", "sent"),
    [
        ("application/json", {"$top": 1}, b'{"$top":1}'),
        ("application/json;odata.metadata=minimal", "text", b'"text"'),
        (TEXT, "$search=\u00e6", "$search=\u00e6".encode()),
        (FORM, base64.urlsafe_b64encode(b"a=?>").decode().rstrip("="), b"a=?>"),
    ],
)
def test_bodies_are_written_as_their_type_asks_for(content_type: str, body: Any, sent: bytes) -> None:
    assert _content(post(content_type, body)) == sent


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", 2**70),
        ("application/json", ["\ud800"]),
        (TEXT, 1),
        (TEXT, "\ud800"),
        (BYTES, "*"),
        (BYTES, "\u00e6"),
        (BYTES, {}),
    ],
)
def test_bodies_that_cannot_be_written_so_are_refused(content_type: str, body: Any) -> None:
    with pytest.raises(InvalidRequest):
        _content(post(content_type, body))


def post(content_type: str, body: Any) -> SubRequest:
    said = {"id": "1", "method": "post", "url": "Contacts/$query", "headers": {"Content-Type": content_type}}
    return SubRequest.model_validate({**said, "body": body})


async def test_each_request_is_recorded_with_its_purpose_and_shows_what_its_caller_may_see(
    service_settings: Settings, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    await one_of_each.fill(pool)
    contact = {"method": "get", "url": f"Contacts({one_of_each.PROTECTED})?$select=Name1"}
    own = {"headers": {"registerbro-purpose": "for the second", "registerbro-case": "2026/17"}}
    headers = {"Registerbro-Purpose": "for all"}
    async with running(create_app(AppSettings(**dict(service_settings)))) as client:
        client.headers.update(bearer(issuer.token(Scope.CONTACTS_READ)))
        unstated, stated = await answers(client, contact, contact | own)
        assert (unstated["status"], slug(unstated["body"])) == (400, "purpose-required")
        inherited, _ = await answers(client, contact, contact | own, **headers)
        trusted = bearer(issuer.token(Scope.CONTACTS_READ, Scope.PROTECTED_READ))
        (seen,) = await answers(client, contact, **headers, **trusted)
    assert (inherited["body"]["Name1"], seen["body"]["Name1"]) == (None, "Åse")
    assert inherited["headers"]["etag"] == seen["headers"]["etag"] == stated["headers"]["etag"]
    rows = await pool.fetch(
        "select purpose, case_reference, contact_ids, fields from audit_log where service = 'console' order by at"
    )
    assert [tuple(row) for row in rows] == [
        ("for the second", "2026/17", [one_of_each.PROTECTED], ["Name1"]),
        ("for all", None, [one_of_each.PROTECTED], ["Name1"]),
        ("for the second", "2026/17", [one_of_each.PROTECTED], ["Name1"]),
        ("for all", None, [one_of_each.PROTECTED], ["Name1"]),
    ]


async def test_requests_that_write_are_done_one_by_one_and_in_no_group(
    service_settings: Settings, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    new = {"method": "post", "url": "Contacts", "body": {"NameType": "P", "Name1": "Ane"}}
    async with running(create_app(AppSettings(**dict(service_settings)))) as client:
        client.headers.update(bearer(issuer.token(Scope.CONTACTS_READ, Scope.CONTACTS_WRITE)))
        client.headers["Registerbro-Purpose"] = "new citizen"
        (created,) = await answers(client, new)
        assert (created["status"], created["body"]["Name1"], created["headers"]["etag"]) == (
            201,
            "Ane",
            'W/"1"',
        )
        one = f"Contacts({created['body']['ContactId']})"
        assert created["headers"]["location"].endswith(f"/odata/{one}")
        renamed = {"method": "patch", "url": one, "body": {"Name1": "Anna"}, "headers": {"If-Match": 'W/"1"'}}
        close = {"method": "post", "url": f"{one}/Registerbro.Close", "headers": {"If-Match": 'W/"2"'}}
        found = await answers(client, renamed, renamed, close, {"method": "get", "url": one})
        assert [each["status"] for each in found] == [200, 412, 200, 200]
        assert (found[-1]["body"]["Name1"], found[-1]["body"]["Version"]) == ("Anna", 3)
        group = {"atomicityGroup": "g"}
        found = await answers(client, new | group, {"method": "get", "url": one} | group)
        assert [each["status"] for each in found] == [501, 501]
        without = bearer(issuer.token(Scope.CONTACTS_READ))
        (refused,) = await answers(client, new, **without)
        assert (refused["status"], slug(refused["body"])) == (403, "scope-missing")
    assert await pool.fetchval("select count(*) from contact") == 1
    assert [row["purpose"] for row in await pool.fetch("select distinct purpose from audit_log")] == [
        "new citizen"
    ]
