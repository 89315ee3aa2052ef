"""The scopes of which a person needs one for each page and form of the console, written down by hand, as ``expected_scopes.py``.

An empty set: whoever has logged in. A page that is new, gone or wants other scopes fails the test, which prints the lines to change.
"""

from collections.abc import Mapping

EXPECTED_PAGES: Mapping[str, frozenset[str]] = {
    row: frozenset(scopes.split())
    for row, scopes in {
        "GET /ui/batch": "batch:read",
        "GET /ui/batch/approvals": "batch:read",
        "GET /ui/batch/approvals/{approval_id}": "batch:read",
        "POST /ui/batch/approvals/{approval_id}/decision": "batch:run",
        "GET /ui/batch/connection": "batch:read",
        "POST /ui/batch/connection": "batch:run",
        "GET /ui/batch/contacts/{contact_id}": "batch:read",
        "POST /ui/batch/dry-runs": "batch:run",
        "GET /ui/batch/files": "batch:read",
        "GET /ui/batch/files/{file_id}": "batch:read",
        "GET /ui/batch/files/{file_id}/persons/{ordinal}": "batch:read",
        "GET /ui/batch/files/{file_id}/problems": "batch:read",
        "GET /ui/batch/gaps": "batch:read",
        "GET /ui/batch/gaps/{gap_id}/dismissal": "batch:run",
        "POST /ui/batch/gaps/{gap_id}/dismissal": "batch:run",
        "POST /ui/batch/gaps/{gap_id}/orders": "subscriptions:manage",
        "POST /ui/batch/imports": "batch:run",
        "POST /ui/batch/input-files": "subscriptions:manage",
        "GET /ui/batch/journal": "batch:read",
        "GET /ui/batch/live": "batch:read",
        "GET /ui/batch/orders": "batch:read",
        "GET /ui/batch/orders/new": "subscriptions:manage",
        "POST /ui/batch/orders/new": "subscriptions:manage",
        "POST /ui/batch/orders/wishes": "subscriptions:manage",
        "POST /ui/batch/orders/{order_id}/withdrawal": "subscriptions:manage",
        "GET /ui/batch/purges": "batch:run",
        "POST /ui/batch/purges": "batch:run",
        "GET /ui/batch/runs": "batch:read",
        "POST /ui/batch/runs": "batch:run",
        "GET /ui/batch/runs/{run_id}": "batch:read",
        "GET /ui/batch/runs/{run_id}/live": "batch:read",
        "GET /ui/batch/runs/{run_id}/plan": "batch:read",
        "POST /ui/batch/runs/{run_id}/retry": "batch:run",
        "POST /ui/batch/runs/{run_id}/stop": "batch:run",
        "GET /ui/batch/server": "batch:read",
        "POST /ui/batch/server": "batch:read",
        "GET /ui/batch/settings": "config:read",
        "POST /ui/batch/settings": "config:write",
        "GET /ui/batch/settings/history": "config:read",
        "POST /ui/batch/transfers": "batch:run",
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
