"""The services with their HTTP APIs in this process, and where they answer."""

import asyncio
import contextlib
import dataclasses
import json
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TypeAlias

import console.app
import cpr_batch.app
import cpr_direct.app
import cvr_online.app
import cvr_subscription.app
import cvr_update.app
from fastapi import FastAPI
from registerbro import serving
from registerbro.bus.port import Consumer
from registerbro.database import Connection
from registerbro.events import Event

from registerbro_local.installation import Installation
from registerbro_local.ports import ANY_PORT, HOST, Place

POLL_SECONDS = 0.05


@dataclasses.dataclass(frozen=True)
class Served:
    """A service that answers; its task ends when the process is told to end."""

    server: serving.Server
    task: asyncio.Task[None]

    @property
    def url(self) -> str:
        """Where its API is."""
        return f"http://{HOST}:{self.server.servers[0].sockets[0].getsockname()[1]}"


Services: TypeAlias = Mapping[Place, Served]


@contextlib.asynccontextmanager
async def services_running(installation: Installation) -> AsyncIterator[Services]:
    """All services, and a consumer that writes every event to a file. All have ended when the block has."""
    consumer = Consumer("local.events", ("#",), EventWriter(installation.events_file), prefetch=1)
    told = installation.told
    apps = {
        Place.CONSOLE: console.app.create_app(told.console),
        Place.CPR_DIRECT: cpr_direct.app.create_app(told.cpr_direct),
        Place.CPR_BATCH: cpr_batch.app.create_app(told.cpr_batch, consumers=[consumer]),
        Place.CVR_ONLINE: cvr_online.app.create_app(told.cvr_online),
        Place.CVR_SUBSCRIPTION: cvr_subscription.app.create_app(told.cvr_subscription),
        Place.CVR_UPDATE: cvr_update.app.create_app(told.cvr_update),
    }
    async with contextlib.AsyncExitStack() as stack:
        yield {place: await stack.enter_async_context(_running(app)) for place, app in apps.items()}


async def until_told_to_end(services: Services) -> None:
    """Returns at Ctrl-C. The signal reaches the service that was started last; the others end with the block."""
    tasks = [each.task for each in services.values()]
    ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in ended:
        task.result()


@contextlib.asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[Served]:
    server = serving.server(app, port=ANY_PORT)
    task = asyncio.create_task(server.serve())
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - a flag is all that uvicorn has
            await asyncio.sleep(POLL_SECONDS)
        yield Served(server, task)
    finally:
        if not server.should_exit:  # told a second time, it would cut off what is under way
            server.handle_exit(signal.SIGINT, None)
        await task


class EventWriter:
    """A handler that appends every event to a file, one JSON object a line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def __call__(self, event: Event, _: Connection) -> None:
        with self._path.open("a") as file:
            file.write(f"{json.dumps(json.loads(event.to_cloudevent_json()))}\n")
