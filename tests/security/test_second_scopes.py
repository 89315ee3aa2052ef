"""Calls that take a second scope, depending on what is asked for: refused before anything is done, and by that scope's name."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from registerbro.auth import DevelopmentIssuer, Scope

from tests.security.calling import filled
from tests.security.expected_scopes import EXPECTED_SCOPES
from tests.security.services import Running
from tests.security.walking import STATED
from tests.support.services import bearer

pytestmark = pytest.mark.xdist_group("all services")  # which start once

ROOT = Path(__file__).parents[2]
PAGES = "services/console/src/console/web/"  # which hide what the APIs would refuse: test_pages
ASKS = re.compile(r"\b(authorise|clearance)\(|\.may\(")
ASKING = {  # where scopes are looked at, beside the gate
    "libs/common/src/registerbro/auth/gate.py",
    "libs/common/src/registerbro/gatekeeper.py",
    "libs/common/src/registerbro/protection.py",
    "services/console/src/console/odata/reading.py",  # what is hidden: test_protected_persons
    "services/console/src/console/api/access_export.py",
    "services/console/src/console/api/contact_records.py",  # what is hidden: test_protected_persons
    "services/console/src/console/api/contact_search.py",  # what is hidden: test_protected_persons
    "services/console/src/console/api/contacts.py",  # what is hidden: test_protected_persons
    "services/console/src/console/overview/attention.py",  # what is left out: test_overview_api
    "services/cpr-direct/src/cpr_direct/api/persons.py",
    "services/cpr-direct/src/cpr_direct/cli/persons.py",
}
GLASS = {
    "number": "0101010101",
    "purpose": "testing who may break the glass",
    "break_glass": {"reason": "testing who may break the glass"},
}
SECOND: Mapping[tuple[str, str], tuple[Scope, Mapping[str, Any]]] = {  # and the body that asks for it
    ("console", "POST /odata/Contacts({key})/Registerbro.Export"): (Scope.PROTECTED_READ, {}),
    ("cpr-direct", "POST /persons/imports"): (Scope.PROTECTED_BREAK_GLASS, GLASS),
    ("cpr-direct", "POST /persons/records"): (Scope.PROTECTED_BREAK_GLASS, GLASS),
    ("cpr-direct", "POST /persons/search"): (Scope.PROTECTED_BREAK_GLASS, GLASS),
}


@pytest.mark.parametrize(("name", "row"), SECOND)
@pytest.mark.asyncio(loop_scope="package")
async def test_the_second_scope_is_asked_for(
    services: dict[str, Running], issuer: DevelopmentIssuer, name: str, row: str
) -> None:
    method, path = row.split()
    second, body = SECOND[name, row]
    first = Scope(EXPECTED_SCOPES[name][row])
    others = set(Scope) - {second, Scope.PROTECTED_READ}  # who may read protected data breaks no glass
    client = services[name].client
    for scopes in ({first}, others):
        headers = STATED | bearer(issuer.token(*scopes))
        refused = await client.request(method, filled(path), json=body, headers=headers)
        assert (refused.status_code, refused.json()["scope"]) == (403, second)
        assert f'scope="{second}"' in refused.headers["www-authenticate"]
    headers = STATED | bearer(issuer.token(first, second))
    let_in = await client.request(method, filled(path), json=body, headers=headers)
    assert let_in.status_code not in (401, 403)


def test_no_other_code_looks_at_scopes() -> None:
    """A handler that asks for a scope of its own belongs into the table above."""
    sources = [*ROOT.glob("libs/*/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]
    found = {str(each.relative_to(ROOT)) for each in sources if ASKS.search(each.read_text("utf-8"))}
    assert {path for path in found if not path.startswith(PAGES)} == ASKING
