"""``make run``: everything started, a first import of generated persons done, and where to look."""

import datetime as dt
import json
import os
from pathlib import Path

from cpr_batch.terminal import progress_shown
from cpr_batch.whole_run import fetch_and_import
from registerbro_sandbox.persons import Delivery, LifeEvent, Population
from registerbro_sandbox.persons.chronicle import Chronicle, NoWorld
from registerbro_sandbox.serving import today

from registerbro_local import telling
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
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123
        json.dump({"number": person.number, "purpose": "trying it out"}, file)


def _say_where_to_look(installation: Installation, services: Services) -> None:
    direct, batch = (services[place].url for place in (Place.CPR_DIRECT, Place.CPR_BATCH))
    registers = installation.registers
    telling.facts(
        "Registerbro runs. Ctrl-C ends it; the data stay.",
        {
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
    direct, batch = (services[place].url for place in (Place.CPR_DIRECT, Place.CPR_BATCH))
    posted = f'{AUTHORISED} -H "Content-Type: application/json" -d @{installation.person_file}'
    sandbox = f"{BIN}/registerbro-sandbox"
    telling.facts(
        "Try, in a second terminal",
        {
            "a token": f"TOKEN=$({BIN}/registerbro-local token --directory {installation.directory})",
            "look somebody up": f"{posted} {direct}/persons/search",
            "import them": f"{posted} {direct}/persons/imports",
            "let them move": f"{sandbox} change --event moves={person.index} --into {installation.world}",
            "fetch and import": f"{AUTHORISED} -X POST {batch}/runs",
            "what came of it": f"{AUTHORISED} {batch}/files",
            "the event": f"tail -n 3 {installation.events_file}",
            "test the connection": f"{AUTHORISED} -X POST {direct}/connection-tests",
            "what CPR must hear": f"{AUTHORISED} {direct}/subscriptions/waiting",
            "plan of the policy": f"{AUTHORISED} {direct}/policy/plan",
            "something goes wrong": f"{sandbox} fault set --refuse login --times 1 --into {installation.world}",
        },
    )
