"""All pages of CPR Direkte."""

from collections.abc import Sequence

from console.web.direct import (
    alerts,
    cases,
    connection,
    never,
    password,
    policy,
    reconciliations,
    subscriptions,
    usage,
)
from console.web.pages import Pages

ALL: Sequence[Pages] = (
    connection.pages,
    password.pages,
    usage.pages,
    subscriptions.pages,
    never.pages,
    policy.pages,
    reconciliations.pages,
    cases.pages,
    alerts.pages,
)
