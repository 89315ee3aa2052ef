"""Subscriptions: what became of a request, and what waits."""

import datetime as dt
from typing import Self

from pydantic import BaseModel, Field

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
