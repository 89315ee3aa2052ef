"""The way to CVR's provider: the connection test, and our certificate."""

import datetime as dt
from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, Field
from registerbro.registers.certificates import CertificateState, CertificateStatus
from registerbro.registers.port import NameSearch, Provider
from registerbro.registers.steps import Step

from cvr_online.views.failure import Failure


class ConnectionOut(BaseModel):
    """Who is asked for CVR's data."""

    lookups: Provider = Field(description="asked by this service")
    updates: Provider = Field(
        description="asked by CVR Subscription and CVR Update, as the shared settings have it"
    )
    name_search: NameSearch = Field(
        description="how the provider of lookups finds names: none, exact (the whole name in its very letters), prefix"
    )


class StepOut(BaseModel):
    """One step of the connection test."""

    name: str = Field(
        description="settings, address, connection, encryption, authorisation, sample-call or store"
    )
    is_ok: bool | None = Field(
        description="null: not tried, because an earlier step failed or as the remark says"
    )
    failure: Failure | None = None
    remark: str | None = None

    @classmethod
    def of(cls, step: Step) -> Self:
        """From the test."""
        return cls(
            name=step.name,
            is_ok=step.is_ok,
            failure=Failure.of(step.failure) if step.failure else None,
            remark=step.remark or None,
        )


class ConnectionTestOut(BaseModel):
    """The result of the connection test."""

    is_ok: bool
    provider: Provider
    steps: list[StepOut]

    @classmethod
    def of(cls, provider: Provider, steps: Sequence[StepOut]) -> Self:
        """From the steps: well if none failed."""
        return cls(is_ok=all(step.failure is None for step in steps), provider=provider, steps=list(steps))


class CertificateOut(BaseModel):
    """Our certificate, as its file has it now."""

    is_used: bool = Field(description="false: the provider knows us in another way")
    is_fine: bool = Field(description="nobody need look into it")
    status: CertificateStatus | None = None
    subject: str | None = None
    issuer: str | None = None
    serial: str | None = Field(default=None, description="hexadecimal")
    not_before: dt.datetime | None = None
    not_after: dt.datetime | None = None
    problem: str | None = Field(
        default=None, description="why it, or the file that took its place, cannot be used"
    )

    @classmethod
    def of(cls, state: CertificateState | None) -> Self:
        """From the provider."""
        if state is None:
            return cls(is_used=False, is_fine=True)
        return cls(
            is_used=True,
            is_fine=state.is_fine,
            status=state.status,
            subject=state.subject or None,
            issuer=state.issuer or None,
            serial=state.serial or None,
            not_before=state.not_before,
            not_after=state.not_after,
            problem=state.problem or None,
        )
