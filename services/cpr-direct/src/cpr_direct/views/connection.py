"""The way to CPR: the connection test, and how things stand."""

import datetime as dt
from typing import Self

from pydantic import BaseModel, Field

from cpr_direct.connect import OK, Checked, Tried
from cpr_direct.gateway import GatewayState
from cpr_direct.settings import CprDirectSettings, PasswordSettings
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


class AgreementOut(BaseModel):
    """What is in force of the agreement with CPR; the password is nowhere shown."""

    host: str
    port: int
    server_name: str = Field(description="that CPR's certificate must be made for")
    transaction_code: str
    customer_number: str
    user_id: str = Field(description="at CPR")
    data_type: str = Field(description="DATA_TYPE that delivers person data")
    subscription_type: str = Field(description="ABON_TYPE that subscribes")
    connections: int = Field(description="to CPR at once, of each process")
    calls_per_second: float | None = Field(description="of each process; null: no limit")

    @classmethod
    def of(cls, settings: CprDirectSettings) -> Self:
        """From the settings."""
        return cls(
            host=settings.host,
            port=settings.port,
            server_name=settings.server_name or settings.host,
            transaction_code=settings.transaction_code,
            customer_number=settings.customer_number,
            user_id=settings.user_id,
            data_type=settings.data_type,
            subscription_type=settings.subscription_type,
            connections=settings.limits.connections,
            calls_per_second=settings.limits.calls_per_second,
        )


class PasswordChangeOut(BaseModel):
    """When the password is changed by itself."""

    after_days: int | None = Field(description="the age at which it is changed; null: only on demand")
    at: str = Field(description="Danish time of day at which its age is looked at, hh:mm")
    due_since: dt.datetime | None = Field(
        description="when it reaches that age, which may have been; null: not known, or only on demand"
    )

    @classmethod
    def of(cls, settings: PasswordSettings, password_since: dt.datetime | None) -> Self:
        """From the settings, and since when the password holds."""
        days = settings.change_after_days
        due = None if days is None or password_since is None else password_since + dt.timedelta(days=days)
        return cls(after_days=days, at=settings.change_at.isoformat("minutes"), due_since=due)


class ConnectionOut(BaseModel):
    """How CPR and we get along, as this process knows it. Times are UTC."""

    agreement: AgreementOut
    is_encrypted_by_proxy: bool = Field(description="a local program does TLS")
    password_origin: str | None = Field(description="stored or configured; null: there is none")
    password_since: dt.datetime | None = Field(
        description="when it was changed, or when CPR accepted it for the first time"
    )
    password_expires: dt.datetime | None = Field(
        description="where `password_change.lasts_days` says how long CPR lets one last; null: not known"
    )
    is_password_expired: bool
    password_change: PasswordChangeOut
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
    def of(cls, state: GatewayState, settings: CprDirectSettings) -> Self:
        """From the gateway, and what it was told."""
        logon = state.logon
        return cls(
            agreement=AgreementOut.of(settings),
            is_encrypted_by_proxy=settings.tls_by_local_proxy,
            password_origin=logon.origin,
            password_since=logon.password_since,
            password_expires=logon.password_expires,
            is_password_expired=logon.is_expired,
            password_change=PasswordChangeOut.of(settings.password_change, logon.password_since),
            unsettled_since=logon.unsettled_since,
            logon_obstacle=Failure.of(logon.obstacle),
            last_accepted=logon.last_accepted,
            breaker=state.breaker,
            last_success=state.last_success,
            last_failure_at=state.last_failure_at,
            last_failure=state.last_failure,
            certificate_expires=state.certificate_expires,
        )
