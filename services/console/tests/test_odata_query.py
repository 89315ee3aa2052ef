"""``POST …/$query``: what a GET answers, with the options in the body, in each form that the standard names."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from console.app import create_app
from console.odata import query_bodies
from console.odata.query_bodies import FORM, JSON, TEXT
from console.odata.refusals import QueryMalformed
from console.settings import AppSettings
from hypothesis import given, settings
from hypothesis import strategies as st
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.problems import UnsupportedMediaType
from registerbro.settings import Settings

from tests.support import one_of_each
from tests.support.services import bearer, running

NAMES = st.sampled_from(["$filter", "$select", "$expand", "$orderby", "$search", "$count"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
ASKED = {"$filter": "NameCode eq '0202800002' or Name1 eq 'Å&+s%e'", "$select": "ContactId,Name1"}


@given(st.dictionaries(NAMES, TEXTS), st.integers(0, 10**6))
@settings(max_examples=50)
def test_each_form_says_the_same(options: dict[str, str], top: int) -> None:
    expected = options | {"$top": str(top)}
    as_text = "&".join(f"{quote(name)}={quote(value)}" for name, value in expected.items())
    assert query_bodies.options(TEXT, as_text.encode()) == expected
    assert query_bodies.options(f"{FORM}; charset=utf-8", urlencode(expected).encode()) == expected
    assert query_bodies.options("Application/JSON", json.dumps(options | {"$top": top}).encode()) == expected


@pytest.mark.parametrize(
    ("content_type", "body", "reason"),
    [
        (TEXT, b"$filter", "name=value"),
        (TEXT, b"$filter=%ff", "name=value"),
        (TEXT, b"\xff=1", "name=value"),
        (TEXT, b"&".join([b"a=1"] * 31), "name=value"),
        (FORM, b"$top=1&$top=2", "twice"),
        (JSON, b"{", "no JSON"),
        (JSON, b"[]", "an object"),
        (JSON, b'{"$top": "1"}', r"numbers for \$skip and \$top"),
        (JSON, b'{"$top": true}', "numbers"),
        (JSON, b'{"$filter": 1}', "text for all others"),
        (JSON, b'{"$filter": null}', "text"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(content_type: str, body: bytes, reason: str) -> None:
    with pytest.raises(QueryMalformed, match=reason):
        query_bodies.options(content_type, body)


def test_other_types_are_named_as_such() -> None:
    with pytest.raises(UnsupportedMediaType, match="text/plain"):
        query_bodies.options("application/xml", b"<a/>")


async def test_queries_by_post_find_by_number_and_go_on_by_get(
    service_settings: Settings, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    await one_of_each.fill(pool)
    async with running(create_app(AppSettings(**dict(service_settings)))) as client:
        client.headers.update({**bearer(issuer.token(Scope.CONTACTS_READ)), "Registerbro-Purpose": "a test"})
        path = "/odata/Contacts/$query"

        async def asked(content_type: str, content: str, query: str = "") -> Any:
            answer = await client.post(
                path + query,
                content=content,
                headers={"Content-Type": content_type, "Prefer": "odata.maxpagesize=1"},
            )
            return answer.json()

        as_text = "&".join(f"{name}={quote(value)}" for name, value in ASKED.items())
        for content_type, body in ((TEXT, as_text), (FORM, urlencode(ASKED)), (JSON, json.dumps(ASKED))):
            found = await asked(content_type, body)
            assert [each["ContactId"] for each in found["value"]] == [2], found
            assert found["@odata.context"].endswith("/odata/$metadata#Contacts(ContactId,Name1)")
        first = await asked(TEXT, "$filter=NameType eq 'C'", "?$orderby=ContactId desc&$count=true")
        assert (first["@odata.count"], [each["ContactId"] for each in first["value"]]) == (3, [5])
        then = (await client.get(first["@odata.nextLink"])).json()
        assert [each["ContactId"] for each in then["value"]] == [2, 1]
        without = await asked(
            JSON, json.dumps({"$format": "application/json;odata.metadata=none", "$top": 1})
        )
        assert list(without) == ["value"]
        for body, query, code in (
            ("$top=1", "?$top=1", "query-malformed"),
            ("$filter=Nonsense eq 1", "", "name-unknown"),
        ):
            refused = await asked(TEXT, body, query)
            assert refused["error"]["code"] == code
        del client.headers["registerbro-purpose"]
        assert (await asked(TEXT, ""))["error"]["code"] == "purpose-required"
