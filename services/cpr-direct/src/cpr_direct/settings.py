"""What can be configured for CPR Direkte: section ``cpr_direct``, variables ``REGISTERBRO_CPR_DIRECT__…``."""

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode
from registerbro.settings import (
    AuditSettings,
    Section,
    Settings,
    StoredSecretsSettings,
    StoreSettings,
    SubscriptionSettings,
)

PORT = 8001


class LimitSettings(Section):
    """How much is asked of CPR at once, and how long an answer may take."""

    connections: int = Field(
        default=16, ge=1, le=500, description="connections to CPR at once, in this process"
    )
    calls_per_second: float | None = Field(
        default=None, gt=0, le=10_000, description="calls begun per second, in this process; none: no limit"
    )
    connect_seconds: float = Field(default=10, gt=0, le=120, description="until connected, TLS included")
    first_byte_seconds: float = Field(
        default=15, gt=0, le=300, description="from the request to the first byte"
    )
    answer_seconds: float = Field(
        default=30, gt=0, le=600, description="from the request to the answer's end"
    )
    wait_seconds: float = Field(
        default=30, gt=0, le=600, description="how long a call waits for a free connection and its turn"
    )
    tries: int = Field(
        default=3, ge=1, le=10, description="of one call, where trying again at once makes sense"
    )
    breaker_failures: int = Field(
        default=5, ge=1, le=1000, description="failures in a row after which CPR is left alone for a while"
    )
    breaker_seconds: float = Field(default=30, gt=0, le=3600, description="how long it is left alone")


class PasswordSettings(Section):
    """When the password is changed by itself. Times are Danish."""

    change_after_days: int | None = Field(
        default=None, ge=1, le=3650, description="age at which the password is changed; none: only on demand"
    )
    change_at: dt.time = Field(
        default=dt.time(3, 30), description="time of day at which its age is looked at"
    )
    lasts_days: int | None = Field(
        default=None,
        ge=1,
        le=3650,
        description="how long CPR lets a password last, to be told of its end in time; none: not known",
    )

    @field_validator("change_at")
    @classmethod
    def _danish(cls, time: dt.time) -> dt.time:
        if time.tzinfo is not None:
            raise ValueError("times are Danish: leave the time zone out")
        return time


def _pairs(value: object) -> object:
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    return {name.strip(): number.strip() for name, _, number in pairs}


class BudgetSettings(Section):
    """How many paid calls a client may cause on one Danish day."""

    calls: int | None = Field(default=None, ge=0, description="for each client; none: no limit")
    clients: Annotated[dict[str, Annotated[int, Field(ge=0)]], NoDecode, BeforeValidator(_pairs)] = Field(
        default={}, description="other limits for single clients, as journal=5000,website=50"
    )


class SubscribingSettings(Section):
    """How wishes reach CPR."""

    at_once: int = Field(default=4, ge=1, le=100, description="wishes that one replica works at a time")
    look_seconds: float = Field(
        default=60, ge=0.1, le=3600, description="how often a replica looks for wishes that wait"
    )
    first_pause_seconds: float = Field(
        default=60, ge=0.1, le=86_400, description="after a failure; doubled with each further one"
    )
    longest_pause_seconds: float = Field(
        default=3600, ge=1, le=604_800, description="between two attempts at most"
    )


class CprDirectSettings(Section):
    """The agreement with CPR, and how its online service is used."""

    host: str = Field(min_length=1, description="direkte.cpr.dk, or direkte-demo.cpr.dk for the demo")
    port: int = Field(default=5000, ge=1, le=65535)
    ca_file: Path | None = Field(
        default=None, description="certificates that CPR's is checked against, PEM; none: the system's"
    )
    server_name: str | None = Field(
        default=None, description="name that the certificate must be made for; none: the host"
    )
    tls_by_local_proxy: bool = Field(
        default=False, description="speak plain TCP, because a program on this machine or network does TLS"
    )
    transaction_code: str = Field(default="OFF4", pattern=r"^[A-Z0-9]{4}$", description="of the agreement")
    customer_number: str = Field(pattern=r"^\d{4}$", description="four digits, as the agreement has it")
    user_id: str = Field(pattern=r"^[!-~]{1,8}$", description="at CPR, up to eight characters")
    password: SecretStr | None = Field(
        default=None,
        min_length=8,
        max_length=8,
        description="eight characters; one that is stored goes before it",
    )
    data_type: str = Field(default="6", pattern=r"^[0-9]$", description="DATA_TYPE that delivers person data")
    subscription_type: str = Field(default="1", pattern=r"^[0-9]$", description="ABON_TYPE that subscribes")
    limits: LimitSettings = Field(default=LimitSettings(), description="connections, rates and time limits")
    password_change: PasswordSettings = Field(
        default=PasswordSettings(), description="when the password is changed by itself"
    )
    budget: BudgetSettings = Field(default=BudgetSettings(), description="paid calls per client and day")
    list_bytes: int = Field(
        default=64 << 20,
        ge=1024,
        description="larger lists of subscribed numbers are refused over HTTP with 413",
    )
    subscribing: SubscribingSettings = Field(
        default=SubscribingSettings(), description="how wishes reach CPR"
    )

    @field_validator("password")
    @classmethod
    def _sendable(cls, password: SecretStr | None) -> SecretStr | None:
        if password and not re.fullmatch(r"[!-~]*", password.get_secret_value()):
            raise ValueError("a character that no password at CPR can have")
        return password

    @model_validator(mode="after")
    def _no_certificate_without_tls(self) -> Self:
        if self.tls_by_local_proxy and (self.ca_file or self.server_name):
            raise ValueError("ca_file and server_name have no use while a local proxy does TLS")
        return self


class DirectSettings(Settings):
    """What the service is told."""

    cpr_direct: CprDirectSettings


class CommandSettings(StoreSettings):
    """What the command line needs: the store, its secrets and audit log, the policy, and the section of CPR Direkte."""

    audit: AuditSettings
    secrets: StoredSecretsSettings = StoredSecretsSettings()
    subscriptions: SubscriptionSettings = SubscriptionSettings()
    cpr_direct: CprDirectSettings
