"""Fills the store through the services, as an installation's is filled: files, online calls, cases, comparisons, a dry run."""

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path

import httpx
from registerbro.cpr.writer import write_file
from registerbro.database import Pool

from tests.security.protected_persons import EVERYBODY, FIRST_DAY, SECOND_DAY, first_delivery, second_delivery
from tests.security.services import Running
from tests.support.waiting import until

TASK = "123401"
PURPOSE = "filling the store of a test"
DEAD_LETTERS = """
insert into dead_letter (consumer, event_id, event_day, type, routing_key, body, reason, attempts)
select 'tests', event_id, event_day, type, routing_key, convert_to(body, 'UTF8'), 'no reason', 3 from outbox
"""
SERVICE_QUEUE = (
    "insert into service_queue (contact_id, token) select contact_id, gen_random_uuid() from contact"
)
FIRST, SECOND, THIRD = "d240517.l123401", "d240524.l123401", "d240531.l123401"


async def fill(services: Mapping[str, Running], pool: Pool, home: Path, headers: Mapping[str, str]) -> None:
    """Everybody delivered twice by file, planned a third time, subscribed online, party to a case, on CPR's list."""
    batch, direct = services["cpr-batch"].client, services["cpr-direct"].client
    _write(home / FIRST, FIRST_DAY, FIRST_DAY - dt.timedelta(days=7), first_delivery())
    await _run(batch, headers, "/imports", {"name": FIRST, "initial_load": True})
    _write(home / SECOND, SECOND_DAY, FIRST_DAY, second_delivery())
    await _run(batch, headers, "/imports", {"name": SECOND, "initial_load": True})
    _write(home / THIRD, SECOND_DAY + dt.timedelta(days=7), SECOND_DAY, first_delivery())
    await _run(batch, headers, "/dry-runs", {"name": THIRD})
    for number in EVERYBODY:
        body = {"number": number, "purpose": PURPOSE}
        await _post(direct, headers, "/persons/imports", json=body)
        await _post(direct, headers, "/subscriptions", json=body)
    held = (
        await _post(
            direct, headers, "/persons/import-batches", json={"numbers": list(EVERYBODY), "purpose": PURPOSE}
        )
    ).json()
    contact_ids = [each["contact_id"] for each in held["items"]]
    await _post(
        direct, headers, "/cases/openings", json={"case_reference": "2026-1", "contact_ids": contact_ids}
    )
    numbers = "".join(f"{number}\n" for number in EVERYBODY[:3])
    await _post(direct, headers, "/reconciliations", content=numbers)
    for number in EVERYBODY[:2]:
        await _post(direct, headers, "/never-subscribed", json={"number": number, "reason": "a test"})
    client = {"client_id": "journal", "name": "Journal", "scopes": ["contacts:read"]}
    await _post(services["console"].client, headers, "/oauth2/clients", json=client)
    person = {"user_name": "vera", "display_name": "Vera Viewer", "roles": ["viewer"]}
    await _post(services["console"].client, headers, "/people", json=person)
    for statement in (DEAD_LETTERS, SERVICE_QUEUE):  # of faults, and of services that are not here
        await pool.execute(statement)


def _write(path: Path, produced: dt.date, before: dt.date, records: Iterable[str]) -> None:
    with path.open("wb") as target:
        write_file(
            target, records, task_number=TASK, production_date=produced, previous_production_date=before
        )


async def _run(
    client: httpx.AsyncClient, headers: Mapping[str, str], path: str, body: Mapping[str, object]
) -> None:
    run_id = (await _post(client, headers, path, json=body)).json()["run_id"]

    async def has_ended() -> bool:
        run = (await client.get(f"/runs/{run_id}", headers=dict(headers))).json()
        assert run["state"] in ("waiting", "running", "finished"), run
        return bool(run["state"] == "finished")

    await until(has_ended)


async def _post(
    client: httpx.AsyncClient, headers: Mapping[str, str], path: str, **content: object
) -> httpx.Response:
    answer = await client.post(path, headers=dict(headers), **content)  # type: ignore[arg-type]
    assert answer.is_success, f"{path}: {answer.text}"
    return answer
