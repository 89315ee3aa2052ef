"""A service that stands still at a point, to be killed there: ``python -m tests.support.bus_crashing POINT KIND DATABASE BROKER``.

It prints ``reached`` when it stands still. The points: ``settle``, after a handler's commit and before its delivery is
settled; ``handler``, in the midst of a handler; ``mark``, after events were handed over and before they are marked.
"""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest import mock

from registerbro.bus import lane, relay, statements
from registerbro.bus.port import Consumer, Handler
from registerbro.database import Connection, open_pool
from registerbro.events import Event

from tests.support.bus import Transport, consumer, leave_effect
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
CRASH_LIMIT = 1


def crash_consumer(handler: Handler) -> Consumer:
    """The same consumer in the process that is killed and in the one that comes after; its leases are short."""
    return dataclasses.replace(consumer(handler), time_limit=dt.timedelta(seconds=1), crash_limit=CRASH_LIMIT)


async def until_killed_at(point: str, transport: Transport, database_url: str) -> None:
    """Starts a service in a process of its own, waits until it reached the point, and kills it with SIGKILL."""
    async with _process(point, transport, database_url) as process:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            while await process.stdout.readline() != b"reached\n":  # it logs as well
                assert process.returncode is None, "the service ended by itself"


@contextlib.asynccontextmanager
async def _process(
    point: str, transport: Transport, database_url: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    command = ("-m", "tests.support.bus_crashing", point, transport.kind, database_url, transport.url)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, stdout=subprocess.PIPE, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        await process.communicate()


async def _stand_still(*_: Any, **__: Any) -> None:
    print("reached", flush=True)
    await asyncio.Event().wait()


async def _leave_effect(event: Event, connection: Connection) -> None:
    await leave_effect(connection, event)


async def _leave_effect_and_stand_still(event: Event, connection: Connection) -> None:
    async def is_marked() -> bool:  # or it would be sent once more after the kill
        return not await connection.fetchval("select exists (select from outbox where published_at is null)")

    await leave_effect(connection, event)
    await until(is_marked)
    await _stand_still()


async def _main(point: str, kind: str, database_url: str, broker_url: str) -> None:
    handler = _leave_effect_and_stand_still if point == "handler" else _leave_effect
    with contextlib.ExitStack() as stack:
        if point == "settle":
            stack.enter_context(mock.patch.object(lane.Lane, "_settle", _stand_still))
            stack.enter_context(mock.patch.object(statements.SQL, "remove_delivery", _stand_still))
        if point == "mark":
            stack.enter_context(mock.patch.object(relay, "_mark", _stand_still))
        async with (
            open_pool(database_url) as pool,
            Transport(kind, broker_url).running(pool, crash_consumer(handler)),
        ):
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
