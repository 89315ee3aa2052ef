"""Queries that would tell of a protected person by what they find: they find the same whether one asks for the truth or for nonsense.

Each question is asked with words that are true of protected persons and with one that is true of nobody. Without
``protected:read`` the answers are the same to the letter; with it they differ, else the question would prove nothing.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from registerbro.auth import DevelopmentIssuer, Scope

from tests.security.filled import ORDINARY, Filled
from tests.security.protected_persons import PROTECTED, word
from tests.security.walking import PURPOSE
from tests.support.services import bearer

pytestmark = pytest.mark.xdist_group("protected persons")  # which start once

NONSENSE = word("findesikke")
NAME, SURNAME, FULL_NAME = word("nyfornavn"), word("nyefternavn"), word("nyadrnavn")
STREET, DISTRICT, TOWN = word("nyvej"), word("nypostdist"), word("nybynavn")
FORMER_STREET, FORMER_NAME, MOTHER = word("glvej"), word("glfornavn"), word("mor")
QUESTIONS: Mapping[
    str, tuple[str, str]
] = {  # path and query, with {word} for what is asked; and what is true
    "name": ("Contacts?$filter=startswith(Name1,'{word}')", NAME),
    "name, exactly": ("Contacts?$filter=Name1 eq '{word} Zqxnymellemnavn'", NAME),
    "name, in any case": ("Contacts?$filter=contains(tolower(Name2),tolower('{word}'))", SURNAME),
    "name, negated": ("Contacts?$filter=not contains(Name2,'{word}')", SURNAME),
    "name, unequal": ("Contacts?$filter=Name2 ne '{word}'", SURNAME),
    "name, by order": ("Contacts?$filter=Name2 ge '{word}'", SURNAME),
    "name, one of": ("Contacts?$filter=Name2 in ('{word}','x')", SURNAME),
    "name, by its end": ("Contacts?$filter=endswith(Name2,'{word}')", SURNAME),
    "name, by its length": ("Contacts?$filter=length(Name2) eq length('{word}')", SURNAME),
    "sort name": ("Contacts?$filter=startswith(SortName,tolower('{word}'))", SURNAME),
    "full name": ("Contacts?$filter=Text eq '{word}'", FULL_NAME),
    "a relative's name": ("Contacts?$filter=startswith(Name1,'{word}')", MOTHER),
    "count": ("Contacts?$count=true&$top=0&$filter=contains(Name2,'{word}')", SURNAME),
    "count alone": ("Contacts/$count?$filter=contains(Name2,'{word}')", SURNAME),
    "search by name": ("Contacts?$search={word}", SURNAME),
    "search by street": ("Contacts?$search={word}", STREET),
    "count of a search": ("Contacts/$count?$search={word}", SURNAME),
    "street": ("Addresses?$filter=Address1 eq '{word}'", STREET),
    "street, counted": ("Addresses/$count?$filter=startswith(Address1,'{word}')", STREET),
    "former street": ("Addresses?$filter=startswith(Address1,'{word}')", FORMER_STREET),
    "district": ("Addresses?$filter=PostDistrict eq '{word}'", DISTRICT),
    "town, in a collection": (
        "Contacts?$filter=Info/any(i: i/Label eq 'Bynavn' and i/Value eq '{word}')",
        TOWN,
    ),
    "district, in a collection": ("Contacts?$filter=Info/any(i: contains(i/Value,'{word}'))", DISTRICT),
    "name, from an address": ("Addresses?$filter=Contact/Name2 eq '{word}'", SURNAME),
    "name, from a reference": ("References?$filter=ToContact/Name2 eq '{word}'", SURNAME),
    "name, from a case": ("Cases?$filter=Contact/Name2 eq '{word}'", SURNAME),
    "name, from records": ("SourceRecords?$filter=contains(Contact/Name1,'{word}')", NAME),
    "records": ("SourceRecords?$filter=contains(Records,'{word}')", SURNAME),
    "past": ("Versions?$filter=contains(Before,'{word}')", FORMER_NAME),
    "within": (
        "Contacts?$expand=Addresses($filter=Address1 eq '{word}';$count=true)&$select=ContactId",
        STREET,
    ),
}


async def ask(filled: Filled, token: str, question: str, sought: str) -> tuple[int, Any]:
    """What comes back, without the word itself, which links repeat."""
    path, _, query = question.format(word=sought).partition("?")
    url = f"/odata/{path}?{quote(query, safe='$=&')}"
    headers = bearer(token) | {"Registerbro-Purpose": PURPOSE}
    answer = await filled.services["console"].client.get(url, headers=headers)
    return answer.status_code, answer.text.replace(sought, "")


@pytest.mark.parametrize("what", QUESTIONS)
@pytest.mark.asyncio(loop_scope="package")
async def test_a_question_finds_the_same_for_truth_and_nonsense(
    filled: Filled, issuer: DevelopmentIssuer, what: str
) -> None:
    question, truth = QUESTIONS[what]
    ordinary, cleared = issuer.token(*ORDINARY), issuer.token(*ORDINARY, Scope.PROTECTED_READ)
    assert await ask(filled, ordinary, question, truth) == await ask(filled, ordinary, question, NONSENSE)
    status, hit = await ask(filled, cleared, question, truth)
    assert status == 200, hit
    assert hit != (await ask(filled, cleared, question, NONSENSE))[1]


@pytest.mark.parametrize(
    "truth", [NAME, SURNAME, STREET, DISTRICT, FORMER_STREET, MOTHER, f"{SURNAME} {STREET}"]
)
@pytest.mark.asyncio(loop_scope="package")
async def test_the_search_of_the_console_finds_the_same_for_truth_and_nonsense(
    filled: Filled, issuer: DevelopmentIssuer, truth: str
) -> None:
    async def found(sought: str, *more: Scope) -> Any:
        answer = await filled.services["console"].client.post(
            "/contacts/search",
            json={"text": sought, "purpose": PURPOSE},
            headers=bearer(issuer.token(*ORDINARY, *more)),
        )
        return answer.json()

    assert await found(truth) == await found(NONSENSE)
    has_hit = (await found(truth, Scope.PROTECTED_READ))["found"] > 0
    assert has_hit is not (truth == FORMER_STREET)  # nobody is found where they do not live any more


async def ordered(client: httpx.AsyncClient, token: str, by: str) -> list[int]:
    """The protected persons in the order in which they come."""
    headers = bearer(token) | {"Registerbro-Purpose": PURPOSE}
    answer = await client.get(f"/odata/Contacts?$orderby={by}&$select=ContactId,NameCode", headers=headers)
    return [each["ContactId"] for each in answer.json()["value"] if each["NameCode"] in PROTECTED]


@pytest.mark.parametrize("by", ["Name1", "Name2", "SortName", "Text", "Name2 desc"])
@pytest.mark.asyncio(loop_scope="package")
async def test_the_order_tells_nothing(filled: Filled, issuer: DevelopmentIssuer, by: str) -> None:
    client = filled.services["console"].client
    found = await ordered(client, issuer.token(*ORDINARY), by)
    assert found == sorted(found, reverse=by.endswith("desc"))  # by their ids, as what is equal comes
    assert len(found) == len(PROTECTED)
    assert await ordered(client, issuer.token(*ORDINARY, Scope.PROTECTED_READ), by) != found
