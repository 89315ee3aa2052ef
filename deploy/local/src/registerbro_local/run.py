"""``make run``: everything started, a first import of generated persons done, and where to look."""

from pathlib import Path

from cpr_batch.terminal import progress_shown
from cpr_batch.whole_run import fetch_and_import
from registerbro_sandbox.persons import Delivery, Population
from registerbro_sandbox.persons.chronicle import Chronicle, NoWorld
from registerbro_sandbox.serving import today

from registerbro_local import telling
from registerbro_local.installation import Installation, opened, service_running

PERSONS = 500


async def run(directory: Path, *, port: int, persons: int = PERSONS) -> None:
    """Runs until the process is told to end."""
    async with opened(directory, port=port) as installation, service_running(installation) as serving:
        _ensure_world(installation, persons)
        with progress_shown() as progress:
            done = await fetch_and_import(installation.batch, initial_load=True, progress=progress)
        if done.imported:
            telling.whole_run(done)
        else:
            telling.console.print("No new file on the server: the store is as it was.")
        _say_where_to_look(installation)
        await serving


def _ensure_world(installation: Installation, persons: int) -> None:
    try:
        Chronicle.read(installation.files)
    except NoWorld:
        Chronicle.begin(installation.files, Population(seed=1, size=persons), Delivery(today()))


def _say_where_to_look(installation: Installation) -> None:
    api = f"http://127.0.0.1:{installation.settings.http.port}"
    telling.facts(
        "Registerbro runs. Ctrl-C ends it; the data stay.",
        {
            "API": f"{api}/openapi.json  health: {api}/readiness",
            "events": str(installation.events_file),
            "database": installation.database_url,
            "file server": f"ftps://localhost:{installation.server.port}, files in {installation.files}",
            "interim files": str(installation.settings.cpr_batch.interim_directory),
        },
    )
    telling.facts(
        "Try, in a second terminal",
        {
            "somebody moves": f".venv/bin/registerbro-sandbox change --event moves --into {installation.files}",
            "a token": f"TOKEN=$(.venv/bin/registerbro-local token --directory {installation.directory})",
            "fetch and import": f'curl -X POST -H "Authorization: Bearer $TOKEN" {api}/runs',
            "what came of it": f'curl -H "Authorization: Bearer $TOKEN" {api}/files',
            "order a person's data": f'curl -X POST -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json"'
            f""" -d '{{"kind": "requisition", "contact_ids": [5]}}' {api}/orders""",
            "upload what is ordered": f'curl -X POST -H "Authorization: Bearer $TOKEN" {api}/input-files',
            "CPR answers": f".venv/bin/registerbro-sandbox answer --into {installation.files}",
            "something goes wrong": f".venv/bin/registerbro-sandbox fault set --refuse login --times 1 --into {installation.files}",
            "the event": f"tail -n 3 {installation.events_file}",
        },
    )
