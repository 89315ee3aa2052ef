"""Imports files in processes of their own, which may be killed: each line on standard input asks for one.

A line is JSON: ``database``, ``directory``, ``name``, ``chunk_persons``, and ``point`` with ``nth`` where the process is to kill
itself. The answers are lines, too: the process's id, and when it has ended its wait status.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import structlog
from cpr_batch.batch import Batch
from cpr_batch.checkpoint import Point
from cpr_batch.imports import import_file
from cpr_batch.settings import CprBatchSettings, HousekeepingSettings
from registerbro.database import open_pool


class KillAt:
    """Kills the process the ``nth`` time that a point is reached."""

    def __init__(self, point: str | None, nth: int) -> None:
        self._point = point
        self._left = nth

    def __call__(self, point: Point) -> None:
        if point == self._point:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


async def perform(job: dict[str, Any]) -> None:
    """One import, as the command line does it."""
    settings = CprBatchSettings(
        interim_directory=Path(job["directory"]),
        chunk_persons=job["chunk_persons"],
        housekeeping=HousekeepingSettings(log_file=None),
    )
    async with open_pool(job["database"], minimum=0, maximum=4) as pool:
        batch = Batch(pool, settings, checkpoint=KillAt(job.get("point"), job.get("nth", 1)))
        await import_file(batch, job["name"], initial_load=True)


def main() -> None:
    """Forks a process for each job, so that nothing is loaded twice."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), processors=[])
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            asyncio.run(perform(json.loads(line)))
            os._exit(0)
        _answer(pid)
        _answer(os.waitpid(pid, 0)[1])


def _answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
