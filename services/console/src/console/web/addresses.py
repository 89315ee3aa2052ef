"""Where the console's pages reach the services' APIs."""

import enum

from pydantic import Field
from registerbro.settings import Section

URL = r"^https?://[^\s?#]+$"


class Place(enum.StrEnum):
    """A service that pages call."""

    CONSOLE = "console"
    CPR_DIRECT = "cpr-direct"
    CPR_BATCH = "cpr-batch"
    CVR_ONLINE = "cvr-online"
    CVR_SUBSCRIPTION = "cvr-subscription"
    CVR_UPDATE = "cvr-update"
    SANDBOX = "sandbox"


class ServiceAddresses(Section):
    """Where the services answer; the console itself is not asked over the network."""

    cpr_direct: str = Field(default="http://127.0.0.1:8001", pattern=URL, description="CPR Direkte's API")
    cpr_batch: str = Field(default="http://127.0.0.1:8002", pattern=URL, description="CPR Batch's API")
    cvr_online: str = Field(default="http://127.0.0.1:8003", pattern=URL, description="CVR Online's API")
    cvr_subscription: str = Field(
        default="http://127.0.0.1:8004", pattern=URL, description="CVR Subscription's API"
    )
    cvr_update: str = Field(default="http://127.0.0.1:8005", pattern=URL, description="CVR Update's API")
    sandbox: str | None = Field(
        default=None, pattern=URL, description="the sandbox's control API; none: there is no sandbox"
    )

    def url(self, place: Place) -> str | None:
        """Where a service answers, without a slash at the end; None for the console itself, or where there is none."""
        if place is Place.CONSOLE:
            return None
        url: str | None = getattr(self, place.replace("-", "_"))
        return None if url is None else url.rstrip("/")
