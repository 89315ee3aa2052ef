"""What API and commands show. No numbers of units: contacts are named by their ids."""

import datetime as dt
from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, Field
from registerbro.registers.port import Provider
from registerbro.registers.step_views import StepOut
from registerbro.registers.steps import Step

from cvr_subscription.drift import Drift
from cvr_subscription.following import Following
from cvr_subscription.subscriber import Mode
from cvr_subscription.subscriptions import Row, State, Summary
from cvr_subscription.synchronising import Kind, Outcome, Reason, Synchronisation


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class SubscriptionOut(_View):
    """One contact's subscription."""

    contact_id: int
    state: State = Field(
        description="wanted: the provider is to be told; subscribed: it was; ending: it is to be told that it ends"
    )
    object_id: str | None = Field(description="the provider's id of the unit; null: not looked up yet")
    attempts: int = Field(description="that failed since the last that went well")
    failure: str | None = Field(description="the last failure, as in a problem's type")
    failed_at: dt.datetime | None
    due_at: dt.datetime | None = Field(description="not worked on before; null: nothing is to be done")
    subscribed_at: dt.datetime | None

    @classmethod
    def of(cls, row: Row) -> Self:
        """From the store."""
        return cls.model_validate(row)


class SummaryOut(_View):
    """How many there are."""

    mode: Mode = Field(
        description="follows: both modules are on; rests: CVR is off; ends: CVR Update is off, everything is cancelled"
    )
    wanted: int
    subscribed: int
    ending: int
    failing: int = Field(description="of those wanted or ending, whose last attempt failed")
    unknown: int = Field(description="of these, that the register does not know")
    elsewhere: int = Field(
        description="at providers or configurations of former times, which only these could cancel"
    )
    failures: dict[str, int] = Field(description="how many by failure, the most frequent first")

    @classmethod
    def of(cls, mode: Mode, summary: Summary) -> Self:
        """From the store."""
        told = {name: getattr(summary, name) for name in cls.model_fields if name != "mode"}
        return cls(mode=mode, **told)


class SynchronisationOut(_View):
    """One synchronisation."""

    run_id: int
    kind: Kind = Field(description="full: a new token and an update of every contact; nothing is read")
    reason: Reason
    started_at: dt.datetime
    finished_at: dt.datetime | None = Field(description="null: under way, or its process is gone")
    outcome: Outcome | None
    failure: str | None
    pages: int
    events: int = Field(description="about subscribed units")
    queued: int = Field(description="updates asked for")
    postponed: int = Field(description="updates kept for the day on which something takes effect")

    @classmethod
    def of(cls, made: Synchronisation) -> Self:
        """From the store."""
        return cls.model_validate(made)


class FollowingOut(_View):
    """How far events were read."""

    provider: str | None = Field(description="fingerprint of the provider and configuration in use")
    token: str | None = Field(description="of the updates that count; null: changes are not followed")
    position: str | None = Field(description="where reading goes on, as the provider has it")
    events_synchronised_at: dt.datetime | None
    fully_synchronised_at: dt.datetime | None
    is_under_way: bool
    latest: list[SynchronisationOut]

    @classmethod
    def of(cls, known: Following, latest: list[Synchronisation], *, is_under_way: bool) -> Self:
        """From the store."""
        return cls(
            provider=known.provider,
            token=str(known.token) if known.token else None,
            position=known.position,
            events_synchronised_at=known.events_synchronised_at,
            fully_synchronised_at=known.fully_synchronised_at,
            is_under_way=is_under_way,
            latest=[SynchronisationOut.of(each) for each in latest],
        )


class DriftOut(_View):
    """One comparison of contacts with the register."""

    drift_id: int
    started_at: dt.datetime
    finished_at: dt.datetime | None = Field(description="null: under way, or its process is gone")
    is_complete: bool = Field(description="all contacts, not a sample")
    compared: int
    differing: int
    missed: int = Field(description="of those that differ: no update was waiting")
    unknown: int = Field(description="that the register does not know")
    failed: int = Field(description="that could not be asked for")
    queued: int
    groups: dict[str, int] = Field(description="group of fields, and how many differ in it")
    failures: dict[str, int]
    failure: str | None = Field(description="why it ended before its end")

    @classmethod
    def of(cls, made: Drift) -> Self:
        """From the store."""
        return cls.model_validate(made)


class DriftsOut(_View):
    """The latest comparisons."""

    is_under_way: bool
    latest: list[DriftOut]


class RetriedOut(_View):
    """What is tried again."""

    retried: int


class ConnectionTestOut(_View):
    """The result of the connection test."""

    is_ok: bool
    provider: Provider
    steps: list[StepOut]

    @classmethod
    def of(cls, provider: Provider, steps: Sequence[Step]) -> Self:
        """From the steps: well if none failed."""
        is_ok = all(step.is_ok is not False for step in steps)
        return cls(is_ok=is_ok, provider=provider, steps=[StepOut.of(step) for step in steps])
