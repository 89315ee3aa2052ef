"""``make run``: everything started, a first import of generated persons done, and where to look."""

import datetime as dt
import json
from pathlib import Path

from cpr_batch.terminal import progress_shown
from cpr_batch.whole_run import fetch_and_import
from registerbro_sandbox.persons import Delivery, LifeEvent, Population
from registerbro_sandbox.persons.chronicle import Chronicle, NoWorld
from registerbro_sandbox.serving import today

from registerbro_local import private_files, telling, trial
from registerbro_local.installation import Installation, opened
from registerbro_local.newcomers import Newcomer, newcomer
from registerbro_local.ports import Place
from registerbro_local.serving import Services, services_running, until_told_to_end

PERSONS = 500
KNOWN_ONLINE_ONLY = 100  # persons of whom the first extract says nothing
NAMES = {
    Place.CONSOLE: "console",
    Place.CPR_DIRECT: "CPR Direkte",
    Place.CPR_BATCH: "CPR Batch",
    Place.CVR_ONLINE: "CVR Online",
    Place.CVR_SUBSCRIPTION: "CVR Subscription",
    Place.CVR_UPDATE: "CVR Update",
}
SAMPLE_COMPANY = "26911745"  # KMD A/S, which the sandbox always has
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
    registers = installation.registers
    apis = {
        name: f"{services[place].url}/openapi.json  health: {services[place].url}/readiness"
        for place, name in NAMES.items()
    }
    telling.facts(
        "Registerbro runs. Ctrl-C ends it; the data stay.",
        {
            "open in a browser": f"{services[Place.CONSOLE].url}/ (user {trial.ADMINISTRATOR}, password in "
            f"{installation.administrator_file})",
            **apis,
            "events": str(installation.events_file),
            "database": installation.database_url,
            "sandbox": f"online service localhost:{registers.online.port}, file server ftps://localhost:"
            f"{registers.files.port}, files in {installation.world}; Datafordeleren {registers.datafordeler.open_url}, "
            f"KMD Logic {registers.logic.gateway_url}; made to happen at {registers.control.url}/openapi.json",
            "interim files": str(installation.told.cpr_batch.cpr_batch.interim_directory),
        },
    )


def _say_what_to_try(installation: Installation, services: Services, person: Newcomer) -> None:
    console, direct, batch, online, subscription, update = (services[place].url for place in NAMES)
    posted = f'{AUTHORISED} -H "Content-Type: application/json" -d @{installation.person_file}'
    company = (
        f'{AUTHORISED} -H "Content-Type: application/json" '
        f"""-d '{{"number": "{SAMPLE_COMPANY}", "purpose": "trying it out"}}'"""
    )
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
            "find a company": f"{company} {online}/units/search",
            "import it": f"{company} {online}/units/imports",
            "it gets subscribed": f"{AUTHORISED} {subscription}/subscriptions/summary",
            "let the company move": f"{sandbox} companies move {SAMPLE_COMPANY} --into {installation.world}",
            "read the changes now": f"{AUTHORISED} -X POST {subscription}/synchronisation",
            "what was updated": f"{AUTHORISED} {update}/runs/current",
            "test the way to CPR": f"{AUTHORISED} -X POST {direct}/connection-tests",
            "what CPR must hear": f"{AUTHORISED} {direct}/subscriptions/waiting",
            "plan of the policy": f"{AUTHORISED} {direct}/policy/plan",
            "something goes wrong": f"{sandbox} fault set --refuse login --times 1 --into {installation.world}",
        },
    )
