"""Progress on the command line: a bar on a terminal, or a line now and then."""

import contextlib
import sys
import time
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from cpr_batch.progress import Listener, Progress

SECONDS_BETWEEN_LINES = 10.0


@contextlib.contextmanager
def progress_shown() -> Iterator[Listener]:
    """A listener that shows on standard error how far each file is."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[unit]}"),
               TimeRemainingColumn())  # fmt: skip
    with Bars(*columns, console=Console(stderr=True)) as bars:
        yield _Bars(bars)


class _Bars:
    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def __call__(self, progress: Progress) -> None:
        key = (progress.file, progress.unit)
        if key not in self._tasks:
            self._tasks[key] = self._bars.add_task(progress.file, total=None, unit=progress.unit)
        self._bars.update(self._tasks[key], completed=progress.done, total=progress.total or None)


class _Lines:
    def __init__(self) -> None:
        self._said_at = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        if time.monotonic() - self._said_at >= SECONDS_BETWEEN_LINES:
            self._said_at = time.monotonic()
            total = f" of {progress.total}" if progress.total else ""
            sys.stderr.write(f"{progress.file}: {progress.done}{total} {progress.unit}\n")
