"""What the routes of all topics share."""

import uuid
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Path, Query, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from registerbro.auth import CurrentCaller
from registerbro.openapi import described
from registerbro.service import CurrentService

from cpr_batch.batch import Batch, Batches
from cpr_batch.ids import LAST_ID
from cpr_batch.views.runs import RunStarted
from cpr_batch.working import Working

ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"headers": described({"Location": "where to ask for the run"})}
}
LAST_FILE = 10**18 - 1


async def _batch(service: CurrentService, caller: CurrentCaller) -> Batch:
    return await service.get(Batches).current(caller.user or caller.client)


async def _batches(service: CurrentService) -> Batches:
    return service.get(Batches)


async def _acting(caller: CurrentCaller) -> str:
    return caller.user or caller.client


async def _working(service: CurrentService) -> Working:
    return service.get(Working)


CurrentBatch: TypeAlias = Annotated[Batch, Depends(_batch)]
CurrentBatches: TypeAlias = Annotated[Batches, Depends(_batches)]
Acting: TypeAlias = Annotated[str, Depends(_acting)]
CurrentWorking: TypeAlias = Annotated[Working, Depends(_working)]
Size: TypeAlias = Annotated[
    int, Query(alias="limit", ge=1, le=1000, description="rows in the answer at most")
]
FileId: TypeAlias = Annotated[
    int, Path(ge=1, le=LAST_ID, description="as runs, lists of files and events name it")
]
ContactId: TypeAlias = Annotated[
    int, Path(ge=1, le=LAST_ID, description="the contact's id in the contact store; never a number of CPR's")
]
RunId: TypeAlias = Annotated[uuid.UUID, Path(description="as given when the run was started")]


def _whole(value: object) -> object:
    """JSON knows one kind of number: 5.0 is the integer 5 (JSON Schema 2020-12, 4.2.3)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = BeforeValidator(_whole)  # behind the bounds, which the description of the API would lose otherwise
FileName: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]


class Request(BaseModel):
    """What a call asks for: to the letter, so that a slip is answered and not taken for the default."""

    model_config = ConfigDict(strict=True, extra="forbid")


def started(response: Response, run_id: uuid.UUID) -> RunStarted:
    response.headers["Location"] = f"/runs/{run_id}"
    return RunStarted(run_id=run_id)
