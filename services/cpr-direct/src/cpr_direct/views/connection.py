"""The way to CPR: the connection test, and how things stand."""

import datetime as dt
from typing import Self

from pydantic import BaseModel, Field

from cpr_direct.connect import OK, Checked, Tried
from cpr_direct.gateway import GatewayState
from cpr_direct.views.common import Failure


class StepOut(BaseModel):
    """One step of the connection test."""

    name: str = Field(description="address, connection, encryption, logon or store")
    is_ok: bool | None = Field(
        description="null: not tried, because an earlier step failed or as the remark says"
    )
    failure: Failure | None = None
    remark: str | None = None

    @classmethod
    def of(cls, tried: Tried) -> Self:
        """From the test."""
        return cls(name=tried.step, is_ok=tried.is_ok, failure=Failure.of(tried.failure), remark=tried.remark)


class ConnectionTestOut(BaseModel):
    """The result of the connection test."""

    is_ok: bool
    message: str | None = Field(
        description=f"`{OK}`, as the vendor's test button says it; null: something failed"
    )
    header: str | None = Field(description="CPR's answer to the logon, 28 characters, the token masked")
    steps: list[StepOut]

    @classmethod
    def of(cls, checked: Checked, store: StepOut) -> Self:
        """From the test, and what the store said."""
        is_ok = checked.is_ok and store.is_ok is True
        return cls(
            is_ok=is_ok,
            message=OK if is_ok else None,
            header=checked.header,
            steps=[*map(StepOut.of, checked.steps), store],
        )


class ConnectionOut(BaseModel):
    """How CPR and we get along, as this process knows it. Times are UTC."""

    is_encrypted_by_proxy: bool = Field(description="a local program does TLS")
    password_origin: str | None = Field(description="stored or configured; null: there is none")
    password_since: dt.datetime | None = Field(
        description="when it was changed, or when CPR accepted it for the first time"
    )
    password_expires: dt.datetime | None = Field(
        description="where `password_change.lasts_days` says how long CPR lets one last; null: not known"
    )
    is_password_expired: bool
    unsettled_since: dt.datetime | None = Field(
        description="a change of the password was sent, and whether CPR took it is not known"
    )
    logon_obstacle: Failure | None = Field(
        description="why no logon is made; logon-blocked: until password or settings change, or the block is lifted"
    )
    last_accepted: dt.datetime | None = Field(description="the last logon that CPR accepted, of all replicas")
    breaker: str = Field(
        description="closed: calls go through; opened: CPR is left alone; half-opened: one looks"
    )
    last_success: dt.datetime | None
    last_failure_at: dt.datetime | None
    last_failure: str | None
    certificate_expires: dt.datetime | None = Field(description="of CPR's server, as last seen")

    @classmethod
    def of(cls, state: GatewayState, *, is_encrypted_by_proxy: bool) -> Self:
        """From the gateway."""
        logon = state.logon
        return cls(
            is_encrypted_by_proxy=is_encrypted_by_proxy,
            password_origin=logon.origin,
            password_since=logon.password_since,
            password_expires=logon.password_expires,
            is_password_expired=logon.is_expired,
            unsettled_since=logon.unsettled_since,
            logon_obstacle=Failure.of(logon.obstacle),
            last_accepted=logon.last_accepted,
            breaker=state.breaker,
            last_success=state.last_success,
            last_failure_at=state.last_failure_at,
            last_failure=state.last_failure,
            certificate_expires=state.certificate_expires,
        )
