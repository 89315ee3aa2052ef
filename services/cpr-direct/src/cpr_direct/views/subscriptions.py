"""Subscriptions: what became of a request, and what waits."""

import datetime as dt
from typing import Self

from pydantic import BaseModel, Field
from registerbro.settings import ToldBy

from cpr_direct.attempts import Waiting
from cpr_direct.subscribing import Changed, ChangeOutcome
from cpr_direct.views.common import Failure


class ChangedOut(BaseModel):
    """What became of one contact of a request."""

    contact_id: int
    outcome: ChangeOutcome = Field(
        description="done: CPR agrees; already: it was so; waits: the wish is stored and CPR is asked until it agrees; "
        "the others: nothing was stored"
    )
    failure: Failure | None = Field(default=None, description="why CPR could not be told at once")

    @classmethod
    def of(cls, changed: Changed) -> Self:
        """From the request."""
        return cls(contact_id=changed.contact_id, outcome=changed.outcome, failure=Failure.of(changed.error))


class WaitingOut(BaseModel):
    """A wish that CPR has not been told of."""

    contact_id: int
    wanted: bool = Field(description="whether the person is to be subscribed")
    attempts: int = Field(description="that failed so far")
    next_try_at: dt.datetime | None = Field(description="null: at the next look")
    failure: str | None = Field(description="the last failure, as in a problem's type")
    failed_at: dt.datetime | None

    @classmethod
    def of(cls, waiting: Waiting) -> Self:
        """From the store."""
        return cls.model_validate(waiting, from_attributes=True)


class FiguresOut(BaseModel):
    """How many persons CPR subscribes for us, and how many are to be."""

    persons: int = Field(description="in the contact store that came from CPR")
    subscribed: int = Field(description="of these, whom CPR subscribes for us")
    wished: int = Field(description="who are to be subscribed")
    unwished: int = Field(description="who are not to be")
    waiting: int = Field(description="whose wish is another than what CPR has")
    failing: int = Field(description="of these, those whose last attempt failed")
    open_calls: int = Field(description="calls to CPR kept until what came of them is stored")
    never_subscribed: int = Field(description="numbers on the list of those never subscribed")
    told_by: ToldBy = Field(description="how CPR is told: online, or by CPR Batch's input file")
