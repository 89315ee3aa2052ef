"""One call of a command to its end: in this process, which costs no start of a Python, or in one of its own."""

import asyncio
import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple
from unittest import mock

import typer
from registerbro import telemetry
from typer.testing import CliRunner

from tests.support import secrets_in_use
from tests.support.processes import BIN


class Done(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed with ``--json``."""
        return json.loads(self.out)


async def in_process(app: typer.Typer, *words: str, told: Mapping[str, str], typed: str | bytes = "") -> Done:
    """The command's end, its logs left to the tests; ``typed`` comes by standard input. No other test may run meanwhile."""
    unset = {name: None for name in os.environ if name.startswith("REGISTERBRO_") and name not in told}
    with mock.patch.object(telemetry, "configure_logging"):
        ended = await asyncio.to_thread(CliRunner().invoke, app, words, input=typed, env={**unset, **told})
    assert isinstance(ended.exception, SystemExit | None), ended.exception
    return _checked(Done(ended.exit_code, ended.stdout, ended.stderr))


async def as_process(name: str, *words: str, told: Mapping[str, str], typed: str | None = "") -> Done:
    """The end of a process; ``typed`` None: it has no standard input at all."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("REGISTERBRO_")}
    pipe = asyncio.subprocess.PIPE
    without = ("sh", "-c", 'exec "$0" "$@" <&-') if typed is None else ()
    process = await asyncio.create_subprocess_exec(
        *without, BIN / name, *words, env={**environment, **told}, stdin=pipe, stdout=pipe, stderr=pipe
    )
    out, err = await process.communicate(None if typed is None else typed.encode())
    return _checked(Done(process.returncode or 0, out.decode(), err.decode()))


def _checked(done: Done) -> Done:
    assert "Traceback" not in done.err
    assert not secrets_in_use.is_in(done.out + done.err)
    return done
