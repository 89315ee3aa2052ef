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
        "GET /ui/clients/{client_id}/change": "config:write",
        "POST /ui/clients/{client_id}/change": "config:write",
        "POST /ui/clients/{client_id}/removal": "config:write",
        "GET /ui/clients/{client_id}/secret": "config:write",
        "POST /ui/clients/{client_id}/secret": "config:write",
        "POST /ui/clients/{client_id}/switch": "config:write",
        "GET /ui/configuration": "config:read",
        "GET /ui/configuration/contact-types": "config:read",
        "POST /ui/configuration/contact-types": "config:write",
        "GET /ui/configuration/contact-types/{name_type}": "config:read",
        "POST /ui/configuration/contact-types/{name_type}": "config:write",
        "POST /ui/configuration/contact-types/{name_type}/removal": "config:write",
        "GET /ui/configuration/history": "config:read",
        "GET /ui/configuration/keys": "config:read",
        "POST /ui/configuration/keys": "config:write",
        "GET /ui/configuration/live/schedules": "config:read",
        "POST /ui/configuration/modules/{feature}": "config:write",
        "GET /ui/configuration/policy": "config:read",
        "POST /ui/configuration/policy": "config:write",
        "GET /ui/configuration/retention": "config:read",
        "POST /ui/configuration/retention": "config:write",
        "GET /ui/configuration/schedules": "config:read",
        "GET /ui/configuration/schedules/{job}": "config:read",
        "POST /ui/configuration/schedules/{job}": "config:write",
        "POST /ui/configuration/schedules/{job}/runs": "config:write",
        "GET /ui/configuration/sources": "config:read",
        "GET /ui/configuration/sources/{source}": "config:read",
        "POST /ui/configuration/sources/{source}": "config:write",
        "POST /ui/configuration/sources/{source}/string": "config:write",
        "GET /ui/password": "",
        "POST /ui/password": "",
        "GET /ui/people": "config:read",
        "GET /ui/people/new": "config:write",
        "POST /ui/people/new": "config:write",
        "POST /ui/people/sessions": "config:write",
        "GET /ui/people/{user_name}": "config:read",
        "POST /ui/people/{user_name}": "config:write",
        "POST /ui/people/{user_name}/password": "config:write",
        "POST /ui/people/{user_name}/removal": "config:write",
        "POST /ui/people/{user_name}/sessions": "config:write",
        "POST /ui/people/{user_name}/switch": "config:write",
        "POST /ui/people/{user_name}/unlock": "config:write",
        "GET /ui/preferences": "",
        "POST /ui/preferences": "",
        "GET /ui/purpose": "",
        "POST /ui/purpose": "",
    }.items()
}
