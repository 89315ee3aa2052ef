"""What the routes of all topics share."""

import uuid
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Path, Response
from pydantic import Field
from registerbro.auth import CurrentCaller
from registerbro.ids import LAST_ID
from registerbro.openapi import described
from registerbro.service import CurrentService

from cpr_batch.batch import Batch, Batches
from cpr_batch.views.runs import RunStarted
from cpr_batch.working import Working

ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"headers": described({"Location": "where to ask for the run"})}
}
LAST_FILE = 10**18 - 1


async def _batch(service: CurrentService, caller: CurrentCaller) -> Batch:
    return await service.get(Batches).current(caller.name)


async def _batches(service: CurrentService) -> Batches:
    return service.get(Batches)


async def _working(service: CurrentService) -> Working:
    return service.get(Working)


CurrentBatch: TypeAlias = Annotated[Batch, Depends(_batch)]
CurrentBatches: TypeAlias = Annotated[Batches, Depends(_batches)]
CurrentWorking: TypeAlias = Annotated[Working, Depends(_working)]
FileId: TypeAlias = Annotated[
    int, Path(ge=1, le=LAST_ID, description="as runs, lists of files and events name it")
]
ContactId: TypeAlias = Annotated[
    int, Path(ge=1, le=LAST_ID, description="the contact's id in the contact store; never a number of CPR's")
]
RunId: TypeAlias = Annotated[uuid.UUID, Path(description="as given when the run was started")]
FileName: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]


def started(response: Response, run_id: uuid.UUID) -> RunStarted:
    response.headers["Location"] = f"/runs/{run_id}"
    return RunStarted(run_id=run_id)
