"""All pages of CVR Update."""

from collections.abc import Sequence

from console.web.cvr_update import drift, failures, queue, state, subscriptions, synchronisation
from console.web.pages import Pages

ALL: Sequence[Pages] = (
    state.pages,
    subscriptions.pages,
    synchronisation.pages,
    queue.pages,
    failures.pages,
    drift.pages,
)
