"""What can be configured for CVR Update: section ``cvr_update``, variables ``REGISTERBRO_CVR_UPDATE__…``.

Who delivers CVR's data, how it is asked and which fields an update sets stand in the section ``cvr``, which the CVR services share.
"""

import datetime as dt

from pydantic import Field
from registerbro.registers.settings import CvrSettings
from registerbro.settings import AuditSettings, Section, Settings, StoredSecretsSettings, StoreSettings

PORT = 8005


class RetrySettings(Section):
    """When a contact that could not be updated is tried again, and how long a provider that is down is left alone."""

    attempts: int = Field(default=8, ge=1, le=100, description="of one update, before it is given up")
    first_pause_seconds: float = Field(
        default=60, ge=0.01, le=86_400, description="after a failure; doubled with each further one"
    )
    longest_pause_seconds: float = Field(
        default=6 * 3600, ge=0.01, le=604_800, description="between two attempts at most"
    )
    slower: float = Field(
        default=10,
        ge=1,
        le=1000,
        description="the pauses are so much longer where somebody must look into it, as at a refused token",
    )
    jitter: float = Field(default=0.2, ge=0, le=0.9, description="share by which pauses differ at random")


class BrakeSettings(Section):
    """When updates stop and ask, because they would end or blank too many contacts."""

    share: float = Field(
        default=0.2, ge=0, le=1, description="of the contacts updated within the hours, how many may be"
    )
    least: int = Field(default=50, ge=1, description="fewer endings than this never stop anything")
    hours: float = Field(
        default=1, gt=0, le=168, description="over which is counted, and which a release lasts"
    )


class CvrUpdateSettings(Section):
    """How the service queue is worked."""

    work_every: dt.timedelta = Field(
        default=dt.timedelta(hours=1),
        ge=dt.timedelta(minutes=1),
        le=dt.timedelta(days=7),
        description="how often the queue is worked, beside at once when something is queued, as PT1H or 01:00:00",
    )
    look_seconds: float = Field(
        default=30,
        ge=0.05,
        le=3600,
        description="how often a replica looks for tasks whose pause is over or whose worker is gone",
    )
    units_at_once: int = Field(
        default=100, ge=1, le=2000, description="contacts that are asked for and written together"
    )
    lease_seconds: float = Field(
        default=120, ge=0.5, le=3600, description="after which tasks of a replica that is gone are taken over"
    )
    retries: RetrySettings = Field(
        default=RetrySettings(), description="when what failed is tried again, and when it is given up"
    )
    brake: BrakeSettings = Field(default=BrakeSettings(), description="when updates stop and ask")


class UpdateServiceSettings(Settings):
    """What the service is told."""

    cvr: CvrSettings = CvrSettings()
    cvr_update: CvrUpdateSettings = CvrUpdateSettings()


class CommandSettings(StoreSettings):
    """What the command line needs."""

    audit: AuditSettings
    secrets: StoredSecretsSettings = StoredSecretsSettings()
    cvr: CvrSettings = CvrSettings()
    cvr_update: CvrUpdateSettings = CvrUpdateSettings()
