"""The scopes of which a person needs one for each page and form of the console, written down by hand, as ``expected_scopes.py``.

An empty set: whoever has logged in. A page that is new, gone or wants other scopes fails the test, which prints the lines to change.
"""

from collections.abc import Mapping

EXPECTED_PAGES: Mapping[str, frozenset[str]] = {
    row: frozenset(scopes.split())
    for row, scopes in {
        "GET /ui/clients": "config:read",
        "GET /ui/clients/new": "config:write",
        "POST /ui/clients/new": "config:write",
        "GET /ui/clients/{client_id}": "config:read",
        "POST /ui/clients/{client_id}/removal": "config:write",
        "GET /ui/preferences": "",
        "POST /ui/preferences": "",
        "GET /ui/purpose": "",
        "POST /ui/purpose": "",
    }.items()
}
