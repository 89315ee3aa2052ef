"""What operators watch of the way to CPR, in this process; in Prometheus' default registry."""

import contextlib
import time
from collections.abc import Iterator

from prometheus_client import Counter, Gauge, Histogram

from cpr_direct.errors import DirectError, presentation

CALLS = Counter(
    "registerbro_cpr_direct_calls_total",
    "Calls to CPR, by what was asked and how it ended: ok, or the problem type",
    ["kind", "outcome"],
)
SECONDS = Histogram(
    "registerbro_cpr_direct_call_seconds",
    "Time a call took, waiting for its turn and a logon included",
    ["kind"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
LOGONS = Counter(
    "registerbro_cpr_direct_logons_total", "Logons that CPR was sent, by how they ended", ["outcome"]
)
OPEN = Gauge("registerbro_cpr_direct_connections", "Connections to CPR that are in use")
BREAKER = Gauge(
    "registerbro_cpr_direct_breaker",
    "0: calls go through, 1: one is let through to see, 2: CPR is left alone",
)
BREAKER_STATES = {"closed": 0, "half-opened": 1, "opened": 2}

OK = "ok"


@contextlib.contextmanager
def counted(kind: str) -> Iterator[None]:
    """Counts one call."""
    begun = time.perf_counter()
    outcome = "interrupted"
    try:
        yield
        outcome = OK
    except DirectError as error:
        outcome = presentation(error).slug
        raise
    finally:
        CALLS.labels(kind, outcome).inc()
        SECONDS.labels(kind).observe(time.perf_counter() - begun)


@contextlib.contextmanager
def counted_logon() -> Iterator[None]:
    """Counts one logon."""
    outcome = "interrupted"
    try:
        yield
        outcome = OK
    except DirectError as error:
        outcome = presentation(error).slug
        raise
    finally:
        LOGONS.labels(outcome).inc()
