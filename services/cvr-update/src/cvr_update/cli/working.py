"""Commands that work the queue and tell how far it is."""

import asyncio
import getpass
from typing import Annotated

import typer
from registerbro.registers.opening import Opened
from registerbro.registers.step_views import StepOut, show_steps
from registerbro.terminal import Json, print_json, table

from cvr_update import running
from cvr_update.cli.common import COMMAND_LINE, do, do_at_provider, end, require_modules
from cvr_update.cli.following import followed
from cvr_update.progress import Progress, Stage, progress
from cvr_update.updates import Updates
from cvr_update.views import FiguresOut, ProgressOut
from cvr_update.worker import Worker

app = typer.Typer()
NOT_DONE = 4
_OBSTACLES = {
    Stage.RESTING: "a module was switched off; the rest waits",
    Stage.HELD: "the brake holds: updates would end or blank too many contacts; let it go with release",
}


@app.command()
def run(
    wait: Annotated[
        bool,
        typer.Option("--wait", help="Take part in the work and show how far it is, until nothing is due."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Have the running services work the queue now. Exit code 4 with --wait: stopped before its end, see the message."""

    async def work(updates: Updates) -> Progress:
        await require_modules(updates.pool)
        await running.work_now(updates)
        if wait:
            await followed(updates, _work(updates))
        return await progress(updates)

    found = do(work)
    _show(found, as_json)
    if wait and (obstacle := _obstacle(found)):
        end(obstacle, NOT_DONE)


@app.command()
def status(as_json: Json = False) -> None:
    """Show how the queue stands, and how far the work is."""
    _show(do(progress), as_json)


@app.command("test")
def try_connection(as_json: Json = False) -> None:
    """Test the way to the provider step by step, up to a sample call."""

    async def work(provider: Opened) -> list[StepOut]:
        return [StepOut.of(step) async for step in provider.steps()]

    show_steps(do_at_provider(work), as_json)


@app.command()
def release(as_json: Json = False) -> None:
    """Let the brake go: what it held is written, and for a time it holds nothing."""

    async def work(updates: Updates) -> Progress:
        await running.let_pass(updates, by=f"{COMMAND_LINE} ({getpass.getuser()})")
        return await progress(updates)

    _show(do(work), as_json)


async def _work(updates: Updates) -> None:
    """Until nothing is due here or in another process, or something stands in the way."""
    worker = Worker(updates)
    while True:
        await worker.work()
        found = await progress(updates)
        if found.stage is not Stage.WORKING:
            return
        await asyncio.sleep(updates.settings.look_seconds / 10)


def _obstacle(found: Progress) -> str | None:
    if found.stage is Stage.PAUSED:
        return f"the provider is left alone until {found.standing.paused_until:%Y-%m-%d %H:%M} UTC: {found.standing.pause_failure}"
    if found.stage is Stage.IDLE and found.figures.failing:
        return f"updates that failed and are tried again: {found.figures.failing}; see failures"
    return _OBSTACLES.get(found.stage)


def _show(found: Progress, as_json: bool) -> None:
    told = ProgressOut.of(found)
    if as_json:
        print_json(told)
        return
    figures = FiguresOut.of(found.figures).model_dump(mode="json")
    rows = {**told.model_dump(mode="json", exclude={"remaining"}), **figures}
    typer.echo(table(("what", "value"), [row for row in rows.items() if row[1] is not None]))
