"""How everything stands, as the API answers it. Times are UTC."""

import datetime as dt
from typing import Self

from pydantic import BaseModel, Field
from registerbro.features import Feature
from registerbro.health import Status

from console.overview.attention import Item, Severity
from console.overview.figures import Figure, History, Measure
from console.overview.registers import Expiring, Expiry, Register, RegisterStanding
from console.overview.standing import Absence, Standing, State
from console.web.addresses import Place


class EntryOut(BaseModel):
    """One side of a service's readiness."""

    name: str
    status: Status
    description: str | None = Field(description="the service's own words, where something is wrong")


class ServiceOut(BaseModel):
    """How a service stands."""

    service: Place
    state: State
    absence: Absence | None = Field(description="why nothing is known of it; null: it answered")
    entries: list[EntryOut]

    @classmethod
    def of(cls, standing: Standing) -> Self:
        """From what it said."""
        entries = [
            EntryOut(name=name, status=entry.status, description=entry.description)
            for name, entry in standing.entries.items()
        ]
        return cls(service=standing.place, state=standing.state, absence=standing.absence, entries=entries)


class RegisterOut(BaseModel):
    """How a register's side that we ask stands, as its service has found it."""

    name: Register
    module: Feature
    service: Place
    state: State
    reasons: list[str]
    last_success: dt.datetime | None = Field(description="null, as the other: the service does not tell")
    last_failure_at: dt.datetime | None

    @classmethod
    def of(cls, standing: RegisterStanding) -> Self:
        """From what its service said."""
        return cls(
            name=standing.register,
            module=standing.side.feature,
            service=standing.side.place,
            state=standing.state,
            reasons=list(standing.reasons),
            last_success=standing.last_success,
            last_failure_at=standing.last_failure_at,
        )


class ExpiryOut(BaseModel):
    """What stops working on a day that is known."""

    what: Expiring
    service: Place
    at: dt.datetime
    is_soon: bool = Field(description="somebody has to do something, or should have")
    subject: str | None = Field(description="of a certificate")

    @classmethod
    def of(cls, expiry: Expiry, now: dt.datetime) -> Self:
        """As it is now."""
        return cls(
            what=expiry.what,
            service=expiry.place,
            at=expiry.at,
            is_soon=expiry.is_soon(now),
            subject=expiry.subject,
        )


class ServicesOut(BaseModel):
    """Every service and register."""

    looked_at: dt.datetime
    services: list[ServiceOut]
    registers: list[RegisterOut]
    expiries: list[ExpiryOut] = Field(description="the first to expire first")
    has_imports: bool = Field(description="whether any contact was ever delivered by a register")


class SeriesOut(BaseModel):
    """One figure."""

    figure: Figure
    measure: Measure = Field(
        description="done: how many there were in each part; waiting: the most that was seen waiting in it"
    )
    values: list[int | None] = Field(description="one for each part; null: nobody counted or looked")


class HistoryOut(BaseModel):
    """The last hours in parts of the same width, oldest first; the last part is not over."""

    width_seconds: int
    starts: list[dt.datetime]
    series: list[SeriesOut]

    @classmethod
    def of(cls, history: History) -> Self:
        """From the store."""
        series = [
            SeriesOut(figure=figure, measure=figure.measure, values=list(values))
            for figure, values in history.values.items()
        ]
        return cls(
            width_seconds=round(history.width.total_seconds()), starts=list(history.starts), series=series
        )


class ItemOut(BaseModel):
    """One thing that needs a person."""

    kind: str = Field(
        pattern=r"^[a-z][a-z-]*$",
        description="a stable word, as dead-letters or service-away; others may follow",
        examples=["dead-letters"],
    )
    severity: Severity
    service: Place = Field(description="where it is mended, or which service it is about")
    count: int | None = Field(description="how many; null: it is one thing")
    since: dt.datetime | None
    until: dt.datetime | None = Field(description="when it stops working")
    names: list[str] = Field(
        description="what it is about: entries of readiness, jobs, a module, a certificate's subject"
    )
    reasons: list[str] = Field(description="the service's own words")

    @classmethod
    def of(cls, item: Item) -> Self:
        """As it was found."""
        return cls(
            kind=item.kind,
            severity=item.severity,
            service=item.place,
            count=item.count,
            since=item.since,
            until=item.until,
            names=list(item.names),
            reasons=list(item.reasons),
        )


class AttentionOut(BaseModel):
    """What needs a person, the worst first; kinds that the caller's scopes do not show are left out."""

    looked_at: dt.datetime
    items: list[ItemOut]
