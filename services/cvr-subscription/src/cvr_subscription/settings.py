"""What can be configured for CVR Subscription: section ``cvr_subscription``, variables ``REGISTERBRO_CVR_SUBSCRIPTION__…``.

Who delivers CVR's data, and how it is asked, stands in the section ``cvr``, which the CVR services share.
"""

import datetime as dt
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from registerbro.registers.settings import CvrSettings
from registerbro.settings import (
    AuditSettings,
    Section,
    ServerUrl,
    Settings,
    StoredSecretsSettings,
    StoreSettings,
)

PORT = 8004


class SubscribingSettings(Section):
    """How contacts are subscribed, and subscriptions cancelled."""

    at_once: int = Field(default=8, ge=1, le=100, description="calls that one replica makes side by side")
    look_seconds: float = Field(
        default=5, ge=0.05, le=3600, description="how often a replica looks for what waits, woken or not"
    )
    scan_seconds: float = Field(
        default=300,
        ge=0.05,
        le=86_400,
        description="how often all contacts are compared with what is subscribed; events tell of new ones at once",
    )
    lease_seconds: float = Field(
        default=300,
        ge=0.5,
        le=3600,
        description="after which another replica takes over from one that is gone",
    )
    first_pause_seconds: float = Field(
        default=30, ge=0.05, le=86_400, description="after a failure; doubled with each further one"
    )
    longest_pause_seconds: float = Field(
        default=3600, ge=1, le=604_800, description="between two attempts at most"
    )
    unknown_pause_seconds: float = Field(
        default=86_400,
        ge=1,
        le=2_592_000,
        description="until a number that the register does not know is tried again",
    )


class PaceSettings(Section):
    """How many updates become due at a time, so that a change of very many contacts does not crowd out the rest."""

    at_once: int = Field(
        default=1000, ge=1, le=1_000_000, description="updates of one synchronisation that are due at once"
    )
    per_minute: int = Field(
        default=600, ge=1, le=1_000_000, description="updates beyond these that become due each minute"
    )


class DriftSettings(Section):
    """The nightly comparison of contacts with the register."""

    at: dt.time | None = Field(default=dt.time(2, 40), description="Danish time of day; none: only on demand")
    sample: int | None = Field(
        default=200, ge=1, le=10_000_000, description="contacts compared, chosen at random; none: all"
    )
    is_queueing: bool = Field(default=True, description="whether contacts that differ are updated")

    @field_validator("at")
    @classmethod
    def _danish(cls, time: dt.time | None) -> dt.time | None:
        if time is not None and time.tzinfo is not None:
            raise ValueError("times are Danish: leave the time zone out")
        return time


class CvrSubscriptionSettings(Section):
    """How changes at the register are followed. The first four are what readiness tries the contact store's OData with."""

    oauth2_server_url: ServerUrl | None = Field(
        default=None, description="OAuth2ServerUrl: /oauth2/connect/token is below it"
    )
    oauth2_client_id: str = Field(default="", description="OAuth2ClientId")
    oauth2_client_secret: SecretStr | None = Field(default=None, description="OAuth2ClientSecret")
    odata_server_url: ServerUrl | None = Field(default=None, description="ODataServerUrl: /odata is below it")
    synchronise_every: dt.timedelta = Field(
        default=dt.timedelta(hours=1),
        ge=dt.timedelta(minutes=1),
        le=dt.timedelta(days=7),
        description="how often events are read, as PT1H or 01:00:00",
    )
    subscribing: SubscribingSettings = Field(
        default=SubscribingSettings(), description="how contacts are subscribed"
    )
    pace: PaceSettings = Field(default=PaceSettings(), description="how many updates become due at a time")
    drift: DriftSettings = Field(
        default=DriftSettings(), description="the nightly comparison with the register"
    )

    @model_validator(mode="after")
    def _all_or_none_of_odata(self) -> Self:
        told = {
            "oauth2_server_url": self.oauth2_server_url,
            "oauth2_client_id": self.oauth2_client_id,
            "oauth2_client_secret": self.oauth2_client_secret,
            "odata_server_url": self.odata_server_url,
        }
        missing = [name for name, value in told.items() if not value]
        if missing and len(missing) < len(told):
            raise ValueError(
                f"{', '.join(missing)} must be given, too: readiness asks for a token and reads OData"
            )
        return self


class SubscriptionServiceSettings(Settings):
    """What the service is told."""

    cvr: CvrSettings = CvrSettings()
    cvr_subscription: CvrSubscriptionSettings = CvrSubscriptionSettings()


class CommandSettings(StoreSettings):
    """What the command line needs."""

    audit: AuditSettings
    secrets: StoredSecretsSettings = StoredSecretsSettings()
    cvr: CvrSettings = CvrSettings()
    cvr_subscription: CvrSubscriptionSettings = CvrSubscriptionSettings()
