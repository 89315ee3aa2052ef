"""What the routes of all topics share."""

from typing import Annotated, TypeAlias

from fastapi import Depends, Path
from registerbro.ids import LAST_ID
from registerbro.service import CurrentService

from cvr_update.updates import Updates


async def _updates(service: CurrentService) -> Updates:
    return service.get(Updates)


CurrentUpdates: TypeAlias = Annotated[Updates, Depends(_updates)]
ThisContact: TypeAlias = Annotated[
    int, Path(ge=1, le=LAST_ID, description="the contact's id in the contact store")
]
