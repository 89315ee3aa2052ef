"""Paid calls by client and Danish day."""

import datetime as dt

from pydantic import BaseModel, Field


class UsageOut(BaseModel):
    """A client's calls on one Danish day."""

    danish_day: dt.date
    client: str
    calls: int
    most: int | None = Field(description="that the client may cause on one day; null: any number")
