"""Commands that talk to the file server."""

from typing import Annotated

import typer
from registerbro.presentation import FAILED
from registerbro.terminal import Json, show

from cpr_batch import connect as connecting
from cpr_batch import transfer
from cpr_batch.batch import Batch
from cpr_batch.cli.common import All, do, is_for_all
from cpr_batch.cli.ending import end_with, show_transferred
from cpr_batch.terminal import progress_shown
from cpr_batch.transfer import Transferred
from cpr_batch.views.servers import ConnectionTest, RemoteFileView

app = typer.Typer()


@app.command()
def connect(as_json: Json = False) -> None:
    """Test the connection step by step: name, network, encryption, logon, directories."""
    found = ConnectionTest.of(do(connecting.check))
    marks = {True: "ok", False: "FAILED", None: "-"}
    show(
        found,
        as_json,
        ("step", "result", "reason or remark"),
        [
            (step.name, marks[step.is_ok], step.failure.detail if step.failure else step.remark or "")
            for step in found.steps
        ],
    )
    if not found.is_ok:
        raise typer.Exit(FAILED)


@app.command("list")
def list_remote(as_json: Json = False) -> None:
    """List the files that wait on the server. One in brackets is on mass storage and cannot be had now."""
    found = [RemoteFileView.of(file) for file in do(transfer.remote_files)]
    show(found, as_json, ("name", "bytes"), [(_shown(file), file.size_bytes) for file in found])


@app.command()
def fetch(
    name: Annotated[str | None, typer.Argument(help="As the server lists it.")] = None,
    every: All = False,
    as_json: Json = False,
) -> None:
    """Fetch one file, or all that wait, into the interim directory."""
    names = None if is_for_all(name, every) else [str(name)]

    async def work(batch: Batch) -> list[Transferred]:
        with progress_shown() as progress:
            return await transfer.fetch(batch, names, progress=progress)

    done = do(work)
    show_transferred(done, as_json)
    end_with(done, ())


def _shown(file: RemoteFileView) -> str:
    return f"[{file.name}]" if file.is_migrated else file.name
