"""Walks all that the services answer about what is stored: each GET with ids that there are, each POST that only reads.

A route that is new stops the tests until it stands here: a GET whose path names something that ``IDS`` does not know, or an entity
set of OData that ``KEYS`` does not; a POST that is neither in ``SEARCHES`` (it tells of contacts; with bodies that do) nor in ``CHANGES`` (its answer tells of none: a company is no person).
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import httpx
from registerbro.database import Pool

from tests.security.expected_scopes import EXPECTED_SCOPES
from tests.security.protected_persons import EVERYBODY
from tests.security.services import Running
from tests.support.services import bearer

Row: TypeAlias = tuple[str, str]  # service, and method with path
PURPOSE = "testing what callers get to see"
STATED = {"Registerbro-Purpose": PURPOSE}
IDS: Mapping[str, str] = {  # what a path names, and where its values stand in the store
    "alert_id": "select alert_id from access_alert",
    "approval_id": "select approval_id from cpr_approval",
    "check_id": "select check_id from audit_spot_check",
    "client_id": "select client_id from oauth2_client",
    "contact_id": "select contact_id from contact",
    "dead_letter_id": "select dead_letter_id from dead_letter",
    "event_id": "select event_id from outbox",
    "feature": "select feature from feature_setting",
    "file_id": "select file_id from cpr_file",
    "job": "select job from scheduled_job",
    "name_type": "select name_type from contact_type",
    "ordinal": "select generate_series(1, 8)",
    "reconciliation_id": "select reconciliation_id from cpr_reconciliation",
    "run_id": "select run_id from cpr_run",
    "user_name": "select user_name from local_user",
}
KEYS: Mapping[str, str] = {  # of entity sets of OData
    "Addresses": "select address_id from address",
    "AuditLog": "select format('AuditId=%s,Stage=''%s''', audit_id, stage) from audit_log limit 10",
    "Cases": "select format('CaseReference=''%s'',ContactId=%s', case_reference, contact_id) from case_contact",
    "Contacts": "select contact_id from contact",
    "DeadLetters": "select dead_letter_id from dead_letter",
    "References": "select format('ContactId=%s,Role=''%s'',ToContactId=%s', contact_id, role, to_contact_id)"
    " from contact_reference",
    "Runs": "select run_id from cpr_run",
    "ServiceQueue": "select task_id from service_queue",
    "SourceRecords": "select format('ContactId=%s,Source=''%s''', contact_id, source) from source_record",
    "Versions": "select format('ContactId=%s,Version=%s', contact_id, version) from contact_version",
}
BEGINNING = "console GET /"  # leads to the pages and tells nothing
WITHIN = (
    "$expand=Addresses,References($expand=ToContact($expand=Addresses,Versions)),Versions,SourceRecords,Cases"
)
QUERIES: Mapping[str, Sequence[str]] = {  # beside the bare path
    "GET /alerts": ["open=false"],
    "GET /odata/Contacts": [WITHIN, "$orderby=SortName desc", "$search=Zqxnyefternavn&$count=true"],
    "GET /odata/Contacts({key})": [WITHIN],
    "GET /odata/Addresses": ["$expand=Contact($expand=Versions,SourceRecords)"],
    "GET /odata/References": ["$expand=Contact,ToContact($expand=Addresses)"],
}
ABOUT_EACH = [{"number": number, "purpose": PURPOSE} for number in EVERYBODY]
FROM_THE_STORE = [{**body, "max_age_seconds": 86_400} for body in ABOUT_EACH]
EVERYTHING = {"$expand": WITHIN.removeprefix("$expand="), "$count": "true"}
PAST = [{"Version": 1}, {"Version": 2}, {"RegisterDate": "2024-05-20"}, {"StoreTime": "2100-01-01T00:00:00Z"}]
BATCH = {
    "requests": [
        {"id": "1", "method": "get", "url": f"Contacts?{WITHIN}"},
        {"id": "2", "method": "get", "url": "Contacts?$filter=Name1 eq 'Zqxnyfornavn'"},
        {"id": "3", "method": "get", "url": "Addresses?$expand=Contact"},
    ]
}
SEARCHES: Mapping[Row, Sequence[Any]] = {
    ("console", "POST /audit/search"): [
        {"purpose": PURPOSE, "limit": 500},
        *({"purpose": PURPOSE, "where": {"number": number}} for number in EVERYBODY),
    ],
    ("console", "POST /audit/subject-report"): ABOUT_EACH,
    ("console", "POST /contacts/search"): [
        *({"text": number, "purpose": PURPOSE} for number in EVERYBODY),
        {"text": "Zqx", "purpose": PURPOSE, "size": 100},
    ],
    ("console", "POST /odata/$batch"): [BATCH],
    ("console", "POST /odata/Contacts({key})/Registerbro.AsOf"): PAST,
    ("console", "POST /odata/Contacts({key})/Registerbro.Export"): [{}],
    ("console", "POST /odata/Addresses/$query"): [{"$expand": "Contact"}],
    ("console", "POST /odata/AuditLog/$query"): [{}],
    ("console", "POST /odata/Cases/$query"): [{"$expand": "Contact"}],
    ("console", "POST /odata/Contacts/$query"): [EVERYTHING],
    ("console", "POST /odata/DeadLetters/$query"): [{}],
    ("console", "POST /odata/References/$query"): [{"$expand": "Contact,ToContact($expand=Addresses)"}],
    ("console", "POST /odata/Runs/$query"): [{}],
    ("console", "POST /odata/ServiceQueue/$query"): [{}],
    ("console", "POST /odata/SourceRecords/$query"): [{"$expand": "Contact"}],
    ("console", "POST /odata/Versions/$query"): [{"$expand": "Contact"}],
    ("cpr-direct", "POST /cases/search"): [{"case_reference": "2026-1"}],
    ("cpr-direct", "POST /persons/import-batches"): [{"numbers": list(EVERYBODY), "purpose": PURPOSE}],
    ("cpr-direct", "POST /persons/imports"): FROM_THE_STORE + ABOUT_EACH,
    ("cpr-direct", "POST /persons/records"): ABOUT_EACH,
    ("cpr-direct", "POST /persons/search"): FROM_THE_STORE + ABOUT_EACH,
    ("cpr-direct", "POST /subscriptions"): ABOUT_EACH,
}
CHANGES: Mapping[str, frozenset[str]] = {
    "console": frozenset(
        {
            "/audit/spot-checks",
            "/audit/spot-checks/{check_id}/close",
            "/configuration/contact-types",
            "/configuration/schedules/{job}/runs",
            "/configuration/sources/{source}/reading",
            "/contacts/erasures/lift",
            "/events/dead-letters/discard",
            "/events/dead-letters/replay",
            "/events/dead-letters/{dead_letter_id}/discard",
            "/events/dead-letters/{dead_letter_id}/replay",
            "/login",
            "/logout",
            "/oauth2/clients",
            "/oauth2/clients/{client_id}/secrets",
            "/oauth2/connect/token",
            "/oauth2/keys",
            "/odata/Contacts",
            "/odata/Contacts({contact_id})/Registerbro.Erase",
            "/odata/Contacts({key})/Addresses",
            "/odata/Contacts({key})/Registerbro.AddReference",
            "/odata/Contacts({key})/Registerbro.Close",
            "/odata/Contacts({key})/Registerbro.RemoveReference",
            "/people",
            "/people/{user_name}/password-reset",
            "/people/{user_name}/unlock",
            "/session",
            "/session/password",
            "/session/token",
        }
    ),
    "cpr-batch": frozenset(
        {
            "/approvals/{approval_id}/decision",
            "/connection-tests",
            "/dry-runs",
            "/gaps/{gap_id}/dismissal",
            "/gaps/{gap_id}/orders",
            "/imports",
            "/input-files",
            "/input-files/previews",
            "/orders",
            "/purges",
            "/runs",
            "/runs/{run_id}/retry",
            "/runs/{run_id}/stop",
            "/settings/check",
            "/transfers",
        }
    ),
    "cpr-direct": frozenset(
        {
            "/alerts/{alert_id}/acknowledgement",
            "/cases/closings",
            "/cases/openings",
            "/connection-tests",
            "/never-subscribed",
            "/password-changes",
            "/policy/runs",
            "/reconciliations",
            "/reconciliations/{reconciliation_id}/applications",
            "/subscriptions/ends",
            "/subscriptions/waiting/{contact_id}/tries",
        }
    ),
    "cvr-online": frozenset(
        {"/connection/test", "/units/imports", "/units/imports/many", "/units/lookup", "/units/search"}
    ),
    "cvr-subscription": frozenset(
        {"/connection/test", "/drift", "/subscriptions/retries", "/synchronisation"}
    ),
    "cvr-update": frozenset({"/brake/releases", "/failures/retries", "/runs"}),
}


def unplaced() -> list[str]:
    """Routes that the walk would pass by, because nobody said what they are; and entries whose route is gone."""
    found = []
    for name, rows in EXPECTED_SCOPES.items():
        posts = {row.removeprefix("POST ") for row in rows if row.startswith("POST ")}
        searches = {row.removeprefix("POST ") for service, row in SEARCHES if service == name}
        found += [f"{name} POST {path}" for path in posts ^ (searches | CHANGES.get(name, frozenset()))]
        gets = [row for row in rows if row.startswith("GET ")]
        found += [f"{name} {row}" for row in gets if not set(_names(row)) <= IDS.keys() | KEYS.keys()]
    return found


def blind(heard: Mapping[str, str]) -> set[str]:
    """Routes that read and that were not asked, or did not answer as they do when all is well."""
    rows = {f"{name} {row}" for name, rows in EXPECTED_SCOPES.items() for row in rows}
    read = {row for row in rows if " GET " in row} | {f"{name} {row}" for name, row in SEARCHES}
    return {row for row in read - {BEGINNING} if not re.search("^2", heard.get(row, ""), re.MULTILINE)}


async def walk(services: Mapping[str, Running], pool: Pool, token: str) -> dict[str, str]:
    """What each route answers with the token: method and path, then all of its answers, headers included."""
    values = {
        name: [row[0] for row in await pool.fetch(query)] for name, query in [*IDS.items(), *KEYS.items()]
    }
    heard: dict[str, str] = {}
    for name, rows in EXPECTED_SCOPES.items():
        for row in rows:
            answers = [await _send(services[name].client, call, token) for call in _calls(name, row, values)]
            if answers:
                heard[f"{name} {row}"] = "\n".join(map(_all_of, answers))
    return heard


def _calls(name: str, row: str, values: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, str, Any]]:
    method, _, path = _named(row).partition(" ")
    bodies = SEARCHES.get((name, row), [None] if method == "GET" else [])
    for body, query in itertools.product(bodies, ("", *QUERIES.get(row, ()))):
        for chosen in itertools.product(*(values[each] for each in _names(row))):
            filled = path.format(**dict(zip(_names(row), chosen, strict=True)))
            yield method, f"{filled}?{query}", body


async def _send(client: httpx.AsyncClient, call: tuple[str, str, Any], token: str) -> httpx.Response:
    method, path, body = call
    return await client.request(method, path, json=body, headers=bearer(token) | STATED)


def _all_of(answer: httpx.Response) -> str:
    return f"{answer.status_code} {dict(answer.headers)} {answer.text}"


def _named(row: str) -> str:
    """The row with the key of an entity set called as the set."""
    return re.sub(r"(\w+)\({key}\)", r"\1({\1})", row)


def _names(row: str) -> list[str]:
    return re.findall(r"{(\w+)}", _named(row))
