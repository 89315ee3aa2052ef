"""Where the console's pages reach the services' APIs, and how paths there are written."""

import enum
from urllib.parse import quote

from pydantic import Field
from registerbro.settings import Section

URL = r"^https?://[^\s?#]+$"
DOTS = frozenset({".", ".."})  # which clients and proxies take for a way up


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


def below(start: str, *segments: object) -> str:
    """A path further down, of an API or of pages. What somebody typed stays within its segment, whatever it holds."""
    return "/".join([start, *(_segment(str(each)) for each in segments)])


def _segment(text: str) -> str:
    return text.replace(".", "%2E") if text in DOTS else quote(text, safe="")
