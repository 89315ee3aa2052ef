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
        "GET /ui/contacts": "contacts:read",
        "POST /ui/contacts": "contacts:read",
        "GET /ui/contacts/import": "persons:import persons:lookup units:import units:lookup",
        "POST /ui/contacts/import": "persons:import persons:lookup units:import units:lookup",
        "GET /ui/contacts/import/list": "persons:import units:import",
        "POST /ui/contacts/import/list": "persons:import units:import",
        "POST /ui/contacts/import/person": "persons:import",
        "POST /ui/contacts/import/unit": "units:import",
        "GET /ui/contacts/new": "contacts:write",
        "POST /ui/contacts/new": "contacts:write",
        "GET /ui/contacts/{contact_id}": "contacts:read",
        "GET /ui/contacts/{contact_id}/access": "audit:read",
        "GET /ui/contacts/{contact_id}/addresses/new": "contacts:write",
        "POST /ui/contacts/{contact_id}/addresses/new": "contacts:write",
        "GET /ui/contacts/{contact_id}/addresses/{address_id}": "contacts:write",
        "POST /ui/contacts/{contact_id}/addresses/{address_id}": "contacts:write",
        "POST /ui/contacts/{contact_id}/addresses/{address_id}/removal": "contacts:write",
        "GET /ui/contacts/{contact_id}/closing": "contacts:write",
        "POST /ui/contacts/{contact_id}/closing": "contacts:write",
        "GET /ui/contacts/{contact_id}/edit": "contacts:write",
        "POST /ui/contacts/{contact_id}/edit": "contacts:write",
        "GET /ui/contacts/{contact_id}/erasure": "contacts:write",
        "POST /ui/contacts/{contact_id}/erasure": "contacts:write",
        "GET /ui/contacts/{contact_id}/export": "audit:read",
        "POST /ui/contacts/{contact_id}/export": "audit:read",
        "GET /ui/contacts/{contact_id}/history": "contacts:read",
        "GET /ui/contacts/{contact_id}/past": "contacts:read",
        "GET /ui/contacts/{contact_id}/records": "contacts:read",
        "GET /ui/contacts/{contact_id}/references/new": "contacts:write",
        "POST /ui/contacts/{contact_id}/references/new": "contacts:write",
        "POST /ui/contacts/{contact_id}/references/removal": "contacts:write",
        "GET /ui/contacts/{contact_id}/subscription": "contacts:read",
        "POST /ui/contacts/{contact_id}/subscription": "subscriptions:manage",
        "GET /ui/contacts/{contact_id}/subscription/live": "contacts:read",
        "GET /ui/preferences": "",
        "POST /ui/preferences": "",
        "GET /ui/purpose": "",
        "POST /ui/purpose": "",
    }.items()
}
