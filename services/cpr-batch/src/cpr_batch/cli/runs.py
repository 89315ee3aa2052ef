"""Commands for runs: the whole job, and how runs stand."""

from typing import Annotated, Any

import typer

from cpr_batch import runs, whole_run
from cpr_batch.batch import Batch
from cpr_batch.cli.common import InitialLoad, Json, counts, do, fail, print_json, show
from cpr_batch.cli.ending import end_with, show_imported, show_transferred
from cpr_batch.terminal import progress_shown
from cpr_batch.views.files import ImportResult
from cpr_batch.views.runs import RunView
from cpr_batch.views.servers import TransferResult

app = typer.Typer()


@app.command()
def run(initial_load: InitialLoad = False, as_json: Json = False) -> None:
    """The whole job, for a scheduler: fetch all, then import all."""

    async def work(batch: Batch) -> whole_run.WholeRun:
        with progress_shown() as progress:
            return await whole_run.fetch_and_import(batch, initial_load=initial_load, progress=progress)

    done = do(work)
    if as_json:
        print_json([TransferResult.of(each) for each in done.transferred]
                    + [ImportResult.of(each) for each in done.imported])  # fmt: skip
    else:
        show_transferred(done.transferred, as_json=False)
        show_imported(done.imported, as_json=False)
    if done.transfer_failure is not None:
        fail(done.transfer_failure)
    end_with(done.transferred, done.imported)


@app.command()
def status(
    as_json: Json = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many runs.")] = 20,
) -> None:
    """Show the latest runs."""

    async def work(batch: Batch) -> list[RunView]:
        found = await runs.page(batch.pool, size=limit)
        return [RunView.of(run, await runs.parts(batch.pool, run.run_id)) for run in found]

    found = do(work)
    rows = [run_row(run) for parent in found for run in (parent, *parent.parts)]
    show(found, as_json, ("started", "kind", "state", "file", "counts", "failure"), rows)


def run_row(run: RunView) -> tuple[Any, ...]:
    indent = "  " if run.parent_id else ""
    started = run.started_at.astimezone().isoformat(" ", "seconds")
    return (f"{indent}{started}", run.kind, run.state, run.file_name, counts(run.counts), run.failure)
