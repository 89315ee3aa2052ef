"""All pages of CPR Batch."""

from collections.abc import Sequence

from console.web.batch import (
    approvals,
    connecting,
    files,
    gaps,
    housekeeping,
    journal,
    orders,
    runs,
    settings,
    window,
)
from console.web.pages import Pages

ALL: Sequence[Pages] = (
    window.pages,
    connecting.pages,
    runs.pages,
    files.pages,
    approvals.pages,
    gaps.pages,
    orders.pages,
    settings.pages,
    journal.pages,
    housekeeping.pages,
)
