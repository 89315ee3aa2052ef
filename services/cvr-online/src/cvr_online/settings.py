"""What can be configured for CVR Online: section ``cvr_online``, variables ``REGISTERBRO_CVR_ONLINE__…``.

Who delivers CVR's data, and how they are asked, stands in the section ``cvr`` that the three CVR services share.
"""

from pydantic import Field
from registerbro.registers.settings import CvrSettings
from registerbro.settings import AuditSettings, Section, Settings, StoredSecretsSettings, StoreSettings

PORT = 8003


class CvrOnlineSettings(Section):
    """How the register's answers are used."""

    cache_seconds: float = Field(
        default=60, ge=0, le=3600, description="how long an answer is used again, in this process; 0: never"
    )
    cache_entries: int = Field(
        default=10_000, ge=1, le=1_000_000, description="answers of one kind that are remembered at most"
    )


class OnlineSettings(Settings):
    """What the service is told."""

    cvr: CvrSettings = CvrSettings()
    cvr_online: CvrOnlineSettings = CvrOnlineSettings()


class CommandSettings(StoreSettings):
    """What the command line needs: the store, its secrets and audit log, who delivers CVR's data, and the service's own section."""

    audit: AuditSettings
    secrets: StoredSecretsSettings = StoredSecretsSettings()
    cvr: CvrSettings = CvrSettings()
    cvr_online: CvrOnlineSettings = CvrOnlineSettings()
