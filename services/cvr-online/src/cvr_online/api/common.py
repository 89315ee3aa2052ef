"""What the routes of all topics share."""

from typing import Annotated, TypeAlias

from fastapi import Depends
from pydantic import Field
from pydantic.config import JsonDict
from registerbro.auth import Caller
from registerbro.purposes import Purposeful
from registerbro.service import CurrentService

from cvr_online.numbers import LONGEST
from cvr_online.online import Online, Reason


async def _online(service: CurrentService) -> Online:
    return service.get(Online)


CurrentOnline: TypeAlias = Annotated[Online, Depends(_online)]
UnitText: TypeAlias = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST,
        description="CVR number, eight digits; or P-number, ten digits. Blanks and a leading DK are allowed",
    ),
]
Fresh: TypeAlias = Annotated[
    bool, Field(description="ask the register, even if it answered the same question a moment ago")
]
EXAMPLE: JsonDict = {"number": "1003387453", "purpose": "address for a letter", "case_reference": "2026-0815"}


class UnitCall(Purposeful):
    """A call about companies and production units says why."""

    def reason(self, caller: Caller) -> Reason:
        """For whom, and why."""
        return Reason(caller, self.why())
