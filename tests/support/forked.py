"""Services as processes that are forked from one which has imported them all: many of them start in the time of one.

Each is a process of its own that is told everything by its environment, and shares nothing with the others.
"""

import contextlib
import importlib
import multiprocessing
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

MODULES = ("console", "cpr_batch", "cpr_direct", "cvr_online", "cvr_subscription", "cvr_update")
PATIENCE_SECONDS = 10.0


class Forked:
    """One process, as ``processes.until_ready`` looks at it."""

    def __init__(self, process: multiprocessing.process.BaseProcess) -> None:
        self._process = process

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.exitcode

    def end(self) -> None:
        """Kills it, and waits until it has gone."""
        self._process.kill()
        self._process.join(PATIENCE_SECONDS)
        self._process.close()


@contextlib.contextmanager
def started(
    environment: Mapping[str, str], log: Path, *, module: str
) -> Iterator[tuple[Forked, httpx.Client]]:
    """A service and a client of it until the block ends, without waiting for it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([f"{each}.app" for each in MODULES])
    process = context.Process(target=_serve, args=(dict(environment), log, module), daemon=True)
    process.start()
    forked = Forked(process)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{environment['REGISTERBRO_HTTP__PORT']}") as client:
            yield forked, client
    finally:
        forked.end()


def _serve(environment: dict[str, str], log: Path, module: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as output:
        os.dup2(output.fileno(), sys.stdout.fileno())
        os.dup2(output.fileno(), sys.stderr.fileno())
    sys.argv = [module, "serve"]
    importlib.import_module(f"{module}.__main__").main()
