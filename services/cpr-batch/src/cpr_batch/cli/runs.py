"""Commands for runs: the whole job, and how runs stand."""

from typing import Annotated, Any

import typer
from registerbro.terminal import Json, show

from cpr_batch import file_queue, runs, whole_run
from cpr_batch.batch import Batch
from cpr_batch.cli import stepping
from cpr_batch.cli.common import InitialLoad, counts, do
from cpr_batch.cli.ending import end_whole_run
from cpr_batch.terminal import progress_shown
from cpr_batch.views.runs import RunView

app = typer.Typer()


@app.command()
def run(
    initial_load: InitialLoad = False,
    as_json: Json = False,
    step: Annotated[
        bool, typer.Option("--step", help="Log on, connect, get all, import all; ask before each step.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --step: go on without asking.")] = False,
) -> None:
    """The whole job, for a scheduler: fetch all, then import all. Running services help with the imports."""
    if step:
        stepping.run(initial_load=initial_load, as_json=as_json, yes=yes)
        return

    async def work(batch: Batch) -> whole_run.WholeRun:
        with progress_shown() as progress:
            return await whole_run.fetch_and_import(batch, initial_load=initial_load, progress=progress)

    end_whole_run(do(work), as_json)


@app.command()
def status(
    as_json: Json = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many runs.")] = 20,
) -> None:
    """Show the latest runs."""

    async def work(batch: Batch) -> list[RunView]:
        await file_queue.recover(batch)
        found = await runs.page(batch.pool, size=limit)
        return [RunView.of(run, await runs.parts(batch.pool, run.run_id)) for run in found]

    found = do(work)
    rows = [run_row(run) for parent in found for run in (parent, *parent.parts)]
    show(found, as_json, ("run", "started", "kind", "state", "file", "counts", "failure"), rows)


def run_row(run: RunView) -> tuple[Any, ...]:
    indent = "  " if run.parent_id else ""
    started = run.started_at.astimezone().isoformat(" ", "seconds")
    return (
        f"{indent}{run.run_id}",
        started,
        run.kind,
        run.state,
        run.file_name,
        counts(run.counts),
        run.failure,
    )
