"""Commands that watch, stop and start again a run, wherever it is; and the nightly schedule."""

import contextlib
import uuid
from typing import Annotated

import typer
from registerbro import jobs as scheduled
from registerbro.presentation import FAILED
from registerbro.terminal import Json, print_json, show

from cpr_batch import file_queue, journal, retrying, runs, watching
from cpr_batch.batch import SCHEDULE, Batch, Batches
from cpr_batch.cli.common import counts, do, do_with_settings, end
from cpr_batch.cli.ending import end_whole_run
from cpr_batch.jobs import DAILY, daily
from cpr_batch.journal import Action
from cpr_batch.progress import Listener, Progress
from cpr_batch.runs import RunState
from cpr_batch.terminal import progress_shown
from cpr_batch.views.runs import RunView, ScheduledRunView, ScheduleView
from cpr_batch.watching import Seen
from cpr_batch.whole_run import WholeRun

app = typer.Typer()
RunId = Annotated[uuid.UUID, typer.Argument(help="As `cpr-batch status` shows it.")]
NIGHTS = 14


@app.command()
def watch(run_id: RunId, as_json: Json = False) -> None:
    """Show live how far a run is, wherever it runs, until it has ended."""

    async def work(batch: Batch) -> Seen:
        await file_queue.recover(batch)
        with progress_shown() as progress:
            return await _followed(batch, run_id, progress)

    seen = do(work)
    view = RunView.of(seen.run, seen.parts)
    if as_json:
        print_json(view)
    else:
        typer.echo(f"{view.kind} {view.state}: {counts(view.counts) or 'nothing counted'}")
    if view.state is not RunState.FINISHED:
        end(view.failure or f"the run is {view.state}", FAILED)


@app.command()
def stop(run_id: RunId, as_json: Json = False) -> None:
    """Stop a run and its parts, wherever they run, and wait until they have."""

    async def work(batch: Batch) -> Seen:
        await runs.request_stop(batch.pool, run_id)
        await journal.note(batch, Action.STOPPED, run_id=run_id)
        await file_queue.recover(batch)
        return await _followed(batch, run_id, lambda _: None)

    seen = do(work)
    if as_json:
        print_json(RunView.of(seen.run, seen.parts))
    else:
        typer.echo(f"the run is {seen.run.state}")


@app.command()
def retry(run_id: RunId, as_json: Json = False) -> None:
    """Start again what a run was to do that failed, was stopped or lost its process."""

    async def work(batch: Batch) -> WholeRun:
        await file_queue.recover(batch)
        with progress_shown() as progress:
            return await retrying.again(batch, await runs.load(batch.pool, run_id), progress=progress)

    end_whole_run(do(work), as_json)


@app.command()
def schedule(as_json: Json = False) -> None:
    """Show when the nightly run comes, and what became of the latest ones."""

    async def work(batches: Batches) -> ScheduleView:
        batch = await batches.current(SCHEDULE)
        latest = await scheduled.latest_runs(batch.pool, DAILY, NIGHTS)
        return ScheduleView(
            daily_at=batch.settings.daily_at,
            next_at=await scheduled.next_moment(batch.pool, daily(batches), batch.now()),
            latest=[ScheduledRunView.of(run) for run in latest],
        )

    found = do_with_settings(work)
    if as_json:
        print_json(found)
        return
    when = found.next_at.astimezone(scheduled.DENMARK).isoformat(" ", "minutes") if found.next_at else "never"
    typer.echo(f"daily at: {found.daily_at or 'not set'}; next: {when}")
    rows = [(run.danish_date, run.attempts, run.outcome or "under way", run.details) for run in found.latest]
    show(found.latest, False, ("date", "attempts", "outcome", "details"), rows)


async def _followed(batch: Batch, run_id: uuid.UUID, progress: Listener) -> Seen:
    """The run at its end."""
    async with contextlib.aclosing(watching.follow(batch.pool, run_id)) as states:
        seen = await anext(states)
        _tell(seen, progress)
        async for seen in states:
            _tell(seen, progress)
    return seen


def _tell(seen: Seen, progress: Listener) -> None:
    for run in (seen.run, *seen.parts):
        if told := run.progress:
            progress(Progress(told["file"], told["unit"], told["done"], told["total"]))
