"""``make run``: everything started, a first import of generated persons done, and where to look."""

import datetime as dt
import json
from pathlib import Path

from cpr_batch.terminal import progress_shown
from cpr_batch.whole_run import fetch_and_import
from registerbro_sandbox.persons import Delivery, LifeEvent, Population
from registerbro_sandbox.persons.chronicle import Chronicle, NoWorld
from registerbro_sandbox.serving import today

from registerbro_local import private_files, telling
from registerbro_local.installation import Installation, opened
from registerbro_local.newcomers import Newcomer, newcomer
from registerbro_local.ports import Place
from registerbro_local.serving import Services, services_running, until_told_to_end

PERSONS = 500
KNOWN_ONLINE_ONLY = 100  # persons of whom the first extract says nothing
BIN = ".venv/bin"
AUTHORISED = 'curl -H "Authorization: Bearer $TOKEN"'


async def run(directory: Path, *, base: int, persons: int = PERSONS) -> None:
    """Runs until the process is told to end."""
    async with (
        opened(directory, base=base) as installation,
        services_running(installation) as services,
    ):
        chronicle = _ensure_world(installation, persons)
        with progress_shown() as progress:
            done = await fetch_and_import(installation.batch, initial_load=True, progress=progress)
        if done.imported:
            telling.whole_run(done)
        else:
            telling.console.print("No new file on the server: the store is as it was.")
        person = await _somebody(installation, chronicle)
        _write_request(installation.person_file, person)
        _say_where_to_look(installation, services)
        _say_what_to_try(installation, services, person)
        await until_told_to_end(services)


def _ensure_world(installation: Installation, persons: int) -> Chronicle:
    try:
        return Chronicle.read(installation.world)
    except NoWorld:
        population = Population(seed=1, size=persons + KNOWN_ONLINE_ONLY)
        yesterday = today() - dt.timedelta(days=1)  # so that something can happen today
        chronicle, _ = Chronicle.begin(
            installation.world, population, Delivery(yesterday), subscribed=persons
        )
        return chronicle


async def _somebody(installation: Installation, chronicle: Chronicle) -> Newcomer:
    """Whom to try it with: somebody who is not imported yet, or anybody if all are."""
    if found := await newcomer(installation.pool, chronicle):
        return found
    anybody = chronicle.world.first(LifeEvent.MOVES, chronicle.tomorrow)
    return Newcomer(anybody, chronicle.world.person(anybody).number)


def _write_request(path: Path, person: Newcomer) -> None:
    """A body for a lookup, so that no number stands in a shell's history; only its owner can read it."""
    private_files.write(path, json.dumps({"number": person.number, "purpose": "trying it out"}))


def _say_where_to_look(installation: Installation, services: Services) -> None:
    console, direct, batch = (services[place].url for place in Place)
    registers = installation.registers
    telling.facts(
        "Registerbro runs. Ctrl-C ends it; the data stay.",
        {
            "console": f"{console}/openapi.json  health: {console}/readiness",
            "CPR Direkte": f"{direct}/openapi.json  health: {direct}/readiness",
            "CPR Batch": f"{batch}/openapi.json  health: {batch}/readiness",
            "events": str(installation.events_file),
            "database": installation.database_url,
            "sandbox": f"online service localhost:{registers.online.port}, file server ftps://localhost:"
            f"{registers.files.port}, files in {installation.world}",
            "interim files": str(installation.cpr_batch.cpr_batch.interim_directory),
        },
    )


def _say_what_to_try(installation: Installation, services: Services, person: Newcomer) -> None:
    console, direct, batch = (services[place].url for place in Place)
    posted = f'{AUTHORISED} -H "Content-Type: application/json" -d @{installation.person_file}'
    sandbox = f"{BIN}/registerbro-sandbox"
    telling.facts(
        "Try, in a second terminal",
        {
            "a token": f"TOKEN=$({BIN}/registerbro-local token --directory {installation.directory})",
            "as clients get one": f"curl --config {installation.client_file} -d grant_type=client_credentials "
            f"{console}/oauth2/connect/token",
            "look somebody up": f"{posted} {direct}/persons/search",
            "import them": f"{posted} {direct}/persons/imports",
            "let them move": f"{sandbox} change --event moves={person.index} --into {installation.world}",
            "fetch and import": f"{AUTHORISED} -X POST {batch}/runs",
            "what came of it": f"{AUTHORISED} {batch}/files",
            "the event": f"tail -n 3 {installation.events_file}",
            "read contacts": f'{AUTHORISED} -H "Registerbro-Purpose: trying it out" '
            f"'{console}/odata/Contacts?$top=3&$expand=Addresses'",
            "test the connection": f"{AUTHORISED} -X POST {direct}/connection-tests",
            "what CPR must hear": f"{AUTHORISED} {direct}/subscriptions/waiting",
            "plan of the policy": f"{AUTHORISED} {direct}/policy/plan",
            "something goes wrong": f"{sandbox} fault set --refuse login --times 1 --into {installation.world}",
        },
    )
