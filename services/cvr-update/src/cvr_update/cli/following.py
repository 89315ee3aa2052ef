"""Progress on the command line: a bar with rate and remaining time on a terminal, or a line now and then."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

from registerbro.bus.tasks import stop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cvr_update.progress import progress
from cvr_update.updates import Updates

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_BETWEEN_LINES = 10.0


async def followed(updates: Updates, work: Coroutine[Any, Any, None]) -> None:
    """Does the work while standard error shows how far all processes are together."""
    show = _bar if sys.stderr.isatty() else _lines
    showing = asyncio.create_task(show(updates))
    try:
        await work
    finally:
        await stop([showing])


async def _bar(updates: Updates) -> None:
    columns = (
        TextColumn("updates"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        bar = bars.add_task("updates", total=None, rate="")
        while True:
            found = await progress(updates)
            done = found.standing.run_done
            bars.update(
                bar, completed=done, total=done + found.remaining, rate=f"{found.per_second or 0:.0f}"
            )
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


async def _lines(updates: Updates) -> None:
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_LINES)
        found = await progress(updates)
        left = "" if found.seconds_left is None else f", about {found.seconds_left:.0f} s left"
        sys.stderr.write(f"{found.standing.run_done} done, {found.remaining} waiting{left}\n")
