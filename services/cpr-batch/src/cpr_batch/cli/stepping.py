"""The whole job in steps, each asked for before it is done: what the vendor's product calls simulating the batch job."""

import sys

import typer
from registerbro.presentation import BAD_USE, FAILED
from registerbro.terminal import table

from cpr_batch import connect, imports, transfer
from cpr_batch.all_imports import import_all
from cpr_batch.batch import Batch
from cpr_batch.cli.common import do, end
from cpr_batch.cli.ending import end_whole_run
from cpr_batch.imports import Imported
from cpr_batch.terminal import progress_shown
from cpr_batch.transfer import Transferred
from cpr_batch.whole_run import WholeRun

MARKS = {True: "ok", False: "FAILED", None: "-"}


def run(*, initial_load: bool, as_json: bool, yes: bool) -> None:
    """Logs on, connects, gets all, imports all. Nothing is open while a person thinks."""
    if not yes and not sys.stdin.isatty():
        end("--step asks before each step and needs a terminal; with --yes it does not ask", BAD_USE)
    _ask("log on to the file server and list what waits", yes)
    _connect()
    listed = do(transfer.remote_files)
    fetched: list[Transferred] = []
    if listed and _ask(f"fetch {len(listed)} files", yes, may_skip=True):
        fetched = do(_fetch)
    local = do(imports.local_files)
    imported: list[Imported] = []
    if local and _ask(f"import {len(local)} files of the interim directory", yes, may_skip=True):
        imported = do(lambda batch: _import(batch, initial_load))
    end_whole_run(WholeRun(fetched, imported), as_json)


def _ask(step: str, yes: bool, *, may_skip: bool = False) -> bool:
    """Whether to do the step; without the first one there are no others."""
    typer.echo(f"next: {step}", err=True)
    if yes or typer.confirm("go on?", default=True, err=True):
        return True
    if may_skip:
        return False
    raise typer.Exit(FAILED)


def _connect() -> None:
    tested = do(connect.check)
    rows = [(step.name, MARKS[step.is_ok], step.failure or "") for step in tested]
    typer.echo(table(("step", "result", "reason"), rows), err=True)
    if any(step.is_ok is False for step in tested):
        raise typer.Exit(FAILED)


async def _fetch(batch: Batch) -> list[Transferred]:
    with progress_shown() as progress:
        return await transfer.fetch(batch, progress=progress)


async def _import(batch: Batch, initial_load: bool) -> list[Imported]:
    with progress_shown() as progress:
        return await import_all(batch, initial_load=initial_load, progress=progress)
